"""Two sets, the files that name them, the engine that commands them and its store; everything that may go wrong there.

Production is real: the engine, its state through its rows as JSON, the last look before the wire. Machines, wire and
clock are simulated. Each write is told to a second opinion (``opinion``).
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from drivers.points import Finding, Instant, Value
from rules.effects import Command, Effects, Row
from rules.engine.reload import carry, objections
from rules.engine.rulebook import Rulebook, Tasks, compile_rulebook
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.facts import AuditFact, moment
from rules.inputs import CommandResult, Disarm, Identified, Input, Outcome, StorageState
from rules.model import Binding, Equipment, Origin
from rules.procedure.book import HoldInput
from rules.procedure.disarm import judged
from rules.procedure.target import Target
from tests.adversary.safety.bench import MAINS, STEP_BACK, VERBS, Genset, library, mains_value, plant, quick, reading_of
from tests.adversary.safety.opinion import Lock, Opinion, Spot

KEY = "io.hold"
PLACES = ("tcp:10.0.0.5:502", "tcp:10.0.0.6:502", "tcp:10.0.0.7:502")
LUCK = ("done", "done", "done", "done", "unknown, done", "unknown, not done", "lost, done", "lost, not done", "refused")
Store = dict[tuple[str, str], str]


@dataclass(frozen=True)
class SetFile:
    """What the site's files say of one set."""

    name: str
    place: str
    serial: str
    """Who answers there, as recorded at commissioning."""
    supply: str
    unarmed: bool = False

    @property
    def device(self) -> str:
        return f"dev-{self.place[-5]}"


FIRST, SECOND = SetFile("set-1", PLACES[0], "A1", "tower"), SetFile("set-2", PLACES[1], "B2", "annex")
Files = tuple[SetFile, ...]


@cache
def rulebook(files: Files) -> Rulebook:
    """What the gateway makes of these files."""
    one, *others, gateway = plant()
    told = {role: Binding(f"{gateway.id}.{role}") for role in ("held", "disarmed", "orphans", "unarmed")}
    others.append(replace(gateway, roles=gateway.roles | told))
    sets = [_set(one, file) for file in files]
    rules = [rule for rule in library().rules if rule.id[0] in "GS"]
    unarmed = {file.name: (Finding("template.no-effect"),) for file in files if file.unarmed}
    book, findings = compile_rulebook(
        library().classes,
        [*sets, *others, Equipment("board", "device", {}, {"online": Binding("board.online")}, supply="tower")],
        rules,
        Tasks((quick(),), library().tasks.plans),
        hold=HoldInput(KEY, True),
        unarmed=unarmed,
    )
    assert findings == [], findings
    return book.resolved({file.device: Target(file.place, "1") for file in files})


def _set(one: Equipment, file: SetFile) -> Equipment:
    roles = {role: Binding(f"{file.device}.{role}") for role in one.roles}
    commands = {verb: f"{file.device}.{verb}" for verb in VERBS}
    return replace(one, id=file.name, title={"en": file.name}, roles=roles, commands=commands, supply=file.supply)


class World:
    """Everything there is; one act changes it, ``poll`` lets the gateway see it."""

    def __init__(self, random: Random) -> None:
        self.random, self.opinion = random, Opinion()
        self.machines = {serial: Genset() for serial in ("A1", "B2", "C3")}
        self.wiring = {PLACES[0]: "A1", PLACES[1]: "B2", PLACES[2]: "C3"}
        self.fire: bool | None = False
        self.mains: bool | None = True
        self.key: bool | None = False
        self.silent: set[str] = set()
        self.missing: dict[str, Value | None] = {}
        """Role -> what a set tells instead."""
        self.stale: dict[str, tuple[dict[str, Value | None], Instant, float]] = {}
        """Place -> an answer that was sampled before and arrives late."""
        self.files: Files = (FIRST, SECOND)
        self.true_time, self.mono, self.boot, self.trusted = 0.0, 0.0, "b1", True
        self.epoch, self.epochs = "e1", 1
        self.durable, self.old_epoch = True, ""
        self.store: Store = {}
        self.snapshots: list[Store] = []
        self.queue: list[Command] = []
        self.busy = False
        """Whether commands wait for their wire."""
        self.asked: set[str] = set()
        """Commands that people gave themselves."""
        self.spots: dict[str, Spot] = {}
        """Command -> where it was aimed."""
        self.debtors: set[str] = set()
        """Serial numbers of machines that we have put out of their duty, in truth."""
        self.counts: dict[str, int] = {}
        self.engine = self._engine()
        self.state = EngineState.initial(self.engine.rulebook, self.now)
        self.crash = ""
        """Whether the process dies at the next commit: ``before`` it or right ``after``."""

    @property
    def now(self) -> Instant:
        wall = 1_767_578_400.0 + self.true_time if self.trusted else STEP_BACK + self.mono
        return Instant(self.boot, self.mono, wall, self.trusted)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def file(self, name: str) -> SetFile | None:
        return next((one for one in self.files if one.name == name), None)

    def spot(self, file: SetFile) -> Spot:
        """Who is there in truth."""
        return Spot(file.name, file.place, self.wiring[file.place], file.supply)

    # --- the gateway

    def put(self, *inputs: Input) -> list[str] | None:
        """One step and its commit; the codes of what was refused, None: the process died first."""
        self.state, effects = self.engine.step(self.state, inputs, self.now)
        crash = self.crash if effects else ""
        self.crash = "" if crash else self.crash
        if crash == "before":
            self.count("killed before a commit")
            self.restart()
            return None
        self._commit(effects, lost=crash == "after")
        if crash == "after":
            self.count("killed after a commit")
            self.restart()
        return [error.code for error in effects.refused]

    def restart(self, files: Files | None = None, store: Store | None = None) -> None:
        """The process comes up again with what is stored."""
        self.opinion.died()
        self.opinion.may_have_done(self.true_time)
        self.queue.clear()
        self.files = self.files if files is None else files
        self.store = dict(self.store if store is None else store)
        if not self.durable:
            self.durable, self.opinion.dying = True, False
            self.epoch = self.old_epoch
        self.engine = self._engine()
        rows = [Row(table, key, json.loads(body)) for (table, key), body in self.store.items()]
        self.state, effects = EngineState.restore(rows, self.engine.rulebook, self.now)
        self.state.procedures.disarmed = judged(self.state.procedures, self.epoch, "store-restored", moment(self.now))
        self._commit(effects, lost=False)
        for file in self.files:
            self.opinion.read.pop(file.place, None)
        self.opinion.fire = self.opinion.mains = self.opinion.key = None
        self.put()

    def reload(self, files: Files) -> bool:
        """The files are read again; whether that was allowed."""
        before, after = self.engine.rulebook, rulebook(files)
        if objections(self.state, before, after):
            return False
        self._may_be_edited(files)
        carried = carry(self.state, before, after, self.now)
        self.state, self.files, self.engine = carried.state, files, self._engine(files)
        self.opinion.unarmed = {file.name for file in files if file.unarmed}
        self._commit(carried.effects, lost=False)
        self.put()
        return True

    def disk_dies(self) -> None:
        """Nothing is stored from now on; the journal goes on in memory, in another epoch."""
        if self.durable:
            self.durable, self.old_epoch = False, self.epoch
            self.epochs += 1
            self.epoch = f"e{self.epochs}"
            self.opinion.dying = True
            self.put(StorageState(False), Disarm(self.epoch, "volatile"))

    def disk_mends(self) -> None:
        if not self.durable:
            self.durable = True
            rows = self.state.rows(self.engine.rulebook)
            self.store = {(row.table, row.key): json.dumps(row.body) for row in rows if row.body is not None}
            self.put(StorageState(True))
            for lock in self.opinion.locks.values():
                lock.stored, lock.confirmed_stored = True, lock.confirmed
            self.opinion.held_stored = True

    def _engine(self, files: Files | None = None) -> Engine:
        self.opinion.unarmed = {file.name for file in files or self.files if file.unarmed}
        return Engine(rulebook(files or self.files), Origin("gw", self.epoch))

    def _may_be_edited(self, files: Files) -> None:
        """No reload under a machine that is locked or was moved and not given back; a restored store is disarmed."""
        if self.opinion.disarmed:
            return
        bound = [one.spot for one in self.opinion.moved.values()]
        bound += [lock.spot for lock in self.opinion.locks.values() if lock.spot is not None]
        kept = {(file.name, file.place) for file in files}
        for spot in bound:
            if (spot.name, spot.place) not in kept:
                self.opinion.faults.append(f"reload took {spot} away")

    def _commit(self, effects: Effects, *, lost: bool) -> None:
        if self.durable:
            for row in effects.rows:
                if row.body is None:
                    self.store.pop((row.table, row.key), None)
                else:
                    self.store[row.table, row.key] = json.dumps(row.body)
        for event in effects.events:
            if isinstance(event, AuditFact):
                self._told(event)
        for command in effects.commands:
            file = self._file_of(command)
            self.spots[command.id] = self.spot(file)
            self.opinion.given(self.spots[command.id], command.verb)
            if not command.run and "/" not in command.id:
                self.asked.add(command.id)
            if not lost:
                self.queue.append(command)

    def _file_of(self, command: Command) -> SetFile:
        device = command.target.partition(".")[0]
        return next(file for file in self.files if file.device == device)

    def _told(self, event: AuditFact) -> None:
        """What people were told of their lock-outs and holds."""
        key, locks = (event.equipment, event.by), self.opinion.locks
        if event.outcome == Outcome.UNKNOWN:
            self.opinion.may_have_done(self.true_time)
        if event.action == "hold":
            self.opinion.held, self.opinion.held_stored = True, self.durable
        elif event.action == "lockout" and event.outcome == Outcome.REFUSED:
            if key in locks and locks[key].confirmed:
                self.opinion.faults.append(f"lock-out {key} was taken back")
            locks.pop(key, None)
        elif event.action == "lockout":
            file = self.file(event.equipment)
            told = None if file is None else self.spot(file)
            if file is not None and told is not None and not self.opinion.read.get(file.place):
                told = replace(told, serial="")
            feeds = {"mains": "*", "board": "tower"}.get(event.equipment, "")
            one = locks.setdefault(key, Lock(told, feeds, stored=self.durable))
            one.confirmed = event.outcome == Outcome.DONE
            one.confirmed_stored = one.confirmed and self.durable

    # --- the wire

    def carry_out(self) -> None:
        """Every command that waits reaches the wire, unless that is busy."""
        if self.busy:
            return
        waiting, self.queue = self.queue, []
        for number, command in enumerate(waiting):
            result = self._write(command)
            if result is not None and self.put(result) is None:
                self.count("killed with a queue" if waiting[number + 1 :] else "killed at an answer")
                return

    def _write(self, command: Command) -> CommandResult | None:
        aimed = self.spots[command.id]
        file = next((one for one in self.files if f"{one.device}." in command.target), None)
        if file is None or self.mono > command.expires:
            return self._nothing(command, Outcome.EXPIRED)
        if file.place in self.silent:
            self.opinion.may_have_done(self.true_time)
            return CommandResult(command.id, Outcome.UNKNOWN)
        spot = self.spot(file)
        if spot.serial != file.serial:
            self.put(Identified(file.device, spot.serial, False))
            return self._nothing(command, Outcome.REFUSED)
        if self.engine.may_still(self.state, command):
            self.count("stopped by the last look")
            return self._nothing(command, Outcome.REFUSED)
        assert aimed.place == spot.place
        return self._act(command, spot, file, self.random.choice(LUCK))

    def _nothing(self, command: Command, outcome: Outcome) -> CommandResult:
        self.opinion.did_nothing(self.spots[command.id].serial)
        return CommandResult(command.id, outcome)

    def _act(self, command: Command, spot: Spot, file: SetFile, luck: str) -> CommandResult | None:
        if luck == "refused":
            return self._nothing(command, Outcome.REFUSED)
        if "not done" in luck:
            self.opinion.may_have_done(self.true_time)
        else:
            self.count(command.verb)
            asked = command.id in self.asked
            self.opinion.wrote(spot, file.serial, command.verb, self.true_time, asked=asked)
            if not command.safe:
                self.debtors.add(spot.serial)
            self.machines[spot.serial].write(command.verb)
        if "lost" in luck:
            return None
        return CommandResult(command.id, Outcome.UNKNOWN if "unknown" in luck else Outcome.DONE)

    # --- time

    def live(self, seconds: float, step: float) -> None:
        """Let time pass; every ``step`` everything is read."""
        while seconds > 0:
            self.true_time, self.mono, seconds = self.true_time + step, self.mono + step, seconds - step
            self.poll()
            self.carry_out()

    def poll(self) -> None:
        """The machines live, and are read."""
        inputs: list[Input] = []
        for serial, machine in self.machines.items():
            machine.mains = self.mains is not False
            machine.live()
            if machine.mode == "auto" and not machine.asked:
                self.debtors.discard(serial)
        for file in self.files:
            inputs += self._read(file)
        self.opinion.fire, self.opinion.mains, self.opinion.key = self.fire, self.mains, self.key
        told = {role: mains_value(role, self.mains) for role in MAINS}
        told |= {"panel.zone_1": {True: "alarm", False: "quiet", None: None}[self.fire], KEY: self.key}
        told |= {"point.event_type": "none", "point.active": False, "point.pre_alarm": False}
        self.put(*inputs, *(reading_of(point, value, self.now) for point, value in told.items()))

    def _read(self, file: SetFile) -> list[Input]:
        spot = self.spot(file)
        silent, other = file.place in self.silent, spot.serial != file.serial
        late = self.stale.pop(file.place, None)
        values, at, second = late or (self.values(spot.serial), self.now, self.true_time)
        known = None if silent else not other
        before = self.state.procedures.identities.get(file.device)
        told: list[Input] = []
        if before is None or (before.matches, before.serial) != (known, "" if silent else spot.serial):
            told.append(Identified(file.device, "" if silent else spot.serial, known))
        if silent or other:
            values, at, second = dict.fromkeys(values), self.now, self.true_time
        answered: dict[str, object] = {} if silent or other else dict(values)
        self.opinion.heard(spot, answered, second)
        return told + [reading_of(f"{file.device}.{role}", value, at) for role, value in values.items()]

    def values(self, serial: str) -> dict[str, Value | None]:
        return self.machines[serial].values() | self.missing

    # --- what an engineer looks at

    @property
    def alarms(self) -> set[str]:
        return {key for key, record in self.state.alarms.items() if record.alarm.state == "active"}

    def alarmed(self, serial: str) -> bool:
        """Whether a critical alarm about this machine, or about the gateway, stands."""
        here = {file.name for file in self.files if self.wiring[file.place] == serial}
        here |= {self.opinion.moved[serial].spot.name} if serial in self.opinion.moved else set()
        critical = {f"gw/S{number}" for number in (20, 23, 24)} | {f"{name}/G11" for name in here}
        return not critical.isdisjoint(self.alarms)
