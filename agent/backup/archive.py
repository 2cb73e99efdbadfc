"""The file of a backup: a ZIP with a manifest that says what is in it, of whom, and the digest of each member.

A ZIP opens on any laptop, and its directory stands at the end: one that was cut short is known at once.
"""

import hashlib
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Annotated

from agent.backup.disk import translated
from runtime.disk_file import PRIVATE, sync_directory
from runtime.errors import AgentError
from runtime.parsing import InputError, Text, Within, build, load

KIND = "plantgate-backup"
FORMAT = 1
"""Another one cannot be read by this program."""
MANIFEST = "manifest.json"
JOURNAL = "state/journal.db"
SITE, SECRETS = "site/", "secrets/"
"""How the names of members begin: plain files of a site, and its keys and passwords."""
MANIFEST_ALLOWED = 4 * 1024 * 1024
"""Bytes of a manifest."""
MEMBERS_ALLOWED = 20_000
PIECE = 1024 * 1024
"""Bytes read at once."""
_LEVEL = 3
"""Of deflate: bodies of events are packed already, more takes minutes and saves little."""

_PLAIN = (0, stat.S_IFREG >> 12)
"""What a member may be, by the highest bits of its attributes: not told, or a regular file."""

Told = Callable[[int], object]
"""Hears how many bytes were done since it heard last."""


@dataclass(frozen=True, slots=True)
class BackupMember:
    """A file in a backup."""

    name: Annotated[str, Text(1000, least=1)]
    size: Annotated[int, Within(0, 2**50)]
    sha256: Annotated[str, Text(64, least=64, form="[0-9a-f]{64}")]
    mode: Annotated[int, Within(0, 0o777)] = PRIVATE


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    kind: Annotated[str, Text(100)]
    format: Annotated[int, Within(0, 2**31)]
    version: Annotated[str, Text(100)]
    """Of the program that made it."""
    org: Annotated[str, Text(200)]
    site: Annotated[str, Text(200)]
    gateway: Annotated[str, Text(200, least=1)]
    epoch: Annotated[str, Text(200)]
    head: Annotated[int, Within(0, 2**62)]
    """The epoch that went on, and its last event."""
    at: Annotated[float, Within(0.0, 2.0**33)]
    """UTC seconds when it was made, as the clock of the box had it."""
    by: Annotated[str, Text(200)]
    secrets: bool = False
    """Whether keys and passwords are in it."""
    moved: bool = False
    """Whether the box it was made on never runs again by itself."""
    members: list[BackupMember] = field(default_factory=list)

    @property
    def address(self) -> str:
        """``org/site/gateway``: whose it is, as headquarters names it."""
        return f"{self.org}/{self.site}/{self.gateway}"

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(member.size for member in self.members)


class ArchiveWriter:
    """Adds members to a backup that is being made."""

    def __init__(self, archive: zipfile.ZipFile, told: Told) -> None:
        """``told`` hears of the bytes."""
        self.members: list[BackupMember] = []
        self._archive = archive
        self._told = told

    def add(self, name: str, content: IO[bytes], mode: int = PRIVATE) -> None:
        """Add all of ``content``. Raises OSError."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(_info(name), "w", force_zip64=True) as member:
            while piece := content.read(PIECE):
                member.write(piece)
                digest.update(piece)
                size += len(piece)
                self._told(len(piece))
        self.members.append(BackupMember(name, size, digest.hexdigest(), mode))

    def finish(self, manifest: Manifest) -> None:
        """Add what the backup says of itself."""
        self._archive.writestr(_info(MANIFEST), json.dumps(asdict(manifest), ensure_ascii=False, indent=1))


@contextmanager
def written(path: Path, told: Told) -> Iterator[ArchiveWriter]:
    """A new backup, readable by its owner only; it has its name once it is complete and on the disk, never before.

    Raises AgentError: a file of that name is there, no room, no permission.
    """
    if os.path.lexists(path):
        raise AgentError("backup.exists", path=path)
    fresh = path.with_name(f".{path.name}.new")
    with translated(path):
        fresh.unlink(missing_ok=True)
    try:
        with translated(path), open(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                yield ArchiveWriter(archive, told)
            file.flush()
            os.fsync(file.fileno())
        with translated(path):
            fresh.rename(path)
            sync_directory(path.parent)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


class Archive:
    """A backup that is read: nothing of it is believed before it was compared."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        """Raises AgentError when the file is none, or is not what its manifest says."""
        self.path = path
        self._archive = archive
        self.manifest = self._read_manifest()
        self._check_names()

    def copy(self, name: str, target: IO[bytes], told: Told) -> None:
        """Write member ``name`` into ``target``. Raises AgentError when it is damaged, OSError of ``target``."""
        member = next(one for one in self.manifest.members if one.name == name)
        digest, left = hashlib.sha256(), member.size
        with self._damage(name), self._archive.open(name) as source:
            # One byte more than it should have, so that a member that never ends does.
            while piece := source.read(min(PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    break
                digest.update(piece)
                target.write(piece)
                told(len(piece))
        if left or digest.hexdigest() != member.sha256:
            raise AgentError("backup.damaged", path=self.path, member=name)

    def _read_manifest(self) -> Manifest:
        try:
            info = self._archive.getinfo(MANIFEST)
        except KeyError:
            raise AgentError("backup.none", path=self.path) from None
        with self._damage(MANIFEST), self._archive.open(info) as source:
            content = source.read(MANIFEST_ALLOWED + 1)
        try:
            plain = load(content, MANIFEST_ALLOWED)
        except InputError as error:
            raise AgentError("backup.damaged", path=self.path, member=MANIFEST) from error
        if not isinstance(plain, dict) or plain.get("kind") != KIND:
            raise AgentError("backup.none", path=self.path)
        if plain.get("format") != FORMAT:
            shown = {"found": str(plain.get("format"))[:20], "version": str(plain.get("version"))[:40]}
            raise AgentError("backup.format", path=self.path, known=FORMAT, **shown)
        try:
            return build(Manifest, plain, strict=True)
        except InputError as error:
            raise AgentError("backup.damaged", path=self.path, member=MANIFEST) from error

    def _check_names(self) -> None:
        there = [info.filename for info in self._archive.infolist()]
        for info in self._archive.infolist():
            if info.external_attr >> 28 not in _PLAIN:
                raise AgentError("backup.hostile", path=self.path, member=info.filename)
        said = [member.name for member in self.manifest.members]
        for name in said:
            if not _is_ours(name):
                raise AgentError("backup.hostile", path=self.path, member=name)
        if len(said) > MEMBERS_ALLOWED or len({*said}) != len(said) or sorted(there) != sorted([*said, MANIFEST]):
            raise AgentError("backup.damaged", path=self.path, member=MANIFEST)
        if JOURNAL not in said or f"{SITE}plant.yaml" not in said:
            raise AgentError("backup.damaged", path=self.path, member=JOURNAL)

    @contextmanager
    def _damage(self, name: str) -> Iterator[None]:
        try:
            yield
        # What zipfile raises of damaged, encrypted and unknown members.
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
            raise AgentError("backup.damaged", path=self.path, member=name) from error


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The backup ``path``. Raises AgentError when it is none, was cut short or is not what it says."""
    with translated(path):
        if not path.is_file():
            raise AgentError("backup.none", path=path) if path.exists() else FileNotFoundError(2, "No such file", path)
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
            raise AgentError(_kind_of(path), path=path) from error
    with archive:
        yield Archive(archive, path)


def _kind_of(path: Path) -> str:
    """Whether what is no whole ZIP at least begins as one."""
    with path.open("rb") as file:
        return "backup.cut-short" if file.read(4) == b"PK\x03\x04" else "backup.none"


def _is_ours(name: str) -> bool:
    """Whether a name can only lead to where we put it: parts of a path, none of them hidden or upwards."""
    if name == JOURNAL:
        return True
    if not name.startswith((SITE, SECRETS)) or "\\" in name or "\0" in name:
        return False
    path = PurePosixPath(name)
    return path.as_posix() == name and not any(part.startswith(".") for part in path.parts) and len(path.parts) > 1


def _info(name: str) -> zipfile.ZipInfo:
    # A date of its own would make two backups of one moment differ; the manifest tells the time.
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | PRIVATE) << 16
    return info
