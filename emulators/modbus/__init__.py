"""Emulated Modbus: units, their servers on every transport, and the lies they tell when asked to."""
