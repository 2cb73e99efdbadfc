"""The files of a site as a backup takes them: regular ones below its folder, secrets apart."""

from dataclasses import dataclass, field
from pathlib import Path

from config.plant import Plant, Uplink
from config.reading.regular import NotRegular, leads_out, read_regular
from config.reading.walk import site_files
from runtime.errors import AgentError
from runtime.text import CONTROL, visible

LARGEST = 16 * 1024 * 1024
"""Bytes of one file of a site; a rule file has a few thousand."""
MOST = 5_000
"""Files of a site."""
TOTAL = 64 * 1024 * 1024
"""Bytes of all of them: they are held in memory, so that they are of one moment."""
NAME_ALLOWED = 900
"""Characters of a path below the folder of a site."""
ATTEMPTS = 3
"""Readings until two in a row are the same."""
_PRIVATE_KEY = b"PRIVATE KEY-----"
"""In the first line of a private key in PEM (RFC 7468, 10 and 11; older ones name the algorithm before it)."""
_SECRET_ENDINGS = (".key", ".password", ".passwd", ".secret", ".p12", ".pfx")


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file and who may read it."""

    content: bytes
    mode: int
    """Permissions, without set-user-id and its like."""


@dataclass(slots=True)
class SiteFiles:
    """What was found in the folder of a site, by path below it."""

    plain: dict[str, SiteFile] = field(default_factory=dict)
    secret: dict[str, SiteFile] = field(default_factory=dict)
    """Keys and passwords."""
    left_out: list[str] = field(default_factory=list)
    """Links out of the site, pipes and the like."""


def taken(directory: Path, plant: Plant) -> SiteFiles:
    """The files of a site, all of one moment. Raises AgentError when they go on changing or are too large."""
    found = read_site(directory, plant.uplink)
    for _ in range(ATTEMPTS):
        before, found = found, read_site(directory, plant.uplink)
        if found == before:
            return found
    raise AgentError("backup.changing", site=directory)


def read_site(directory: Path, uplink: Uplink) -> SiteFiles:
    """The files of a site as they are read one after the other. Raises AgentError."""
    secrets = {path.absolute() for path in referred(uplink)}
    found, total = SiteFiles(), 0
    for path in site_files(directory):
        name = path.relative_to(directory).as_posix()
        file = _read(path) if _can_be_named(name) and not leads_out(path, directory) else None
        if file is None:
            found.left_out.append(visible(name))
            continue
        total += len(file.content)
        if total > TOTAL or len(found.plain) + len(found.secret) >= MOST:
            raise AgentError("backup.site-too-large", site=directory, bytes=TOTAL, files=MOST)
        where = found.secret if path.absolute() in secrets or _is_secret(name, file.content) else found.plain
        where[name] = file
    return found


def referred(uplink: Uplink) -> list[Path]:
    """The files in which the password and the key lie that a site refers to."""
    references = (uplink.password, uplink.key)
    return [Path(one.removeprefix("file:")) for one in references if one.startswith("file:")]


def elsewhere(uplink: Uplink, directory: Path) -> list[str]:
    """What a site refers to and no backup of its folder holds: files outside it, credentials, the environment."""
    references = (one for one in (uplink.password, uplink.key, uplink.ca, uplink.certificate) if one)
    inside = directory.absolute()
    return [
        one
        for one in references
        if not (one.startswith("file:") and Path(one.removeprefix("file:")).absolute().is_relative_to(inside))
    ]


def _can_be_named(name: str) -> bool:
    """Whether a name is text that every system reads alike."""
    return not CONTROL.search(name) and "\\" not in name and len(name) < NAME_ALLOWED


def _is_secret(name: str, content: bytes) -> bool:
    return name.lower().endswith(_SECRET_ENDINGS) or _PRIVATE_KEY in content


def _read(path: Path) -> SiteFile | None:
    try:
        content = read_regular(path, LARGEST)
        mode = path.stat().st_mode & 0o777
    except NotRegular:
        return None
    except FileNotFoundError:
        return None  # a link to nothing
    except OSError as error:
        raise AgentError("backup.unreadable", path=path, reason=error.strerror) from error
    if len(content) > LARGEST:
        raise AgentError("backup.site-too-large", site=path, bytes=LARGEST, files=1)
    return SiteFile(content, mode)
