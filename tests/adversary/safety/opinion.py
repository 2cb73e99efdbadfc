"""A second opinion on the envelope: plain sets, and the table of the issue typed again. Nothing of ``rules`` is used.

It is told what people were promised, what was read of the plant and what reached which machine, and says at each write
whether that write should have been.
"""

from dataclasses import dataclass, field

MOVES = {"start": "start", "manual": "switch", "stop": "stop", "auto": "safe", "cancel": "safe"}
"""Verb -> effect, as the class has it."""
GIVING_BACK = {"locked", "disarmed", "unarmed", "other", "strange"}
"""What must not stand even when a machine is given back."""
MOVING = GIVING_BACK | {"held", "locking", "fire", "needed", "dying", "unknown"}
TABLE = {"start": MOVING | {"weak"}, "switch": MOVING | {"weak"}, "stop": MOVING, "safe": GIVING_BACK}
"""Effect -> what must not stand. ``weak``: fuel or starting battery; ``strange``: owed under another name."""
AIMS = {"manual": {"manual"}, "stop": {"stop", "off"}, "auto": {"auto"}, "start": set[str]()}
"""Verb -> the mode of the controller that is its doing."""


@dataclass(frozen=True)
class Spot:
    """Where a set is reached, and which one it is."""

    name: str
    place: str
    serial: str
    """Empty: it did not tell."""
    supply: str = ""

    def meets(self, other: "Spot") -> bool:
        """Whether both may be one machine."""
        return self.place == other.place or self.serial == other.serial


@dataclass
class Lock:
    """A lock that somebody was promised."""

    spot: Spot | None
    """The set that was locked."""
    feeds: str = ""
    """The supply that was locked: every set on it could energise it; ``*``: all of them."""
    confirmed: bool = False
    stored: bool = True
    confirmed_stored: bool = False

    def reaches(self, spot: Spot) -> bool:
        """Whether ``spot`` must not move, whatever it is called by now."""
        return self.feeds in ("*", spot.supply) or (self.spot is not None and self.spot.meets(spot))


@dataclass
class Moved:
    """A set that we have moved and that was not read back in its duty since."""

    spot: Spot
    second: float
    """When the last write ended."""
    own: set[object]
    """The modes it may stand in without anybody having touched it."""


@dataclass
class Opinion:
    """What nobody may move, and why."""

    locks: dict[tuple[str, str], Lock] = field(default_factory=dict)
    """By equipment and owner."""
    held: bool = False
    held_stored: bool = True
    key: object = None
    """The hold input as it was read; None: unknown."""
    disarmed: bool = False
    dying: bool = False
    fire: bool | None = None
    mains: bool | None = None
    """Whether the mains were read as healthy."""
    unarmed: set[str] = field(default_factory=set)
    read: dict[str, dict[str, object]] = field(default_factory=dict)
    """Place -> what was read of the set there; nothing: it does not answer."""
    moved: dict[str, Moved] = field(default_factory=dict)
    """By serial number."""
    taken: dict[str, int] = field(default_factory=dict)
    """Serial number -> how often it was read in the hands of a person since our last command."""
    faults: list[str] = field(default_factory=list)

    def stands(self, spot: Spot, expected: str) -> set[str]:
        """What stands against commands to ``spot``, where the files mean the machine ``expected``."""
        locks = [one for one in self.locks.values() if one.reaches(spot)]
        told = self.read.get(spot.place, {})
        fuel, battery, load = told.get("fuel"), told.get("battery_voltage"), told.get("load")
        found = {
            "held": self.held or self.key is not False,
            "locked": any(one.confirmed for one in locks),
            "locking": bool(locks),
            "fire": self.fire is not False,
            "needed": self.mains is not True or not isinstance(load, float) or load > 5.0,
            "disarmed": self.disarmed,
            "dying": self.dying,
            "unarmed": spot.name in self.unarmed,
            "unknown": not told,
            "other": spot.serial != expected,
            "strange": any(
                one.spot.meets(spot) and (one.spot.name, one.spot.place) != (spot.name, spot.place)
                for one in self.moved.values()
            ),
            "weak": not isinstance(fuel, float) or fuel < 25.0 or not isinstance(battery, float) or battery < 24.5,
        }
        return {name for name, stands in found.items() if stands}

    # --- what happens

    def given(self, spot: Spot, verb: str) -> None:
        """``verb`` was given to ``spot`` and stored: from now on it may have acted."""
        known = self.moved.get(spot.serial)
        if known is not None or MOVES[verb] != "safe":
            own = {self.read.get(spot.place, {}).get("mode"), *AIMS[verb]}
            second = known.second if known is not None else float("inf")
            self.moved[spot.serial] = Moved(known.spot if known is not None else spot, second, own)
        self.taken.pop(spot.serial, None)

    def wrote(self, spot: Spot, expected: str, verb: str, second: float, *, asked: bool) -> None:
        """``verb`` has reached the machine at ``spot``; ``asked`` by a person just now."""
        effect = MOVES[verb]
        if against := self.stands(spot, expected) & TABLE[effect]:
            self.faults.append(f"{verb} reached {spot} although {sorted(against)}")
        if effect == "safe" and not asked and self.taken.get(spot.serial, 0) >= 3:
            self.faults.append(f"{verb} reached {spot} over the head of a person")
        if spot.serial in self.moved:
            self.moved[spot.serial].second = second

    def heard(self, spot: Spot, told: dict[str, object], second: float) -> None:
        """``spot`` was read; ``second`` is when it was sampled."""
        self.read[spot.place] = told
        known = self.moved.get(spot.serial)
        if known is None or second <= known.second or not told:
            return
        if told["mode"] == "auto":
            self.put_right(spot.serial)
            return
        seized = told["emergency_stop"] or told["local"] or told["shutdown"] or told["mode"] not in known.own
        self.taken[spot.serial] = self.taken.get(spot.serial, 0) + 1 if seized else 0

    def did_nothing(self, serial: str) -> None:
        """The command that was given to it has not reached it, for certain."""
        if serial in self.moved and self.moved[serial].second == float("inf"):
            self.put_right(serial)

    def may_have_done(self, second: float) -> None:
        """Nobody will tell any more what became of commands that were given."""
        for one in self.moved.values():
            one.second = min(one.second, second)

    def put_right(self, serial: str) -> None:
        """A person has seen the machine and answers for it."""
        self.moved.pop(serial, None)
        self.taken.pop(serial, None)

    def armed(self) -> None:
        """An engineer has compared everything."""
        self.disarmed = self.dying = False

    def died(self) -> None:
        """The process is gone: what was promised while nothing could be stored was said to be lost by that."""
        for key in [key for key, one in self.locks.items() if not one.stored]:
            del self.locks[key]
        for one in self.locks.values():
            one.confirmed = one.confirmed_stored
        self.held = self.held and self.held_stored
