"""The asking side of the local socket, and where it lies. One JSON object a line, both ways.

-> {"verb": "acknowledge", "arguments": {"alarm": "tank-1/W01", "by": "Li"}}
<- {"ok": true, "result": ...}   or   {"ok": false, "code": "alarm.unknown", "arguments": {...}}
"""

import asyncio
import json
import os
import stat
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from agent import api
from runtime.errors import AgentError

SOCKET = "agent.sock"
LIBRARY, RUNTIME = Path("/var/lib"), Path("/run")
"""Where systemd keeps the state of a service and what lives while it runs (file-hierarchy(7))."""
MEMORY = Path("/dev/shm")  # noqa: S108 - checked for its owner before it is used
"""A file system that is always there and always writable (shm_overview(7))."""
PATH_ALLOWED = 107
"""Bytes of a socket path (sockaddr_un.sun_path holds 108 with the final zero, unix(7))."""
ANSWER_ALLOWED = 16 * 1024 * 1024
"""Bytes of one answer, as the asking side reads it: a thousand points need about 100 kB."""
ANSWER_DEADLINE = 10.0
"""Seconds one request may take."""


async def ask(state_directory: Path, verb: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON has any shape
    """Ask the daemon of ``state_directory``. What it would refuse as input is refused here, by the same table.

    Raises InputError, AgentError (agent.not-running, or what it answered).
    """
    asked = _line(api.written(*api.read(verb, arguments)))
    reader, writer = await _connect(state_directory)
    try:
        async with asyncio.timeout(ANSWER_DEADLINE + 5.0):
            writer.write(asked)
            return _result(await reader.readline())
    except (OSError, ValueError) as error:
        # TimeoutError is an OSError; a broken or overlong line is a ValueError.
        raise AgentError("agent.no-answer", directory=str(state_directory)) from error
    finally:
        writer.close()


def runtime_directory(state_directory: Path) -> Path | None:
    """``/run/NAME`` of the state directory ``/var/lib/NAME``, where a group may reach the socket; None for any other.

    Only a real directory of root or of ourselves is believed: anybody may have put a link there otherwise.
    """
    inside = state_directory.parent in (LIBRARY, LIBRARY / "private")
    directory = RUNTIME / state_directory.name
    try:
        status = directory.lstat()
    except OSError:
        return None
    believed = stat.S_ISDIR(status.st_mode) and status.st_uid in (0, os.getuid(), _owner(state_directory))
    return directory if inside and believed else None


def socket_path(state_directory: Path) -> Path:
    """Where the socket lies; raises AgentError when the system cannot address it."""
    path = (runtime_directory(state_directory) or state_directory) / SOCKET
    length = len(bytes(path))
    if length > PATH_ALLOWED:
        raise AgentError("agent.path-too-long", path=str(path), bytes=length, allowed=PATH_ALLOWED)
    return path


def emergency_path(state_directory: Path) -> Path:
    """Where the socket lies when its directory cannot be written: in memory, under a name made of that directory."""
    name = sha256(bytes(state_directory.resolve())).hexdigest()[:16]
    return MEMORY / f"plantgate-{name}" / SOCKET


def emergency_paths(state_directory: Path) -> list[Path]:
    """Where a socket in memory may be: under that name, or one that begins with it if somebody else had taken it.

    Anybody may make a directory in memory. Believed is one only that belongs to us or to whom the state belongs to, and
    in which nobody else can put anything; a link never.
    """
    usual, owners = emergency_path(state_directory).parent, {os.getuid(), _owner(state_directory)}
    found = sorted(usual.parent.glob(f"{usual.name}*"))
    return [directory / SOCKET for directory in found if _is_private(directory, owners)]


def make_emergency_path(state_directory: Path) -> Path:
    """Where to put the socket in memory: in a directory that is ours alone, whatever others have put in its place.

    Raises OSError.
    """
    usual = emergency_path(state_directory)
    with suppress(FileExistsError):
        usual.parent.mkdir(mode=0o700)
    for path in emergency_paths(state_directory):
        if _is_private(path.parent, {os.getuid()}):
            return path
    return Path(tempfile.mkdtemp(prefix=f"{usual.parent.name}-", dir=MEMORY)) / SOCKET


def _is_private(directory: Path, owners: set[int]) -> bool:
    try:
        found = directory.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners and not found.st_mode & 0o077


async def _connect(state_directory: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    path = socket_path(state_directory)
    try:
        return await asyncio.open_unix_connection(path, limit=ANSWER_ALLOWED)
    except PermissionError as error:
        raise AgentError("agent.not-permitted", path=str(path)) from error
    except OSError as error:
        for path in emergency_paths(state_directory):
            with suppress(OSError):  # left over from a crash
                return await asyncio.open_unix_connection(path, limit=ANSWER_ALLOWED)
        raise AgentError("agent.not-running", directory=str(state_directory)) from error


def _owner(directory: Path) -> int:
    """The number of who owns ``directory``; root's when it does not say."""
    try:
        return directory.stat().st_uid
    except OSError:
        return 0


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _result(line: bytes) -> Any:  # noqa: ANN401 - JSON has any shape
    answer = json.loads(line)
    if answer["ok"]:
        return answer["result"]
    raise AgentError(answer["code"], **answer["arguments"])
