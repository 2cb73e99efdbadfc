"""A gateway moves to another box: everything into one file, and the old box never runs again by itself."""

from pathlib import Path

from agent.backup import journals, making, retirement
from agent.backup.archive import Told
from agent.backup.beginning import COPY
from agent.backup.journals import RESTORED, look
from agent.backup.making import BackupRequest, Made
from agent.backup.restoring import BoxAct
from agent.backup.retirement import RETIRED, BoxNote
from agent.journal.copying import copy_closed, remove_copy
from config.plant import Plant
from runtime.clock import Clock
from runtime.errors import AgentError


async def move(wanted: BackupRequest, plant: Plant, state: Path, act: BoxAct, told: Told) -> Made:
    """Put all of a gateway into a file and retire this box, whose state the caller has locked.

    What is owed and locked goes along, and so do events that headquarters does not have. Raises AgentError, StoreError.
    """
    standing = await look(state, ())
    if standing.gateway != plant.gateway:
        raise AgentError("backup.other-journal", found=standing.gateway or "-", gateway=plant.gateway)
    BoxAct(act.by, act.reason, act.force, lose_events=True).permit(standing)
    fact = journals.audit("move", act.by, act.reason, "; ".join((wanted.path.name, *standing.reasons)))
    await journals.add(state / journals.JOURNAL, plant.gateway, [fact])
    copy, note = state / COPY, BoxNote(act.by, act.reason, Clock().now().wall, str(wanted.path.absolute()))
    try:
        await copy_closed(state / journals.JOURNAL, copy, lambda *_: None)
        # The file has its name only when this box is retired: there is no moment at which both could run.
        return making.make(wanted, plant, copy, told, lambda: retirement.write(state / RETIRED, note))
    finally:
        remove_copy(copy)


async def take_back(state: Path, gateway: str, act: BoxAct) -> None:
    """Let a box run again that was retired. It is left disarmed: the other one may have moved its machines.

    Raises AgentError, StoreError.
    """
    note = retirement.read(state / RETIRED)
    if note is None:
        raise AgentError("retired.not", state=state)
    fact = journals.audit("move-back", act.by, act.reason)
    await journals.add(state / journals.JOURNAL, gateway, [fact], renew=RESTORED)
    retirement.remove(state / RETIRED)
