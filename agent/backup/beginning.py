"""What a gateway looks at before it starts: whether it may run at all, and what a restore or a reset has left to do."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from agent.backup import installing, journals, retirement
from agent.backup.installing import READY, STAGED
from agent.backup.retirement import RESET, RETIRED, BoxNote, DoesNotRunError
from agent.journal.copying import remove_copy
from drivers.points import PlantgateError
from rules.facts import Fact, SystemFact, moment
from runtime.clock import Clock
from runtime.errors import AgentError
from runtime.lock import locked

COPY = "journal.copy"
"""A copy of the journal that somebody asked for; see ``plantgate backup``."""


@dataclass(slots=True)
class Beginning:
    """How a gateway begins."""

    site: Path
    """The folder of its site: another than was asked for while a restore could not write there yet."""
    facts: list[Fact] = field(default_factory=list)
    """What headquarters must hear of."""
    told: Path | None = None
    """A note that is over once they are stored."""


def begin(state: Path, site: Path) -> Beginning:
    """Complete what was cut short, or say why this gateway does not run.

    Raises DoesNotRunError, and AgentError when another process has the state directory.
    """
    with locked(state):
        _may_run(state)
        beginning = Beginning(site)
        try:
            _tidy(state, beginning)
        except AgentError as error:
            _tell(beginning, "agent.restore-unfinished", reason=str(error))
            beginning.site = _decided_site(state, site)
        if (note := retirement.read(state / RESET)) is not None:
            beginning.facts.append(journals.audit("factory-reset", note.by, note.reason, note.detail))
            beginning.told = state / RESET
        return beginning


async def tell(state: Path, gateway: str, beginning: Beginning) -> None:
    """Store what headquarters must hear of, before anything else is; a storage in trouble is told at another start."""
    if not beginning.facts:
        return
    with locked(state):
        try:
            await journals.add(state / journals.JOURNAL, gateway, beginning.facts)
            if beginning.told is not None:
                retirement.remove(beginning.told)
        except PlantgateError:
            return


def _may_run(state: Path) -> None:
    if (note := retirement.read(state / RETIRED)) is not None:
        raise DoesNotRunError("retired.moved", **_shown(note), state=state)
    reset = retirement.read(state / RESET)
    if reset is not None and not reset.done:
        raise DoesNotRunError("retired.reset", **_shown(reset), state=state)


def _tidy(state: Path, beginning: Beginning) -> None:
    plan = installing.decided(state)
    if installing.discard(state):
        _tell(beginning, "agent.restore-abandoned")
    remove_copy(state / COPY)
    if plan is not None:
        installing.finish_memory(state, plan)
        installing.finish(state, plan)
        _tell(beginning, "agent.restore-finished", by=plan.by, aside=plan.aside)


def _decided_site(state: Path, site: Path) -> Path:
    staged = state / READY / STAGED
    return staged if staged.is_dir() else site


def _tell(beginning: Beginning, code: str, **arguments: str) -> None:
    beginning.facts.append(SystemFact(code, arguments, moment(Clock().now())))


def _shown(note: BoxNote) -> dict[str, str]:
    at = datetime.fromtimestamp(note.at, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    return {"by": note.by, "reason": note.reason, "at": at, "detail": note.detail}
