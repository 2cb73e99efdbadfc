"""The fixtures of the agent's own tests: a broker, a clock, a journal, a store."""

from tests.unit.conftest import clock, journal, mosquitto, store

__all__ = ["clock", "journal", "mosquitto", "store"]
