"""A generating set under a DSE controller: modes, start sequence, mains failure, keys. Pure.

Times are the factory settings of the DSE 5110.
"""

from dataclasses import dataclass, field

from drivers.points import Value
from emulators.physics.engine import RATED_SPEED, DieselEngine
from emulators.physics.model import Building, steps_of

KEY_ADDRESS = 4104
"""Where a key and its complement are written."""
_MODES = {35700: "stop", 35701: "auto", 35702: "manual"}
_START, _CANCEL = 35705, 35733
_START_DELAY, _CRANK, _REST, _ATTEMPTS = 5.0, 10.0, 10.0, 3
_SAFETY_ON, _COOL_DOWN, _RETURN = 8.0, 60.0, 30.0
_STILL_SEEN = 50.0
"""rpm below which the engine counts as stopped."""
_TRIP_OIL, _TRIP_COOLANT = 103.0, 98.0
"""kPa and °C that stop the engine once the safety delay is over."""
_VOLTAGE, _FREQUENCY, _CURRENT, _POWER = 230.0, 50.0, 300.0, 200_000.0
"""Per phase to neutral, and at full load."""
_LOAD = 0.45
"""Share of its rating the building takes."""
_LOW_FUEL = 15.0
"""% the tank shows with the fault."""
FAILS_TO_START, LOW_OIL, FAILS_TO_STOP = "fails-to-start", "low-oil", "fails-to-stop"
LOW_FUEL, IGNORES_AUTO = "low-fuel", "ignores-auto"
_FAULTS = frozenset({FAILS_TO_START, LOW_OIL, FAILS_TO_STOP, LOW_FUEL, IGNORES_AUTO})
_STATES = {"delay": "pre_start", "crank": "pre_start", "rest": "pre_start", "warm-up": "warm_up", "run": "running"}
_STATES |= {"cool-down": "cool_down", "stopping": "post_run"}


@dataclass(slots=True)
class Generator:
    """A set that starts by key in manual, by itself in auto, and stops after cooling down."""

    building: Building
    faults: set[str] = field(default_factory=set)
    engine: DieselEngine = field(default_factory=DieselEngine)
    mode: str = "auto"
    phase: str = "idle"
    """idle, delay, crank, rest, warm-up, run, cool-down, stopping or locked (failed or tripped)."""
    run_time: float = 360_000.0
    energy: float = 12_000.0
    starts: int = 250
    _since: float = 0.0
    """Seconds in this phase."""
    _attempt: int = 0
    _asked: bool = False
    """Whether a key asks it to run."""

    @property
    def known_faults(self) -> frozenset[str]:
        """What can break."""
        return _FAULTS

    @property
    def load(self) -> float:
        """Share of its rating it carries."""
        return _LOAD if self.building.on_generator and self._up else 0.0

    @property
    def _up(self) -> bool:
        return self.phase in ("run", "warm-up") and self.engine.speed > 0.95 * RATED_SPEED

    def put(self, name: str, value: float) -> bool:
        """Set what the engine holds; the rest follows."""
        if name not in ("fuel", "coolant"):
            return False
        setattr(self.engine, name, value)
        return True

    def write(self, address: int, words: tuple[int, ...]) -> None:
        """Obey a key that came with its complement; anything else is not understood and does nothing."""
        if address != KEY_ADDRESS or len(words) != 2 or words[0] ^ words[1] != 0xFFFF:
            return
        key = words[0]
        if key in _MODES and not (IGNORES_AUTO in self.faults and _MODES[key] == "auto"):
            self.mode = _MODES[key]
            self._asked = self._asked and self.mode == "manual"
            if self.mode == "stop" and self.phase == "locked":
                self._enter("idle")
        if key == _START and self.mode == "manual":
            self._asked = True
        if key == _CANCEL:
            self._asked = False

    def step(self, seconds: float) -> dict[str, Value]:
        """Let time pass and return the value of every point."""
        for step in steps_of(seconds):
            self._advance(step)
        return self._values()

    def _advance(self, seconds: float) -> None:
        self._since += seconds
        if LOW_FUEL in self.faults:
            self.engine.fuel = min(self.engine.fuel, _LOW_FUEL)
        self._sequence()
        engine = self.engine
        engine.cranking = self.phase == "crank"
        held = FAILS_TO_STOP in self.faults and engine.fired
        engine.fuelled = self.phase in ("crank", "warm-up", "run", "cool-down") or held
        engine.advance(seconds, self.load, FAILS_TO_START in self.faults, LOW_OIL in self.faults)
        self.building.generator = self._up
        self.run_time += seconds if engine.fired else 0.0
        self.energy += self.load * _POWER / 1000 * seconds / 3600

    def _sequence(self) -> None:
        """Move to the next phase when its time has come."""
        if self.mode == "stop" and self.phase not in ("idle", "stopping", "locked"):
            self._enter("stopping")
        elif self.phase == "locked" and not self.faults and not self.engine.speed:
            self._enter("idle")  # who mended it has reset it
        elif self.phase in ("idle", "delay", "crank", "rest"):
            self._starting()
        else:
            self._running()

    def _starting(self) -> None:
        if not self._needed():
            self._enter("idle")
        elif self.phase == "idle":
            self._attempt = 0
            self._enter("delay")
        elif self.phase == "crank" and self.engine.fired:
            self.starts += 1
            self._enter("warm-up")
        elif self.phase == "crank" and self._since >= _CRANK:
            self._enter("rest" if self._attempt < _ATTEMPTS else "locked")
        elif self.phase != "crank" and self._since >= (_START_DELAY if self.phase == "delay" else _REST):
            self._attempt += 1
            self._enter("crank")

    def _running(self) -> None:
        if self.phase in ("run", "cool-down") and self._tripped():
            self._enter("locked")
        elif self.phase == "warm-up" and self._since >= _SAFETY_ON:
            self._enter("run")
        elif self.phase == "run" and not self._needed():
            self._enter("cool-down")
        elif self.phase == "cool-down" and self._needed():
            self._enter("run")
        elif self.phase == "cool-down" and self._since >= _COOL_DOWN:
            self._enter("stopping")
        elif self.phase == "stopping" and self.engine.speed < _STILL_SEEN:
            self._enter("idle")

    def _tripped(self) -> bool:
        return self.engine.oil_pressure < _TRIP_OIL or self.engine.coolant > _TRIP_COOLANT

    def _needed(self) -> bool:
        """Whether it should run now: asked by key, or in auto for a building without steady mains."""
        if self.mode == "manual":
            return self._asked
        waits = self.phase == "run" and self.building.on_generator
        steady = self.building.mains and self.building.mains_for >= _RETURN
        return self.mode == "auto" and (not steady if waits else not self.building.mains)

    def _enter(self, phase: str) -> None:
        if phase != self.phase:
            self.phase = phase
            self._since = 0.0

    def _values(self) -> dict[str, Value]:
        engine, load = self.engine, self.load
        share = min(1.0, engine.speed / RATED_SPEED) if self.phase not in ("crank", "rest", "delay") else 0.0
        frequency = _FREQUENCY * share
        voltage = _VOLTAGE * share if share > 0.5 else 0.0  # the alternator excites above half speed
        phases = {f"voltage_l{n}_n": voltage for n in (1, 2, 3)} | {f"current_l{n}": _CURRENT * load for n in (1, 2, 3)}
        lines = dict.fromkeys(("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1"), voltage * 3**0.5)
        return {
            **phases,
            **lines,
            "mode": self.mode,
            "state": _STATES.get(self.phase, "post_run" if engine.speed >= _STILL_SEEN else "stopped"),
            "oil_pressure": engine.oil_pressure,
            "coolant": engine.coolant,
            "oil_temperature": engine.coolant,
            "fuel": engine.fuel,
            "charge_voltage": engine.battery if engine.fired else 0.0,
            "battery_voltage": engine.battery,
            "speed": engine.speed,
            "frequency": frequency,
            "mains_frequency": _FREQUENCY if self.building.mains else 0.0,
            "power": load * _POWER,
            "load": load * 100,
            "run_time": int(self.run_time),
            "energy": self.energy,
            "starts": self.starts,
        }
