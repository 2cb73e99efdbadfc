"""A DALI emergency luminaire that tests itself by its own intervals (IEC 62386-202). Pure."""

from dataclasses import dataclass, field

from drivers.points import Value
from emulators.physics.model import Building, steps_of

_RATED = 90.0
"""Minutes a full battery lights the lamp."""
_RECHARGE = 24.0
"""Hours from empty to full."""
_FUNCTION_TEST = 30.0
"""Seconds a function test takes."""
_DAY, _WEEK, _HOUR = 86400.0, 604800.0, 3600.0
LAMP, BATTERY, WEAK = "lamp", "battery", "weak-battery"
_WEAK_CAPACITY = 0.5
"""Share of the rated duration a worn battery lasts."""


@dataclass(slots=True)
class Luminaire:
    """Battery, lamp and two clocks."""

    building: Building
    faults: set[str] = field(default_factory=set)
    battery: float = 100.0
    function_interval: float = 30.0
    """Days."""
    duration_interval: float = 52.0
    """Weeks."""
    next_function_test: float = 24.0
    """Hours."""
    next_duration_test: float = 4368.0
    """Hours."""
    duration_result: float = 90.0
    lamp_hours: float = 0.0
    _testing: str = ""
    _tested: float = 0.0
    """Seconds into the test."""
    _failed: set[str] = field(default_factory=set)

    @property
    def known_faults(self) -> frozenset[str]:
        """What can break."""
        return frozenset({LAMP, BATTERY, WEAK})

    def put(self, name: str, value: float) -> bool:
        """Set the battery, an interval or the time to the next test."""
        if name not in (
            "battery",
            "function_interval",
            "duration_interval",
            "next_function_test",
            "next_duration_test",
        ):
            return False
        setattr(self, name, value)
        return True

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""
        for step in steps_of(seconds):
            self._advance(step)
        return self._values()

    @property
    def _capacity(self) -> float:
        return 0.0 if BATTERY in self.faults else _WEAK_CAPACITY if WEAK in self.faults else 1.0

    @property
    def _on_battery(self) -> bool:
        return bool(self._testing) or not self.building.mains

    def _advance(self, seconds: float) -> None:
        self.next_function_test -= seconds / _HOUR
        self.next_duration_test -= seconds / _HOUR
        if not self.building.mains:
            self._testing = ""
        self._charge(seconds)
        if self._testing:
            self._test(seconds)
        elif self.building.mains:
            self._begin()

    def _charge(self, seconds: float) -> None:
        if not self._on_battery:
            self.battery = min(100.0, self.battery + 100 * seconds / (_RECHARGE * _HOUR))
        elif self._capacity == 0:
            self.battery = 0.0
        else:
            self.battery = max(0.0, self.battery - 100 * seconds / (_RATED * 60 * self._capacity))
            self.lamp_hours += seconds / _HOUR

    def _begin(self) -> None:
        """Start a test that is due; a duration test waits for a full battery."""
        if self.next_function_test <= 0:
            self._testing, self._tested = "function", 0.0
            self.next_function_test += self.function_interval * _DAY / _HOUR
        elif self.next_duration_test <= 0 and self.battery >= 100:
            self._testing, self._tested = "duration", 0.0
            self.next_duration_test += self.duration_interval * _WEEK / _HOUR

    def _test(self, seconds: float) -> None:
        self._tested += seconds
        dark = LAMP in self.faults or self.battery <= 0
        if self._testing == "duration" and (dark or self._tested >= _RATED * 60):
            self.duration_result = 0.0 if LAMP in self.faults else min(_RATED, self._tested // 60)
            self._finish(self._tested >= _RATED * 60 and LAMP not in self.faults)
        elif self._testing == "function" and (dark or self._tested >= _FUNCTION_TEST):
            self._finish(not dark)

    def _finish(self, passed: bool) -> None:
        (self._failed.discard if passed else self._failed.add)(self._testing)
        self._testing = ""

    def _values(self) -> dict[str, Value]:
        return self._flags() | {
            "battery": self.battery,
            "next_function_test": max(0.0, self.next_function_test),
            "next_duration_test": max(0.0, self.next_duration_test),
            "function_interval": self.function_interval,
            "duration_interval": self.duration_interval,
            "test_timeout": 7.0,
            "prolong": 0.0,
            "duration_result": self.duration_result,
            "lamp_hours": int(self.lamp_hours),
        }

    def _flags(self) -> dict[str, Value]:
        emergency = not self.building.mains and self.battery > 0
        return {
            "lamp_failure": LAMP in self.faults,
            "battery_failure": BATTERY in self.faults,
            "battery_duration_failure": "duration" in self._failed,
            "function_test_failed": "function" in self._failed,
            "duration_test_failed": "duration" in self._failed,
            "rest_mode": not self.building.mains and not emergency,
            "normal_mode": self.building.mains and not self._testing,
            "emergency_mode": emergency,
            "function_test": self._testing == "function",
            "duration_test": self._testing == "duration",
            "function_result_valid": True,
            "duration_result_valid": True,
            "battery_full": self.battery >= 100,
            "function_test_pending": self.next_function_test <= 0,
            "duration_test_pending": self.next_duration_test <= 0,
        }
