"""Rules compiled for a site: one watch per rule and equipment, and which reading wakes which of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from drivers.points import Finding, Place
from rules.alarms.alarm import Life
from rules.alarms.causes import Sources, with_causes
from rules.alarms.limits import limits_of
from rules.alarms.watch import AlarmWatch
from rules.condition import Condition, Scope, Slots, compile_condition, compile_expression
from rules.condition.deadband import clear_of
from rules.condition.evaluate import negate
from rules.condition.scope import Calendar, Feed, Instance, example
from rules.model import Binding, Equipment, EquipmentClass, Plan, Rule, Severity, Source
from rules.procedure import manual_command
from rules.procedure.book import HoldInput
from rules.procedure.compile import ProcedureCompiler
from rules.procedure.compiled import CompiledProcedure
from rules.procedure.model import Procedure
from rules.procedure.reach import Supply
from rules.procedure.target import OF_MACHINES, Target, machine_findings, targets_of
from rules.suggest import nearest


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything the engine looks up; never changes."""

    watches: tuple[AlarmWatch, ...]
    instances: tuple[Instance, ...]
    """Stateful functions, each after those it reads."""
    feeds: dict[str, tuple[Feed, ...]]
    """Point -> where its readings go. A point that feeds nothing is not in it."""
    size: int
    """Number of slots."""
    slot_watches: tuple[tuple[int, ...], ...]
    """Slot -> the watches that read it."""
    slot_instances: tuple[tuple[int, ...], ...]
    """Slot -> the functions that read it."""
    by_id: dict[str, int] = field(default_factory=dict)
    """``equipment/rule`` -> its watch."""
    dependants: tuple[tuple[int, ...], ...] = ()
    """Watch -> the watches it may be the cause of, all of them after it."""
    siblings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Equipment -> every alarm it may have."""
    jobs: dict[str, CompiledProcedure] = field(default_factory=dict)
    """``equipment/procedure`` -> what a run of it needs."""
    command_sets: dict[str, CompiledProcedure] = field(default_factory=dict)
    """Equipment that takes commands -> what a command by hand needs: its commands, interlocks and neighbours."""
    plans: dict[str, Plan] = field(default_factory=dict)
    asked: dict[int, str] = field(default_factory=dict)
    """Slot of a ``due_in`` -> ``equipment/plan``."""
    classes: Mapping[str, EquipmentClass] = field(default_factory=dict)
    equipment: Mapping[str, Equipment] = field(default_factory=dict)
    """By id."""
    targets: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    """Equipment -> the machines it is commanded by; without commands, those it is read from."""
    machines: Mapping[str, Target] | None = None
    """Device, or ``device.command`` with a group of its own -> the machine; see ``target_of``. A device that is not in
    it is not resolved yet. None: nobody resolves or identifies them, as in a rule test."""
    hold: HoldInput | None = None
    """The input that holds all commands, where there is one."""
    service_counters: Mapping[str, int] = field(default_factory=dict)
    """Equipment -> the slot of its hours since service."""
    unarmed: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    """Equipment whose commands are refused -> the safety findings against it."""

    def resolved(self, machines: Mapping[str, Target], *, simulated: bool = False) -> "Rulebook":
        """The same rulebook where devices are these machines; ``simulated``: its time is, so only emulators move."""
        targets = {one.id: targets_of(one, machines) for one in self.equipment.values()}
        found = machine_findings(self.equipment.values(), machines, simulated=simulated)
        unarmed = {
            name: (*(one for one in self.unarmed.get(name, ()) if one.code not in OF_MACHINES), *found.get(name, ()))
            for name in self.unarmed.keys() | found.keys()
        }
        return replace(self, targets=targets, machines=machines, unarmed={k: v for k, v in unarmed.items() if v})

    @property
    def histories(self) -> list[str]:
        """Every ``equipment/procedure`` and ``equipment/plan`` there is."""
        pairs = (
            (one, plan) for plan in self.plans.values() for one in self.equipment.values() if one.cls == plan.for_each
        )
        return [*self.jobs, *(f"{one.id}/{plan.id}" for one, plan in pairs)]

    def plans_of(self, watch: str) -> list[str]:
        """The ``equipment/plan`` the rule of this watch asks about."""
        index = self.by_id.get(watch)
        return [] if index is None else [self.asked[s] for s in self.watches[index].when.slots if s in self.asked]


@dataclass(frozen=True, slots=True)
class Tasks:
    """What is done to equipment: tests and yearly maintenance."""

    procedures: Sequence[Procedure] | None = ()
    """None: rules may name any."""
    plans: Sequence[Plan] = ()
    named: Sequence[Procedure] = ()
    """Procedures that do not run here and that rules may name."""


def compile_rulebook(
    classes: Mapping[str, EquipmentClass],
    equipment: Sequence[Equipment],
    rules: Sequence[Rule],
    tasks: Tasks | None = None,
    zone: str = "UTC",
    targets: Mapping[str, Target] | None = None,
    hold: HoldInput | None = None,
    unarmed: Mapping[str, tuple[Finding, ...]] | None = None,
) -> tuple[Rulebook, list[Finding]]:
    """Compile every rule and procedure for every equipment of its class, and for none too, so that no mistake hides.

    A rule whose condition asks only for optional roles that are not bound does not apply there, nor one that needs
    what the equipment has not got. With findings
    the rulebook holds what was right. Without ``tasks`` the procedures and plans rules name are not checked.
    ``zone`` is the time zone in which conditions ask for the time of day. ``targets`` says which machine a device is;
    see ``Rulebook.machines``. ``hold`` is the input that holds all commands. ``unarmed``
    is equipment that takes no commands, and why.
    """
    compiler = _Compiler(classes, equipment, tasks, zone)
    for cls in classes.values():
        compiler.cls(cls)
    for rule in rules:
        compiler.rule(rule)
    for procedure in (tasks.procedures or ()) if tasks is not None else ():
        compiler.procedure(procedure)
    compiler.interlocks()
    compiler.command_sets()
    return replace(compiler.finish(targets, hold), unarmed=unarmed or {}), compiler.findings


class _Compiler:
    """Gathers watches, jobs and findings."""

    def __init__(
        self, classes: Mapping[str, EquipmentClass], equipment: Sequence[Equipment], tasks: Tasks | None, zone: str
    ) -> None:
        self._classes = classes
        self._equipment = equipment
        self._others = {one.id: one for one in equipment}
        self._slots = Slots()
        self._supply = Supply(equipment, classes)
        self._zone = zone
        self._watches: list[AlarmWatch] = []
        self._jobs: dict[str, CompiledProcedure] = {}
        self._hands: dict[str, CompiledProcedure] = {}
        self._calendar = None if tasks is None else _calendar(tasks)
        self.findings: list[Finding] = []

    def cls(self, cls: EquipmentClass) -> None:
        scope = self._example(cls)
        for name, source in cls.terms.items():
            self._compile(source, replace(scope, path=(f"{cls.id}.{name}",)), whole=False)
        for interlock in cls.interlocks:
            self._compile(interlock.when, scope)
        proofs = (command.proof for command in cls.commands.values())
        person = cls.by_person.when if cls.by_person is not None else None
        for told in (*proofs, cls.handover, cls.rest, person):
            if told is not None:
                self._compile(told, scope)

    def rule(self, rule: Rule) -> None:
        members = self._members(rule.for_each, rule.when.place)
        for one in members:
            if not one.lacks(rule.needs):
                self._watch(rule, one)
        if not members and rule.for_each in self._classes:
            self._rehearse(lambda scope: self._rehearse_rule(rule, scope), rule.for_each)

    def procedure(self, procedure: Procedure) -> None:
        members = self._members(procedure.for_each, procedure.place)
        for one in members:
            if not one.lacks(procedure.needs):
                job = self._job(procedure, self._scope(one))
                self._jobs[job.key] = job
        if not members and procedure.for_each in self._classes:
            self._rehearse(lambda scope: self._job(procedure, scope), procedure.for_each)

    def command_sets(self) -> None:
        """What commands by hand need. A mistake in an interlock is told of its class, a missing relation of itself."""
        before = len(self.findings)
        for one in self._equipment:
            cls = self._classes.get(one.cls)
            if cls is not None and one.commands:
                written = manual_command.procedure(cls, one)
                self._hands[one.id] = self._job(written, self._scope(one))
        del self.findings[before:]

    def interlocks(self) -> None:
        """Compile what sites add, for their mistakes."""
        for one in self._equipment:
            for interlock in one.interlocks:
                self._compile(interlock.when, self._scope(one))

    def finish(self, targets: Mapping[str, Target] | None, hold: HoldInput | None) -> Rulebook:
        if hold is not None:
            hold = replace(hold, slot=self._slots.signal(Binding(hold.point)))
        slots, instances = self._slots, tuple(self._slots.instances)
        watches, circles = with_causes(self._watches, Sources(slots.feeds, instances, self._others))
        self.findings += circles
        by_id = {watch.id: index for index, watch in enumerate(watches)}
        return Rulebook(
            watches,
            instances,
            {point: tuple(feeds) for point, feeds in slots.feeds.items()},
            slots.size,
            _readers(slots.size, [watch.slots for watch in watches]),
            _readers(slots.size, [instance.inputs for instance in instances]),
            by_id,
            _readers(len(watches), [[by_id[cause] for cause in watch.causes] for watch in watches]),
            _siblings(watches),
            self._jobs,
            self._hands,
            dict(self._calendar.plans) if self._calendar is not None else {},
            slots.plans,
            self._classes,
            self._others,
            {one.id: targets_of(one, targets or {}) for one in self._equipment},
            targets,
            hold,
            slots.services,
        )

    def _members(self, cls: str, place: Place | None) -> list[Equipment]:
        if cls not in self._classes:
            self._report(Finding("condition.unknown-class", place, {"name": cls}, nearest(cls, self._classes)))
        return [one for one in self._equipment if one.cls == cls]

    def _scope(self, one: Equipment) -> Scope:
        return Scope(one, self._classes, self._others, self._slots, self._calendar, zone=self._zone)

    def _example(self, cls: EquipmentClass) -> Scope:
        return Scope(example(cls), self._classes, self._others, Slots(), self._calendar, zone=self._zone)

    def _watch(self, rule: Rule, one: Equipment) -> None:
        scope = self._scope(one)
        when = self._compile(rule.when, scope)
        clear = self._clear(rule, scope, sound=when is not None)
        suppressed = self._compile(rule.suppressed_when, scope) if rule.suppressed_when is not None else None
        if when is not None:
            ending = clear or replace(when, text=f"not ({when.text})", compiled=negate(when.run))
            life = Life(rule.on_delay, rule.off_delay, rule.latched, rule.realarm)
            limits = limits_of([source.text for source in rule.conditions], scope)
            self._watches.append(
                AlarmWatch(rule, one, when, ending, life, suppressed, limits, severities=self._severities(rule, scope))
            )

    def _severities(self, rule: Rule, scope: Scope) -> tuple[tuple[Severity, Condition], ...]:
        """A case that asks for what is not bound here drops out."""
        compiled = ((case.severity, self._compile(case.when, scope)) for case in rule.severities)
        return tuple((severity, when) for severity, when in compiled if when is not None)

    def _clear(self, rule: Rule, scope: Scope, *, sound: bool) -> Condition | None:
        """What the rule writes, or its condition with a deadband; None: the plain opposite."""
        if rule.clear is not None:
            return self._compile(rule.clear, scope)
        text = clear_of(rule.when.text, scope) if sound else None
        # It is made of what compiled, so nobody is to blame for a mistake in it.
        condition = compile_condition(text, scope)[0] if text is not None else None
        return condition and replace(condition, place=rule.when.place)

    def _job(self, procedure: Procedure, scope: Scope) -> CompiledProcedure:
        compiler = ProcedureCompiler(procedure, scope, self._compile, self._report)
        return compiler.job(self._supply.reach(scope.equipment))

    def _rehearse(self, compile_all: Callable[[Scope], object], cls: str) -> None:
        # Nothing here is of this class; names of other equipment may be unknown for the same reason.
        before = len(self.findings)
        compile_all(self._example(self._classes[cls]))
        mine = [found for found in self.findings[before:] if found.code != "condition.unknown-equipment"]
        self.findings[before:] = mine

    def _rehearse_rule(self, rule: Rule, scope: Scope) -> None:
        for source in rule.conditions:
            self._compile(source, scope)

    def _compile(self, source: Source, scope: Scope, whole: bool = True) -> Condition | None:
        condition, errors = (compile_condition if whole else compile_expression)(source.text, scope)
        for error in errors:
            self._report(Finding(error.code, _shifted(source, error.offset), error.arguments, error.suggestion))
        return condition and replace(condition, place=source.place)

    def _report(self, finding: Finding) -> None:
        # The same mistake shows on every equipment of the class; people need it once.
        if finding not in self.findings:
            self.findings.append(finding)


def _calendar(tasks: Tasks) -> Calendar:
    procedures = tasks.procedures
    known = None if procedures is None else {one.id: one.for_each for one in (*tasks.named, *procedures)}
    return Calendar(known, {plan.id: plan for plan in tasks.plans})


def _shifted(source: Source, offset: int) -> Place | None:
    return None if source.place is None else source.place.at(offset)


def _readers(size: int, reads: Iterable[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    readers: list[list[int]] = [[] for _ in range(size)]
    for index, slots in enumerate(reads):
        for slot in dict.fromkeys(slots):
            readers[slot].append(index)
    return tuple(map(tuple, readers))


def _siblings(watches: Iterable[AlarmWatch]) -> dict[str, tuple[str, ...]]:
    siblings: dict[str, list[str]] = defaultdict(list)
    for watch in watches:
        siblings[watch.equipment.id].append(watch.id)
    return {equipment: tuple(ids) for equipment, ids in siblings.items()}
