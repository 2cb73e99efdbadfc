"""A backup becomes what a box has: all of it is compared before anything is replaced, and the box is left disarmed."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from agent.backup import archive, installing, journals
from agent.backup.archive import JOURNAL, SECRETS, SITE, Archive, Manifest, Told
from agent.backup.disk import check_room, translated
from agent.backup.installing import MAKING, MARK, STAGED, RestorePlan
from agent.backup.journals import RESTORED, StateStanding, look
from agent.journal.examine import examine
from config.errors import ConfigError
from config.plant import Plant
from config.reading.walk import site_files
from config.site import FILE, compile_site
from runtime.clock import Clock
from runtime.disk_file import PRIVATE
from runtime.errors import AgentError, StoreError


@dataclass(frozen=True, slots=True)
class BoxAct:
    """What a person does to a whole box."""

    by: str
    reason: str
    force: bool = False
    """Although something stands against it."""
    lose_events: bool = False
    """Although headquarters does not have all events."""

    def permit(self, standing: StateStanding) -> None:
        """Raise AgentError when what stands in a state forbids it."""
        if self.force and not self.reason:
            raise AgentError("backup.force-reason")
        if standing.reasons and not self.force:
            raise AgentError("backup.standing", reasons=", ".join(standing.reasons))
        if standing.undelivered and not self.lose_events:
            raise AgentError("backup.undelivered", count=standing.undelivered)


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    manifest: Manifest
    aside: Path
    """Where what was there before is kept."""
    overruled: tuple[str, ...]
    """What stood against it."""


async def restore(path: Path, site: Path, state: Path, act: BoxAct, told: Told) -> Restored:
    """Put the backup ``path`` in the place of ``site`` and ``state``, which the caller has locked.

    Raises AgentError, StoreError or ConfigError, and then has changed nothing.
    """
    with archive.opened(path) as backup:
        finish(state)
        before = _there(site)
        standing = await look(state, before.uplink.consumers if before else ())
        _same_gateway(backup.manifest, site, before, standing, act)
        act.permit(standing)
        installing.discard(state)
        check_room(state, backup.manifest.size)
        try:
            plan = await _staged(backup, site, state, act, standing, told)
            if standing.epoch:
                await _tell_outgoing(state, standing, act, path)
            installing.decide(state, plan)
        except BaseException:
            installing.discard(state)
            raise
    try:
        installing.finish(state, plan)
    except AgentError as error:
        raise AgentError("restore.unfinished", reason=error, site=site, state=state) from error
    return Restored(backup.manifest, state / plan.aside, standing.reasons)


async def _staged(
    backup: Archive, site: Path, state: Path, act: BoxAct, standing: StateStanding, told: Told
) -> RestorePlan:
    """Unpack and judge everything beside what is there."""
    making, manifest = state / MAKING, backup.manifest
    modes = {_below_site(one.name): one.mode for one in manifest.members if one.name != JOURNAL}
    installing.check_place(site, modes)
    with translated(making):
        making.mkdir(mode=0o700)
        for member in manifest.members:
            _unpack(backup, member.name, making, told)
        if (state / MARK).exists() and standing.gateway == manifest.gateway:
            # What the old journal knew of, and this one does not, is lost by number and never numbered again.
            shutil.copyfile(state / MARK, making / MARK)
            (making / MARK).chmod(PRIVATE)
    _judge_site(backup, making / STAGED)
    await _judge_journal(backup, making / journals.JOURNAL, act, standing)
    return RestorePlan(_whole(site), _aside(state), act.by, act.reason, modes)


def _unpack(backup: Archive, name: str, making: Path, told: Told) -> None:
    target = making / journals.JOURNAL if name == JOURNAL else making / STAGED / _below_site(name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        backup.copy(name, file, told)


def _judge_site(backup: Archive, staged: Path) -> None:
    manifest = backup.manifest
    try:
        plant = compile_site(staged, start=True)[0]
    except ConfigError as error:
        raise AgentError("restore.site", path=backup.path, count=len(error.findings)) from error
    if plant.address != manifest.address:
        raise AgentError("backup.damaged", path=backup.path, member=f"{SITE}{FILE}")


async def _judge_journal(backup: Archive, journal: Path, act: BoxAct, standing: StateStanding) -> None:
    """Compare the journal with what the manifest says, and begin the epoch in which it goes on."""
    manifest = backup.manifest
    try:
        examine(journal, Event(), pause=0.0)
        found = journals.read(journal)
    except StoreError as error:
        raise AgentError("backup.damaged", path=backup.path, member=JOURNAL) from error
    if (found.gateway, found.epoch, found.head) != (manifest.gateway, manifest.epoch, manifest.head):
        raise AgentError("backup.damaged", path=backup.path, member=JOURNAL)
    detail = "; ".join((backup.path.name, f"{manifest.epoch}/{manifest.head}", *standing.reasons))
    fact = journals.audit("restore", act.by, act.reason, detail)
    await journals.add(journal, manifest.gateway, [fact], renew=RESTORED)


async def _tell_outgoing(state: Path, standing: StateStanding, act: BoxAct, path: Path) -> None:
    """What goes knows why, for whoever looks at it later; one that cannot be written goes without."""
    if any(one.startswith(journals.UNREADABLE) for one in standing.reasons):
        return
    fact = journals.audit("replace", act.by, act.reason, path.name)
    await journals.add(state / journals.JOURNAL, standing.gateway, [fact])


def _there(site: Path) -> Plant | None:
    """The plant that is at ``site`` now. Raises AgentError when it is something else than a site."""
    if not (site / FILE).exists():
        of_a_site = any(path.suffix in installing.OF_A_SITE for path in site_files(site))
        if site.exists() and (not site.is_dir() or of_a_site):
            raise AgentError("restore.no-site", path=site)
        return None
    try:
        return compile_site(site, start=True)[0]
    except ConfigError:
        return None  # what it was is of no importance, unless the journal says so


def _same_gateway(manifest: Manifest, site: Path, before: Plant | None, standing: StateStanding, act: BoxAct) -> None:
    theirs = manifest.address
    ours = before.address if before else theirs
    if ours != theirs and not act.force:
        raise AgentError("restore.other-gateway", found=theirs, here=ours, path=site)
    if standing.gateway not in ("", manifest.gateway) and not act.force:
        raise AgentError("restore.other-gateway", found=theirs, here=standing.gateway, path=site)


def _below_site(name: str) -> str:
    return name.removeprefix(SITE) if name.startswith(SITE) else name.removeprefix(SECRETS)


def _whole(site: Path) -> str:
    return str(site.absolute())


def _aside(state: Path) -> str:
    """A name nothing has yet."""
    name = f"replaced-{Clock().now().wall:.0f}"
    while (state / name).exists():
        name += "-"
    return name


def finish(state: Path) -> RestorePlan | None:
    """Put in place what an earlier restore had decided, if one had. Raises AgentError."""
    plan = installing.decided(state)
    if plan is not None:
        installing.finish(state, plan)
    return plan
