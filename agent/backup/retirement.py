"""Why a gateway does not run although everything is there: it was moved to another box, or is being deleted."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.backup.disk import translated
from agent.backup.ownership import give
from config.replacing import replace_file
from runtime.disk_file import PRIVATE, sync_directory
from runtime.errors import AgentError
from runtime.parsing import InputError, build, load

RETIRED, RESET = "retired.json", "reset.json"
_ALLOWED = 65_536


class DoesNotRunError(AgentError):
    """The gateway never runs again by itself; starting it again and again changes nothing."""


@dataclass(frozen=True, slots=True)
class BoxNote:
    """Who did it and when."""

    by: str
    reason: str
    at: float
    """UTC seconds."""
    detail: str = ""
    """The file it was moved by, or what was deleted."""
    done: bool = False
    """Whether it came to its end."""


def write(path: Path, note: BoxNote) -> None:
    """Keep ``note``, durable on return. Raises AgentError."""
    with translated(path):
        replace_file(path, json.dumps(asdict(note), ensure_ascii=False).encode())
        path.chmod(PRIVATE)
        give(path, path.parent)
        sync_directory(path.parent)


def read(path: Path) -> BoxNote | None:
    """What was written, if anything. Raises AgentError when it cannot be read: then nobody may say there is nothing."""
    try:
        with translated(path):
            return build(BoxNote, load(path.read_bytes(), _ALLOWED), strict=True) if path.exists() else None
    except InputError as error:
        raise DoesNotRunError("retired.unreadable", path=path) from error


def remove(path: Path) -> None:
    """Let there be no note. Raises AgentError."""
    with translated(path):
        path.unlink(missing_ok=True)
        sync_directory(path.parent)
