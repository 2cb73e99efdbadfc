"""From readings to decisions. Pure: no I/O, no clock; time, data and identity are arguments."""
