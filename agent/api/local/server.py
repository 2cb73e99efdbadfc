"""The serving side of the local socket: accepts, reads lines, hands them to the table of verbs."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import structlog

from agent.api import LINE_ALLOWED
from agent.api.api import refusal
from agent.api.local.accounts import group_number, peer_of
from agent.api.local.client import ANSWER_DEADLINE, emergency_path, make_emergency_path, socket_path
from rules.people import Peer
from runtime.clock import Clock
from runtime.disk_file import identity
from runtime.errors import AgentError
from runtime.supervisor import start

log = structlog.get_logger()

OWNER_ONLY, OWNER_AND_GROUP = 0o600, 0o660
CONNECTIONS_ALLOWED = 16
IDLE_DEADLINE = 30.0
"""Seconds a connection may stay silent."""


class Answering(Protocol):
    """What answers a request: ``agent.api.Api``."""

    async def answer(self, peer: Peer, line: bytes) -> bytes:
        """One line for one line; raises no Exception."""


LOOK_EVERY = 5.0
"""Seconds between two looks whether the socket is still there: with a disk that is exchanged its name goes."""


@asynccontextmanager
async def serving(
    state_directory: Path, api: Answering, group: asyncio.TaskGroup, clock: Clock
) -> AsyncIterator["ApiServer"]:
    """Answer on the socket of ``state_directory`` while the body runs; connections are tasks of ``group``.

    Only the owner gets in until ``ApiServer.admit`` names a group. Where the name of the socket vanishes or comes to
    mean another file, it is made anew.
    """
    server = ApiServer(api, group)
    await server.open(state_directory)
    watching = start(group, server.watch(state_directory, clock), "local socket")
    try:
        yield server
    finally:
        watching.cancel()
        server.close()


async def _listen(server: "ApiServer", state_directory: Path) -> tuple[asyncio.Server, Path]:
    path = socket_path(state_directory)
    try:
        return await _bind(server, path), path
    except OSError as error:
        # A disk that cannot be written is when people most need to ask.
        log.warning("local.elsewhere", directory=str(path.parent), reason=str(error))
    path = emergency_path(state_directory)
    try:
        path = make_emergency_path(state_directory)
        return await _bind(server, path), path
    except OSError as error:
        raise AgentError("agent.state-unusable", directory=str(path.parent), reason=str(error)) from error


async def _bind(server: "ApiServer", path: Path) -> asyncio.Server:
    # Whoever holds the store owns the directory, so a socket found here is left over from a crash; of a link put in its
    # place only the link goes.
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - one call
    listening = socket.socket(socket.AF_UNIX)
    try:
        # Before it has a name: nobody gets in meanwhile, whatever the umask.
        os.fchmod(listening.fileno(), OWNER_ONLY)
        listening.bind(str(path))
        return await asyncio.start_unix_server(server.connected, sock=listening, limit=LINE_ALLOWED)
    except OSError:
        listening.close()
        raise


class ApiServer:
    """The socket and its open connections, each a task."""

    def __init__(self, api: Answering, group: asyncio.TaskGroup) -> None:
        """See ``serving``."""
        self.path = Path()
        """Where the socket lies."""
        self._api = api
        self._group = group
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._closing = False
        self._server: asyncio.Server | None = None
        self._made: tuple[int, int] | None = None
        """Device and inode of the socket."""
        self._admitted: str | None = None

    async def open(self, state_directory: Path) -> None:
        """Make the socket and listen on it, and no longer on the one before. Raises AgentError."""
        before = self._server
        self._server, self.path = await _listen(self, state_directory)
        self._made = identity(self.path)
        if before is not None:
            before.close()

    async def watch(self, state_directory: Path, clock: Clock) -> None:
        """Make the socket anew whenever its name leads to it no longer."""
        while True:
            await clock.real_sleep(LOOK_EVERY)
            if identity(self.path) == self._made:
                continue
            log.warning("local.vanished", path=str(self.path))
            try:
                await self.open(state_directory)
            except AgentError as error:
                log.warning("local.no-socket", reason=str(error))
            else:
                self.admit(self._admitted)

    def admit(self, group: str | None) -> str:
        """Let the accounts of a group of this machine in, or None: the owner alone. Returns the group let in, or "".

        Who gets in is asked for name and role with each request.
        """
        self._admitted = group
        number = group_number(group) if group else None
        try:
            if number is not None:
                os.chown(self.path, -1, number)
            self.path.chmod(OWNER_ONLY if number is None else OWNER_AND_GROUP)
        except OSError as error:
            log.warning("local.no-group", group=group, reason=str(error))
            return ""
        if group and number is None:
            log.warning("local.no-group", group=group, reason="unknown")
        return group if group and number is not None else ""

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one more connection, or say that there are too many."""
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
        """Listen no longer and hang up on everybody."""
        self._closing = True
        if self._server is not None:
            self._server.close()
        if identity(self.path) == self._made:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
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
