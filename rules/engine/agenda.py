"""What is planned and when, and what would keep it from beginning: asked of the same tables that forbid it.

And what waits for the time of day: which conditions say nothing, which tests do not begin while nobody knows it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.points import Instant
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.facts import Objection
from rules.functions.daily import Daily, HourBetween
from rules.functions.due import DueIn
from rules.inputs import Identified
from rules.model import Title
from rules.plan import dues
from rules.procedure.admission import grounds, objections
from rules.procedure.compiled import CompiledProcedure
from rules.procedure.envelope import Situation
from rules.procedure.schedule import upcoming
from rules.procedure.starting import unattended
from rules.procedure.target import Target

_ASK_THE_DATE = (HourBetween, Daily, DueIn)
"""Functions that are unknown while nobody knows what time it is."""
_IN_THE_FILES = frozenset({Situation.UNARMED, Situation.UNKNOWN, Situation.MISTAKEN})
"""What stands against a command whatever the plant does: known before anything runs."""


class Begins(StrEnum):
    """What makes it begin."""

    SCHEDULE = "schedule"
    PERSON = "person"
    DEVICE = "device"
    """The device tests itself."""
    WORK = "work"
    """Recurring maintenance: an order is written before its date."""


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """One procedure or plan of one equipment."""

    key: str
    """``equipment/procedure`` or ``equipment/plan``"""
    title: Title
    equipment_title: Title
    begins: Begins
    zone: str
    next: tuple[float, ...] = ()
    """Unix seconds of the next times; none where nobody knows what time it is."""
    against: tuple[Objection, ...] = ()
    """Why it would not begin now."""


def agenda(book: Rulebook, state: EngineState, now: Instant) -> list[AgendaEntry]:
    """Every procedure and plan there is, as the running engine sees it, and as the clock stands ``now``."""
    against = {key: objections(job, book, state.procedures, state.view) for key, job in book.jobs.items()}
    return [*(_test(job, state, now, against[key]) for key, job in book.jobs.items()), *_works(book, state, now)]


def agenda_of_files(book: Rulebook, recorded: Mapping[str, bool], now: Instant) -> list[AgendaEntry]:
    """The same for a gateway that does not run: what stands in its files against each test.

    ``recorded`` are the devices of which somebody has said who they are; the others have to be read first.
    """
    book = book.resolved({device: Target("", device) for device in recorded})
    state = EngineState.initial(book, now)
    known = {device: Identified(device, "", True if done else None) for device, done in recorded.items()}
    state.procedures.identities = known
    tests = [_test(job, state, now, _in_the_files(job, book, state)) for job in book.jobs.values()]
    return [*tests, *_works(book, state, now)]


def _in_the_files(job: CompiledProcedure, book: Rulebook, state: EngineState) -> list[Objection]:
    if not job.commands:
        return []
    found = grounds(job, book, state.procedures, state.view)
    return [one.cause for one in found if one.situation in _IN_THE_FILES and job.effects & one.forbids]


def _test(job: CompiledProcedure, state: EngineState, now: Instant, against: Sequence[Objection]) -> AgendaEntry:
    procedure, schedule = job.procedure, job.procedure.schedule
    begins = Begins.DEVICE if procedure.observes else Begins.PERSON
    entry = AgendaEntry(job.key, procedure.title, job.equipment.title, begins, "", against=tuple(against))
    if schedule is None:
        return entry
    mark = state.procedures.marks.get(job.key)
    starts = upcoming(schedule, now.wall, mark.nominal if mark else "") if now.dated else []
    return replace(
        entry,
        begins=Begins.SCHEDULE,
        zone=schedule.zone,
        next=tuple(start.wall for start in starts),
        against=(*unattended(job, now), *against),
    )


def _works(book: Rulebook, state: EngineState, now: Instant) -> Iterator[AgendaEntry]:
    for plan in book.plans.values():
        for one in book.equipment.values():
            if one.cls == plan.for_each:
                key = f"{one.id}/{plan.id}"
                history = state.procedures.history.get(key)
                done = now.wall if history is None else history.done.date(now)
                dates = tuple(dues(plan, done)) if now.dated else ()
                yield AgendaEntry(key, plan.title, one.title, Begins.WORK, plan.zone, dates)


def dated_rules(book: Rulebook) -> list[str]:
    """Every ``equipment/rule`` whose condition asks for the time of day or a date, by itself or through a function."""
    slots: set[int] = set()
    for one in book.instances:
        if isinstance(one.function, _ASK_THE_DATE) or slots.intersection(one.inputs):
            slots.add(one.slot)
    found = {index for slot in slots for index in book.slot_watches[slot]}
    return sorted(key for key, index in book.by_id.items() if index in found)


def scheduled_tests(book: Rulebook) -> list[str]:
    """Every ``equipment/procedure`` that begins by itself."""
    tests = ((key, job.procedure) for key, job in book.jobs.items())
    return sorted(key for key, one in tests if one.schedule is not None and one.withheld is None)
