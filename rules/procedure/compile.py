"""Procedures compiled for equipment: names resolved, branches flattened, every safe command tied to its proof."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from drivers.points import Finding
from rules.condition import Condition, Scope
from rules.condition.nodes import Call, Name
from rules.condition.parser import parse
from rules.errors import ConditionError
from rules.model import EquipmentClass, Source
from rules.procedure.job import Action, Job, Lock, Note, Take
from rules.procedure.model import Procedure, Step, Verb
from rules.suggest import nearest

Compile = Callable[[Source, Scope, bool], tuple[Condition | None, bool]]
"""Source, names, and whether it must be true or false, to the condition and whether it is free of mistakes.

Reports the mistakes itself. Neither a condition nor a mistake: it asks only for what is not bound here.
"""
Report = Callable[[Finding], None]
AT_REST = "stopped"
"""Term of a class that is true while its equipment stands still."""


@dataclass(slots=True)
class ProcedureCompiler:
    """Compiles one procedure for one equipment; mistakes are reported, what was right is kept."""

    procedure: Procedure
    scope: Scope
    compile: Compile
    report: Report

    def job(self, neighbours: frozenset[str]) -> Job:
        """The job; it may only run when nothing was reported."""
        procedure = self.procedure
        self._check_safety()
        main = self._program(procedure.steps)
        return Job(
            procedure,
            self.scope.equipment,
            main,
            self._program(procedure.always),
            self._conditions(procedure.requires),
            self._conditions(procedure.guard),
            self._locks(),
            self._condition(procedure.handover),
            self._condition(procedure.observes),
            self._notes(procedure.record, main),
            self._rest(),
            neighbours,
        )

    # --- conditions

    def _condition(self, source: Source | None) -> Condition | None:
        # A test never runs with a part of what it was to watch left out.
        return None if source is None else self.compile(source, replace(self.scope, whole=True), True)[0]

    def _conditions(self, sources: Iterable[Source]) -> tuple[Condition, ...]:
        found = (self._condition(source) for source in sources)
        return tuple(condition for condition in found if condition is not None)

    def _locks(self) -> tuple[Lock, ...]:
        interlocks = self.scope.classes[self.scope.equipment.cls].interlocks
        return tuple(Lock(interlock, self._condition(interlock.when)) for interlock in interlocks)

    def _rest(self) -> Condition | None:
        term = self.scope.classes[self.scope.equipment.cls].terms.get(AT_REST)
        return None if term is None else self.compile(Source(AT_REST, term.place), self.scope, True)[0]

    # --- steps

    def _program(self, steps: Sequence[Step]) -> tuple[Action, ...]:
        actions = self._flat(steps, 0)
        return tuple(_proven(actions, index) for index in range(len(actions)))

    def _flat(self, steps: Sequence[Step], base: int) -> list[Action]:
        actions: list[Action] = []
        for step in steps:
            here = base + len(actions)
            actions += self._branch(step, here) if step.verb is Verb.BRANCH else [self._action(step)]
        return actions

    def _branch(self, step: Step, here: int) -> list[Action]:
        then = self._flat(step.then, here + 1)
        after = here + 1 + len(then)
        test = replace(self._action(step), jump=after + 1 if step.otherwise else after)
        if not step.otherwise:
            return [test, *then]
        other = self._flat(step.otherwise, after + 1)
        return [test, *then, Action(Verb.BRANCH, "", jump=after + 1 + len(other)), *other]

    def _action(self, step: Step) -> Action:
        if step.verb is Verb.COMMAND:
            return self._command(step)
        condition = self._condition(step.condition)
        written = step.condition.text if step.condition else ", ".join(source.text for source in step.records)
        text = f"{step.verb}: {written or f'{step.limit:g} s'}"
        notes = tuple(note for source in step.records for note in self._note(source, ()))
        return Action(step.verb, text, condition, step.limit, step.unless_handover, notes=notes)

    def _command(self, step: Step) -> Action:
        equipment = self.scope.equipment
        cls = self.scope.classes[equipment.cls]
        commands = cls.commands
        command, target = commands.get(step.command), equipment.commands.get(step.command, "")
        if command is None and not cls.read_only:
            suggestion = nearest(step.command, commands)
            arguments: dict[str, object] = {"command": step.command, "cls": equipment.cls}
            self.report(Finding("procedure.no-command", step.place, arguments, suggestion))
        elif command is not None and not target:
            arguments = {"command": step.command, "equipment": equipment.id}
            self.report(Finding("procedure.no-target", step.place, arguments))
        effect = command.effect if command is not None else None
        text = f"{step.verb}: {step.command}"
        unless = step.unless_handover
        return Action(step.verb, text, None, 0.0, unless, command=step.command, target=target, effect=effect)

    # --- what is recorded

    def _notes(self, sources: Iterable[Source], main: tuple[Action, ...]) -> tuple[Note, ...]:
        return tuple(note for source in sources for note in self._note(source, main))

    def _note(self, source: Source, main: tuple[Action, ...]) -> list[Note]:
        take, inner = _taken(source)
        expression, _ = self.compile(inner, self.scope, False)
        if expression is None:
            return []
        return [Note(source.text, take, expression, _first_about(expression, main) if take is Take.TIME_TO else -1)]

    # --- safety

    def _check_safety(self) -> None:
        procedure = self.procedure
        cls = self.scope.classes[self.scope.equipment.cls]
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
        found += [step] if step.verb is Verb.COMMAND else _commands((*step.then, *step.otherwise))
    return found


def _is_safe(cls: EquipmentClass, step: Step) -> bool:
    return step.command in cls.commands and cls.commands[step.command].safe


def _unproven(cls: EquipmentClass, steps: Sequence[Step]) -> list[Step]:
    """Safe commands the next ``expect`` of their own list does not verify."""
    bare = []
    for index, step in enumerate(steps):
        if step.verb is Verb.COMMAND and _is_safe(cls, step):
            proven = any(later.verb is Verb.EXPECT and not later.unless_handover for later in steps[index + 1 :])
            bare += [] if proven else [step]
        bare += _unproven(cls, (*step.then, *step.otherwise))
    return bare


def _proven(actions: list[Action], index: int) -> Action:
    action = actions[index]
    if action.safe:
        return replace(action, proof=_next_expect(actions, index))
    given = [one for one, other in enumerate(actions[:index]) if other.safe and _next_expect(actions, one) == index]
    return replace(action, proves=actions[given[-1]].command) if given else action


def _next_expect(actions: list[Action], index: int) -> int:
    later = range(index + 1, len(actions))
    return next((i for i in later if actions[i].verb is Verb.EXPECT and not actions[i].unless_handover), -1)


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
    place = source.place and replace(source.place, column=source.place.column + start)
    return Take(node.function), Source(source.text[start:end], place)


def _first_about(expression: Condition, main: tuple[Action, ...]) -> int:
    wanted = set(expression.slots)
    about = (
        index
        for index, action in enumerate(main)
        if action.verb is Verb.EXPECT and action.condition is not None and wanted & set(action.condition.slots)
    )
    return next(about, -1)
