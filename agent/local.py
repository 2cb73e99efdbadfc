"""The local socket: how the command line and the page ask the daemon. One JSON object a line, both ways.

-> {"verb": "acknowledge", "arguments": {"alarm": "tank-1/W01", "by": "Li"}}
<- {"ok": true, "result": ...}   or   {"ok": false, "code": "alarm.unknown", "arguments": {...}}
"""

import asyncio
import errno
import inspect
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from agent.errors import AgentError
from agent.supervisor import start
from drivers.points import PlantgateError

log = structlog.get_logger()

SOCKET = "agent.sock"
MEMORY = Path("/dev/shm")  # noqa: S108 - checked for its owner before it is used
"""A file system that is always there and always writable (shm_overview(7))."""
PATH_ALLOWED = 107
"""Bytes of a socket path (sockaddr_un.sun_path holds 108 with the final zero, unix(7))."""
LINE_ALLOWED = 65_536
"""Bytes of one request."""
ANSWER_ALLOWED = 16 * 1024 * 1024
"""Bytes of one answer, as the asking side reads it: a thousand points need about 100 kB."""
CONNECTIONS_ALLOWED = 16
IDLE_DEADLINE = 30.0
"""Seconds a connection may stay silent."""
ANSWER_DEADLINE = 10.0
"""Seconds one request may take."""

Handler = Callable[..., Awaitable[Any]]
"""A verb: keyword arguments are strings, the result is JSON values; raises PlantgateError."""


@asynccontextmanager
async def serving(state_directory: Path, verbs: dict[str, Handler], group: asyncio.TaskGroup) -> AsyncIterator[None]:
    """Answer on the socket of ``state_directory`` while the body runs; connections are tasks of ``group``."""
    desk = _Desk(verbs, group)
    server, path = await _listen(desk, state_directory)
    try:
        yield
    finally:
        server.close()
        desk.close()
        with suppress(OSError):
            path.unlink(missing_ok=True)


async def _listen(desk: "_Desk", state_directory: Path) -> tuple[asyncio.Server, Path]:
    path = socket_path(state_directory)
    try:
        return await _bind(desk, path), path
    except OSError as error:
        # A disk that cannot be written is when people most need to ask.
        log.warning("local.elsewhere", directory=str(state_directory), reason=str(error))
    path = emergency_path(state_directory)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        _check_owner(path.parent, state_directory)
        return await _bind(desk, path), path
    except OSError as error:
        raise AgentError("agent.state-unusable", directory=str(path.parent), reason=str(error)) from error


async def _bind(desk: "_Desk", path: Path) -> asyncio.Server:
    # Whoever holds the store owns the directory, so a socket found here is left over from a crash.
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - one call, before anybody is served
    server = await asyncio.start_unix_server(desk.connected, path, limit=LINE_ALLOWED)
    path.chmod(0o600)  # noqa: ASYNC240 - as above
    return server


async def ask(state_directory: Path, verb: str, **arguments: str) -> Any:  # noqa: ANN401 - JSON has any shape
    """Ask the daemon of ``state_directory``; raises AgentError (agent.not-running, or what it answered)."""
    reader, writer = await _connect(state_directory)
    try:
        async with asyncio.timeout(ANSWER_DEADLINE + 5.0):
            writer.write(_line({"verb": verb, "arguments": arguments}))
            return _result(await reader.readline())
    except (OSError, ValueError) as error:
        # TimeoutError is an OSError; a broken or overlong line is a ValueError.
        raise AgentError("agent.no-answer", directory=str(state_directory)) from error
    finally:
        writer.close()


async def _connect(state_directory: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_unix_connection(socket_path(state_directory), limit=ANSWER_ALLOWED)
    except OSError as error:
        path = emergency_path(state_directory)
        with suppress(OSError):
            _check_owner(path.parent, state_directory)
            return await asyncio.open_unix_connection(path, limit=ANSWER_ALLOWED)
        raise AgentError("agent.not-running", directory=str(state_directory)) from error


def emergency_path(state_directory: Path) -> Path:
    """Where the socket lies when its directory cannot be written: in memory, under a name made of that directory."""
    name = sha256(bytes(state_directory.resolve())).hexdigest()[:16]
    return MEMORY / f"plantgate-{name}" / SOCKET


def _check_owner(directory: Path, state_directory: Path) -> None:
    """Anybody may make a directory in memory: believe one only that belongs to whom the state belongs to, or to us."""
    owner = directory.lstat().st_uid
    if owner not in (os.getuid(), state_directory.stat().st_uid):
        raise PermissionError(errno.EPERM, "belongs to another user", str(directory))


def socket_path(state_directory: Path) -> Path:
    """Where the socket lies; raises AgentError when the system cannot address it."""
    path = state_directory / SOCKET
    length = len(bytes(path))
    if length > PATH_ALLOWED:
        raise AgentError("agent.path-too-long", path=str(path), bytes=length, allowed=PATH_ALLOWED)
    return path


def _result(line: bytes) -> Any:  # noqa: ANN401 - JSON has any shape
    answer = json.loads(line)
    if answer["ok"]:
        return answer["result"]
    raise AgentError(answer["code"], **answer["arguments"])


class _Desk:
    """The serving side: accepts, reads lines, calls verbs."""

    def __init__(self, verbs: dict[str, Handler], group: asyncio.TaskGroup) -> None:
        self._verbs = verbs
        self._group = group
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._closing = False

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closing:
            writer.close()
            return
        if len(self._open) >= CONNECTIONS_ALLOWED:
            writer.write(_refusal(AgentError("local.busy", allowed=CONNECTIONS_ALLOWED)))
            writer.close()
            return
        task = start(self._group, self._talk(reader, writer), "local connection")
        self._open[task] = writer
        task.add_done_callback(self._hang_up)

    def close(self) -> None:
        self._closing = True
        for task in self._open:
            task.cancel()

    def _hang_up(self, task: asyncio.Task[None]) -> None:
        # Here and not in the task: one that was cancelled before it began never runs a line of its own.
        self._open.pop(task).close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await _read_line(reader):
                writer.write(await self._answer(line))
                async with asyncio.timeout(ANSWER_DEADLINE):
                    await writer.drain()
        except AgentError as error:
            writer.write(_refusal(error))
        except OSError:
            # The asking side went away or stays silent (TimeoutError is an OSError): nobody is left to tell.
            return

    async def _answer(self, line: bytes) -> bytes:
        try:
            handler, arguments = self._understand(line)
            async with asyncio.timeout(ANSWER_DEADLINE):
                return _line({"ok": True, "result": await handler(**arguments)})
        except TimeoutError:
            return _refusal(AgentError("local.deadline", seconds=ANSWER_DEADLINE))
        except PlantgateError as error:
            return _refusal(error)

    def _understand(self, line: bytes) -> tuple[Handler, dict[str, str]]:
        verb, arguments = _parse(line)
        handler = self._verbs.get(verb)
        if handler is None:
            raise AgentError("local.unknown-verb", verb=verb, known=", ".join(sorted(self._verbs)))
        try:
            inspect.signature(handler).bind(**arguments)
        except TypeError as error:
            raise AgentError("local.wrong-arguments", verb=verb, given=", ".join(arguments)) from error
        return handler, arguments


def _parse(line: bytes) -> tuple[str, dict[str, str]]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise AgentError("local.malformed") from error
    if not isinstance(request, dict) or not isinstance(request.get("verb"), str):
        raise AgentError("local.malformed")
    arguments = request.get("arguments", {})
    if not isinstance(arguments, dict) or not all(isinstance(value, str) for value in arguments.values()):
        raise AgentError("local.malformed")
    return request["verb"], arguments


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(IDLE_DEADLINE):
        try:
            return await reader.readline()
        except ValueError as error:
            raise AgentError("local.line-too-long", allowed=LINE_ALLOWED) from error


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _refusal(error: PlantgateError) -> bytes:
    arguments = {key: str(value) for key, value in error.arguments.items()}
    return _line({"ok": False, "code": error.code, "arguments": arguments})
