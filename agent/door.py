"""The serving side of the local socket: accepts, reads lines, hands them to the table of verbs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import structlog

from agent.api import LINE_ALLOWED, refusal
from agent.errors import AgentError
from agent.local import ANSWER_DEADLINE, check_owner, emergency_path, socket_path
from agent.peer import peer_of
from agent.supervisor import start
from rules.people import Peer

log = structlog.get_logger()

CONNECTIONS_ALLOWED = 16
IDLE_DEADLINE = 30.0
"""Seconds a connection may stay silent."""


class Answering(Protocol):
    """What answers a request: ``agent.api.Api``."""

    async def answer(self, peer: Peer, line: bytes) -> bytes:
        """One line for one line; raises no Exception."""


@asynccontextmanager
async def serving(state_directory: Path, api: Answering, group: asyncio.TaskGroup) -> AsyncIterator[None]:
    """Answer on the socket of ``state_directory`` while the body runs; connections are tasks of ``group``."""
    door = _Door(api, group)
    server, path = await _listen(door, state_directory)
    try:
        yield
    finally:
        server.close()
        door.close()
        with suppress(OSError):
            path.unlink(missing_ok=True)


async def _listen(door: "_Door", state_directory: Path) -> tuple[asyncio.Server, Path]:
    path = socket_path(state_directory)
    try:
        return await _bind(door, path), path
    except OSError as error:
        # A disk that cannot be written is when people most need to ask.
        log.warning("local.elsewhere", directory=str(state_directory), reason=str(error))
    path = emergency_path(state_directory)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        check_owner(path.parent, state_directory)
        return await _bind(door, path), path
    except OSError as error:
        raise AgentError("agent.state-unusable", directory=str(path.parent), reason=str(error)) from error


async def _bind(door: "_Door", path: Path) -> asyncio.Server:
    # Whoever holds the store owns the directory, so a socket found here is left over from a crash.
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - one call, before anybody is served
    server = await asyncio.start_unix_server(door.connected, path, limit=LINE_ALLOWED)
    path.chmod(0o600)  # noqa: ASYNC240 - as above
    return server


class _Door:
    """Open connections, each a task."""

    def __init__(self, api: Answering, group: asyncio.TaskGroup) -> None:
        self._api = api
        self._group = group
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._closing = False

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closing:
            writer.close()
            return
        if len(self._open) >= CONNECTIONS_ALLOWED:
            writer.write(refusal(AgentError("local.busy", allowed=CONNECTIONS_ALLOWED)))
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
            peer = peer_of(writer.get_extra_info("socket"))
            while line := await _read_line(reader):
                writer.write(await self._answer(peer, line))
                async with asyncio.timeout(ANSWER_DEADLINE):
                    await writer.drain()
        except AgentError as error:
            writer.write(refusal(error))
        except OSError:
            # The asking side went away or stays silent (TimeoutError is an OSError): nobody is left to tell.
            return

    async def _answer(self, peer: Peer, line: bytes) -> bytes:
        try:
            async with asyncio.timeout(ANSWER_DEADLINE):
                return await self._api.answer(peer, line)
        except TimeoutError:
            return refusal(AgentError("local.deadline", seconds=ANSWER_DEADLINE))


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(IDLE_DEADLINE):
        try:
            return await reader.readline()
        except ValueError as error:
            raise AgentError("local.line-too-long", allowed=LINE_ALLOWED) from error
