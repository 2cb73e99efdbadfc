"""The daemon: command line, links at run time, ticker, journal, uplink, and headquarters' receiver."""
