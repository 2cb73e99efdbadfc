"""The daemon: command line, links at run time, engine loop, journal and uplink."""
