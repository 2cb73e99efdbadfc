"""A backup is made: the files of a site, a copy of the journal, on request keys and passwords, in one file."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Event

from agent.backup import archive, sitefiles
from agent.backup.archive import FORMAT, JOURNAL, KIND, SECRETS, SITE, ArchiveWriter, Manifest, Told
from agent.backup.disk import translated
from agent.backup.journals import read
from agent.backup.sitefiles import SiteFiles, elsewhere
from agent.journal.examine import examine
from config.plant import Plant
from runtime.clock import Clock
from runtime.errors import AgentError


@dataclass(frozen=True, slots=True)
class BackupRequest:
    """What a backup is to be."""

    path: Path
    version: str
    """Of this program."""
    by: str
    secrets: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it."""

    manifest: Manifest
    left_out: tuple[str, ...]
    """Files of the site, and what it refers to elsewhere, that are not in it."""


def make(
    wanted: BackupRequest, plant: Plant, journal: Path, told: Told, before_named: Callable[[], object] = lambda: None
) -> Made:
    """Make a backup of ``plant`` and of ``journal``, a copy that is compared first.

    ``before_named`` is called when all of it is written and has no name yet. Raises AgentError, StoreError.
    """
    examine(journal, Event(), pause=0.0)
    standing, files = read(journal), sitefiles.taken(plant.directory, plant)
    if standing.gateway != plant.gateway:
        raise AgentError("backup.other-journal", found=standing.gateway or "-", gateway=plant.gateway)
    with archive.written(wanted.path, told) as writer:
        _add_files(writer, files, secrets=wanted.secrets)
        with translated(journal), journal.open("rb") as content:
            writer.add(JOURNAL, content)
        manifest = Manifest(
            kind=KIND, format=FORMAT, version=wanted.version, org=plant.site.org, site=plant.site.id,
            gateway=plant.gateway, epoch=standing.epoch, head=standing.head, at=Clock().now().wall, by=wanted.by,
            secrets=wanted.secrets, moved=wanted.moved, members=writer.members,
        )  # fmt: skip
        writer.finish(manifest)
        before_named()
    hidden = [] if wanted.secrets else [*files.secret]
    return Made(manifest, (*files.left_out, *hidden, *elsewhere(plant.uplink, plant.directory)))


def _add_files(writer: ArchiveWriter, files: SiteFiles, *, secrets: bool) -> None:
    for name, file in files.plain.items():
        writer.add(f"{SITE}{name}", BytesIO(file.content), file.mode)
    for name, file in files.secret.items() if secrets else ():
        writer.add(f"{SECRETS}{name}", BytesIO(file.content), file.mode)
