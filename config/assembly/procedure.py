"""Procedures and plans: from the fields of a file to steps with their places."""

from config.reading.files import Files, Loaded
from config.reading.yamlfile import Path, YamlFile
from config.schema.procedure import Every, PlanFile, ProcedureFields, ProcedureFile, ScheduleFields, StepFields
from config.schema.schedule_day import cron_day, of_a_month
from rules.model import Plan, Source
from rules.procedure.model import Procedure, Schedule, Step, StepKind
from rules.procedure.schedule import comes

_VERBS = tuple(StepKind)
_SCHEDULES: dict[Every | None, tuple[set[str], ...]] = {
    None: ({"cron"},),
    Every.DAY: ({"at"},),
    Every.WEEK: ({"at", "day"},),
    Every.MONTH: ({"at", "date"}, {"at", "day"}, {"at", "date", "months"}, {"at", "day", "months"}),
}
"""What each kind of schedule says besides how often."""


def build_procedures(loaded: Loaded[ProcedureFile], zone: str, files: Files) -> list[tuple[Procedure, YamlFile, int]]:
    """Every procedure of one file, with the file and its index there."""
    made = [_Builder(loaded.file, zone, files).procedure(fields, index) for index, fields in enumerate(loaded.fields)]
    return [(procedure, loaded.file, index) for index, procedure in enumerate(made)]


def build_plans(loaded: Loaded[PlanFile], zone: str) -> list[tuple[Plan, YamlFile, int]]:
    """Every plan of one file, with the file and its index there."""
    return [
        (
            Plan(
                fields.id,
                fields.for_each,
                fields.title,
                *fields.before,
                early=fields.early,
                zone=zone,
                role=fields.reading or "",
                place=loaded.file.value((index, "id")),
            ),
            loaded.file,
            index,
        )
        for index, fields in enumerate(loaded.fields)
    ]


class _Builder:
    """Builds the procedures of one file."""

    def __init__(self, file: YamlFile, zone: str, files: Files) -> None:
        self.file = file
        self.zone = zone
        self.files = files

    def procedure(self, fields: ProcedureFields, index: int) -> Procedure:
        return Procedure(
            id=fields.id,
            for_each=fields.for_each,
            title=fields.title,
            steps=self._steps(fields.steps, (index, "steps")),
            always=self._steps(fields.always, (index, "always")),
            requires=self._sources(fields.requires, (index, "requires")),
            guard=self._sources(fields.guard, (index, "guard")),
            handover=self._source(fields.handover, (index, "handover")),
            observes=self._source(fields.observes, (index, "observes")),
            record=self._sources(fields.record, (index, "record")),
            schedule=self._schedule(fields.schedule, (index, "schedule")) if fields.schedule else None,
            needs=tuple(fields.needs),
            place=self.file.value((index, "for_each")),
        )

    def _source(self, text: str | None, path: Path) -> Source | None:
        return None if text is None else Source(text, self.file.text(path))

    def _sources(self, texts: list[str], path: Path) -> tuple[Source, ...]:
        return tuple(Source(text, self.file.text((*path, index))) for index, text in enumerate(texts))

    # --- steps

    def _steps(self, steps: list[StepFields], path: Path) -> tuple[Step, ...]:
        built = (self._step(fields, (*path, index)) for index, fields in enumerate(steps))
        return tuple(step for step in built if step is not None)

    def _step(self, fields: StepFields, path: Path) -> Step | None:
        verbs = [verb for verb in _VERBS if getattr(fields, verb) is not None]
        if len(verbs) != 1:
            self.files.report("procedure.verb", self.file.value(path), known=", ".join(_VERBS))
            return None
        verb = verbs[0]
        self._check_parts(fields, verb, path)
        return Step(
            verb,
            self.file.value((*path, verb)),
            fields.command or "",
            self._condition(fields, verb, path),
            fields.within or fields.hold or fields.wait or 0.0,
            fields.unless is not None,
            self._sources(fields.record or [], (*path, "record")),
            self._steps(fields.then, (*path, "then")),
            self._steps(fields.otherwise, (*path, "else")),
        )

    def _condition(self, fields: StepFields, verb: StepKind, path: Path) -> Source | None:
        if verb is StepKind.HOLD:
            return self._source(fields.holds, (*path, "while"))
        return self._source(fields.expect or fields.branch, (*path, verb))

    def _check_parts(self, fields: StepFields, verb: StepKind, path: Path) -> None:
        needed = {StepKind.EXPECT: "within", StepKind.HOLD: "while", StepKind.BRANCH: "then"}
        given = {"within": fields.within, "while": fields.holds, "then": fields.then or None}
        for key, value in given.items():
            wanted = needed.get(verb) == key
            if wanted and value is None:
                self.files.report("procedure.needs", self.file.value((*path, verb)), verb=verb, key=key)
            elif not wanted and value is not None:
                self.files.report("procedure.not-with", self.file.key((*path, key)), verb=verb, key=key)
        if fields.otherwise and verb is not StepKind.BRANCH:
            self.files.report("procedure.not-with", self.file.key((*path, "else")), verb=verb, key="else")

    # --- schedule

    def _schedule(self, fields: ScheduleFields, path: Path) -> Schedule | None:
        given = {key for key in ("at", "day", "date", "months", "cron") if getattr(fields, key) is not None}
        monthly = fields.day is not None and of_a_month(fields.day)
        if given not in _SCHEDULES[fields.every] or (fields.day and monthly is not (fields.every is Every.MONTH)):
            self.files.report("procedure.schedule", self.file.value(path))
            return None
        closed = tuple(fields.closed)
        schedule = Schedule(fields.cron or _cron(fields), self.zone, fields.window, fields.missed, closed)
        if not comes(schedule):
            self.files.report("procedure.never", self.file.value(path))
            return None
        return schedule


def _cron(fields: ScheduleFields) -> str:
    hour, minute = fields.at or (0, 0)
    date = "L" if fields.date == "last" else fields.date or "*"
    months = ",".join(map(str, fields.months or ())) or "*"
    return f"{minute} {hour} {date} {months} {cron_day(fields.day) if fields.day else '*'}"
