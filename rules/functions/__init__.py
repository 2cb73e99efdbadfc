"""Stateful functions of conditions: each instance has a small memory and says how long its value stays valid."""
