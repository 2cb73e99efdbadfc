"""Procedures compiled for equipment: names resolved, branches flattened, every safe command tied to its proof."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from drivers.points import Finding
from rules.condition import Condition, Scope, Slots
from rules.condition.nodes import Call, Name
from rules.condition.parser import parse
from rules.condition.reads import relations_in
from rules.errors import ConditionError
from rules.model import EquipmentClass, Source
from rules.procedure.compiled import CompiledProcedure, CompiledStep, Lock, PersonSigns, RecordedValue, Take
from rules.procedure.model import Procedure, Step, StepKind
from rules.procedure.proof import Proof
from rules.suggest import nearest
from rules.view import View

Compile = Callable[[Source, Scope, bool], Condition | None]
"""Source, names, and whether it must be true or false, to the condition; reports its mistakes itself.

No condition without a mistake: it asks only for what is not bound here.
"""
Report = Callable[[Finding], None]


@dataclass(slots=True)
class ProcedureCompiler:
    """Compiles one procedure for one equipment; mistakes are reported, what was right is kept."""

    procedure: Procedure
    scope: Scope
    compile: Compile
    report: Report

    def job(self, neighbours: frozenset[str]) -> CompiledProcedure:
        """The job; it may only run when nothing was reported."""
        procedure = self.procedure
        self._check_safety()
        main = self._program(procedure.steps)
        return CompiledProcedure(
            procedure,
            self.scope.equipment,
            main,
            self._program(procedure.always),
            self._conditions(procedure.requires),
            self._conditions(procedure.guard),
            self._locks(),
            self._handover(),
            self._condition(procedure.observes),
            self._notes(procedure.record, main),
            self._proof(self.cls.rest),
            neighbours,
            self._person(),
        )

    @property
    def cls(self) -> EquipmentClass:
        """The class of the equipment."""
        return self.scope.classes[self.scope.equipment.cls]

    # --- conditions

    def _condition(self, source: Source | None) -> Condition | None:
        # A test never runs with a part of what it was to watch left out.
        return None if source is None else self.compile(source, replace(self.scope, whole=True), True)

    def _conditions(self, sources: Iterable[Source]) -> tuple[Condition, ...]:
        found = (self._condition(source) for source in sources)
        return tuple(condition for condition in found if condition is not None)

    def _locks(self) -> tuple[Lock, ...]:
        one = self.scope.equipment
        return tuple(
            Lock(interlock, self._condition(interlock.when))
            for interlock in (*self.cls.interlocks, *one.interlocks)
            if not relations_in(interlock.when.text, self.scope) & one.without.keys()
        )

    # --- what the class says about its duty

    def _proof(self, source: Source | None) -> Proof | None:
        # A part that asks for what this equipment has not got drops out: controllers tell the same in several ways.
        condition = None if source is None else self.compile(source, self.scope, True)
        return None if condition is None else self._evidence(condition)

    def _evidence(self, condition: Condition) -> Proof:
        return Proof(condition, _points_of(condition, self.scope.slots))

    def _handover(self) -> Condition | None:
        """When the class or the procedure says so: a procedure adds, it never takes away."""
        own, needed = self._condition(self.procedure.handover), self._needed()
        if needed is None or own is None:
            return own or needed
        return needed if own.text == needed.text else _either(needed, own)

    def _needed(self) -> Condition | None:
        """When the class says so. What this equipment has nothing to tell by is unknown, and not so while it rests."""
        source, rest = self.cls.handover, self.cls.rest
        scope = replace(self.scope, whole=True, rest=rest.text if rest is not None else "")
        return None if source is None else self.compile(source, scope, True)

    def _person(self) -> PersonSigns | None:
        told = self.cls.by_person
        if told is None:
            return None
        modes = (self.compile(Source(name), self.scope, False) for name in told.modes)
        return PersonSigns(
            tuple(slot for mode in modes if mode is not None for slot in mode.slots), self._proof(told.when)
        )

    # --- steps

    def _program(self, steps: Sequence[Step]) -> tuple[CompiledStep, ...]:
        actions = self._flat(steps, 0)
        return tuple(_proven(actions, index) for index in range(len(actions)))

    def _flat(self, steps: Sequence[Step], base: int) -> list[CompiledStep]:
        actions: list[CompiledStep] = []
        for step in steps:
            here = base + len(actions)
            actions += self._branch(step, here) if step.verb is StepKind.BRANCH else [self._action(step)]
        return actions

    def _branch(self, step: Step, here: int) -> list[CompiledStep]:
        then = self._flat(step.then, here + 1)
        after = here + 1 + len(then)
        test = replace(self._action(step), jump=after + 1 if step.otherwise else after)
        if not step.otherwise:
            return [test, *then]
        other = self._flat(step.otherwise, after + 1)
        return [test, *then, CompiledStep(StepKind.BRANCH, "", jump=after + 1 + len(other)), *other]

    def _action(self, step: Step) -> CompiledStep:
        if step.verb is StepKind.COMMAND:
            return self._command(step)
        condition = self._condition(step.condition)
        written = step.condition.text if step.condition else ", ".join(source.text for source in step.records)
        text = f"{step.verb}: {written or f'{step.limit:g} s'}"
        notes = tuple(note for source in step.records for note in self._note(source, ()))
        evidence = self._evidence(condition) if condition is not None and step.verb is StepKind.EXPECT else None
        return CompiledStep(
            step.verb, text, condition, step.limit, step.unless_handover, evidence=evidence, notes=notes
        )

    def _command(self, step: Step) -> CompiledStep:
        equipment = self.scope.equipment
        cls, commands = self.cls, self.cls.commands
        command, target = commands.get(step.command), equipment.commands.get(step.command, "")
        if command is None and not cls.read_only:
            suggestion = nearest(step.command, commands)
            arguments: dict[str, object] = {"command": step.command, "cls": equipment.cls}
            self.report(Finding("procedure.no-command", step.place, arguments, suggestion))
        elif command is not None and not target:
            arguments = {"command": step.command, "equipment": equipment.id}
            self.report(Finding("procedure.no-target", step.place, arguments))
        text = f"{step.verb}: {step.command}"
        action = CompiledStep(step.verb, text, None, 0.0, step.unless_handover, command=step.command, target=target)
        if command is None:
            return action
        left_out = step.unless_handover or command.unless_handover
        proof = self._proof(command.proof)
        return replace(action, limit=command.within, unless_handover=left_out, effect=command.effect, evidence=proof)

    # --- what is recorded

    def _notes(self, sources: Iterable[Source], main: tuple[CompiledStep, ...]) -> tuple[RecordedValue, ...]:
        return tuple(note for source in sources for note in self._note(source, main))

    def _note(self, source: Source, main: tuple[CompiledStep, ...]) -> list[RecordedValue]:
        take, inner = _taken(source)
        expression = self.compile(inner, self.scope, False)
        if expression is None:
            return []
        return [
            RecordedValue(source.text, take, expression, _first_about(expression, main) if take is Take.TIME_TO else -1)
        ]

    # --- safety

    def _check_safety(self) -> None:
        procedure = self.procedure
        cls = self.cls
        given = [*_commands(procedure.steps), *_commands(procedure.always)]
        if given and cls.read_only:
            self.report(Finding("procedure.read-only", given[0].place, {"cls": cls.id}))
        elif given and procedure.observes is not None:
            self.report(Finding("procedure.observes", given[0].place))
        elif given and not any(_is_safe(cls, step) for step in _commands(procedure.always)):
            self.report(Finding("procedure.no-always", given[0].place, {"command": given[0].command}))
        for step in _unproven(cls, procedure.steps) + _unproven(cls, procedure.always):
            self.report(Finding("procedure.no-proof", step.place, {"command": step.command}))


def _commands(steps: Sequence[Step]) -> list[Step]:
    found = []
    for step in steps:
        found += [step] if step.verb is StepKind.COMMAND else _commands((*step.then, *step.otherwise))
    return found


def _is_safe(cls: EquipmentClass, step: Step) -> bool:
    return step.command in cls.commands and cls.commands[step.command].safe


def _unproven(cls: EquipmentClass, steps: Sequence[Step]) -> list[Step]:
    """Safe commands the next ``expect`` of their own list does not verify."""
    bare = []
    for index, step in enumerate(steps):
        if step.verb is StepKind.COMMAND and _is_safe(cls, step):
            proven = any(later.verb is StepKind.EXPECT and not later.unless_handover for later in steps[index + 1 :])
            bare += [] if proven else [step]
        bare += _unproven(cls, (*step.then, *step.otherwise))
    return bare


def _proven(actions: list[CompiledStep], index: int) -> CompiledStep:
    action = actions[index]
    if action.verb is StepKind.COMMAND:
        return replace(action, proof=_next_expect(actions, index))
    before = enumerate(actions[:index])
    given = [one for one, other in before if other.verb is StepKind.COMMAND and _next_expect(actions, one) == index]
    return replace(action, proves=actions[given[-1]].command) if given else action


def _next_expect(actions: list[CompiledStep], index: int) -> int:
    later = range(index + 1, len(actions))
    return next((i for i in later if actions[i].verb is StepKind.EXPECT and not actions[i].unless_handover), -1)


def _points_of(condition: Condition, slots: Slots) -> tuple[int, ...]:
    """The slots of the points behind ``condition``, those of the engine itself left out."""
    functions = {instance.slot: instance.inputs for instance in slots.instances}
    read = {inner for slot in condition.slots for inner in (slot, *functions.get(slot, ()))}
    own = {feed.slot for point, feeds in slots.feeds.items() if "!" in point for feed in feeds}
    return tuple(sorted(read - functions.keys() - own))


def _either(one: Condition, other: Condition) -> Condition:
    def run(view: View) -> bool | None:
        found = one.run(view), other.run(view)
        return True if True in found else None if None in found else False

    text, terms = f"({one.text}) or ({other.text})", (*one.terms, *other.terms)
    return replace(one, text=text, compiled=run, terms=tuple(dict.fromkeys(terms)))


def _taken(source: Source) -> tuple[Take, Source]:
    try:
        node = parse(source.text)
    except ConditionError:
        return Take.LAST, source
    names = {"min", "max", "time_to"}
    if not isinstance(node, Call) or node.function not in names or len(node.arguments) != 1:
        return Take.LAST, source
    if node.function == "time_to" and not isinstance(node.arguments[0], Name):
        return Take.LAST, source
    start, end = source.text.index("(") + 1, source.text.rindex(")")
    place = source.place and source.place.at(start)
    return Take(node.function), Source(source.text[start:end], place)


def _first_about(expression: Condition, main: tuple[CompiledStep, ...]) -> int:
    wanted = set(expression.slots)
    about = (
        index
        for index, action in enumerate(main)
        if action.verb is StepKind.EXPECT and action.condition is not None and wanted & set(action.condition.slots)
    )
    return next(about, -1)
