"""The journal of a gateway that does not run: what it says of machines and delivery, and facts added to it."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.journal import Journal, StoreFinding
from agent.journal.copying import copy_closed, remove_copy
from agent.journal.high_water_mark import HighWaterMarkFile
from agent.journal.journal import load_rows
from agent.journal.numbering import keep_untold, read_mark
from agent.journal.outbox import stats
from rules.effects import Effects, Row
from rules.errors import PlainError
from rules.facts import AuditFact, Fact, moment
from rules.inputs import Outcome
from rules.procedure.disarm import standing_reasons
from rules.procedure.state import ProcedureState
from runtime.clock import Clock
from runtime.errors import StoreError
from runtime.machine import machine_id
from runtime.sqlite import Connection, reading

JOURNAL = "journal.db"
LOOKED_AT = "journal.look"
"""A copy that is read and removed: looking changes nothing."""
RESTORED = "store-restored"
"""Reason of an epoch that begins since the journal may be an older copy; it disarms commands."""
UNREADABLE = "unreadable"
"""Stands for what cannot be known."""


@dataclass(frozen=True, slots=True)
class StateStanding:
    """What there is in the state of a gateway."""

    gateway: str = ""
    """Whose it is; empty when there is no journal."""
    epoch: str = ""
    head: int = 0
    reasons: tuple[str, ...] = ()
    """What speaks against putting another state in its place: ``owed/...``, ``lockout/...``, ``unreadable/...``."""
    undelivered: int = 0
    """Events that headquarters does not have for sure."""


async def look(state: Path, consumers: Sequence[str]) -> StateStanding:
    """What stands in the state directory ``state``; nothing in it is changed. Raises StoreError when it is unwritable.

    A journal that cannot be read may hold anything, so that is a reason.
    """
    marked = HighWaterMarkFile((state / JOURNAL).with_suffix(".mark")).read()
    if not is_there(state):
        return StateStanding(marked.gateway, marked.epoch, marked.head) if marked else StateStanding()
    copy = state / LOOKED_AT
    try:
        await copy_closed(state / JOURNAL, copy, lambda *_: None)
        return read(copy, consumers)
    except StoreError as error:
        return StateStanding(marked.gateway if marked else "", reasons=(f"{UNREADABLE}/{error.code}",))
    finally:
        with suppress(StoreError):
            remove_copy(copy)


def is_there(state: Path) -> bool:
    """Whether there is a journal in ``state``, whole or in the middle of an exchange."""
    return any(state.glob(f"{JOURNAL}*"))


def read(journal: Path, consumers: Sequence[str] = ()) -> StateStanding:
    """What a closed, single journal file says. Raises StoreError."""
    with reading(journal) as db:
        (gateway,) = db.execute("SELECT gateway FROM epoch ORDER BY ref DESC LIMIT 1").fetchone() or ("",)
        mark = read_mark(db, gateway)
        if mark is None:
            return StateStanding()
        return StateStanding(
            gateway, mark.epoch, mark.head, _reasons(load_rows(db)), _undelivered(db, mark.epoch, consumers)
        )


async def add(
    path: Path, gateway: str, facts: Iterable[Fact], *, renew: str = "", beside: Sequence[StoreFinding] = ()
) -> None:
    """Store ``facts`` in the journal ``path``.

    With ``renew`` they are the first of an epoch that begins for this reason, or for one that is found at the opening.

    What opening it finds is told by the next gateway that opens it. Raises StoreError when it is not on the disk.
    """
    clock, before = Clock(), read(path).epoch if renew else ""
    journal = await Journal.open(path, gateway, clock, machine_id(), blocks=0)
    try:
        if journal.error is not None:
            raise journal.error
        if renew and journal.epoch.id == before:  # else another one has begun already
            await journal.renew(renew)
        if findings := [*journal.take_findings(), *beside]:
            await journal.maintain(lambda db: keep_untold(db, findings))
        await journal.commit(Effects(events=[*facts]), clock.now())
        if journal.error is not None:
            raise journal.error
    finally:
        await journal.close()


def audit(action: str, by: str, reason: str, detail: str = "", *, account: str = "") -> AuditFact:
    """That a person did ``action`` to the whole box."""
    at = moment(Clock().now())
    return AuditFact(action, action, "", by, reason, Outcome.DONE, detail=detail, at=at, account=account)


def _reasons(rows: Iterable[Row]) -> tuple[str, ...]:
    procedures, unreadable = ProcedureState(), []
    for row in rows:
        try:
            procedures.take(row)
        except PlainError:
            unreadable.append(f"{UNREADABLE}/{row.table}/{row.key}")
    return (*standing_reasons(procedures), *unreadable)


def _undelivered(db: Connection, epoch: str, consumers: Sequence[str]) -> int:
    counted = stats(db, epoch, consumers)
    return counted.unsettled if consumers else counted.unsent
