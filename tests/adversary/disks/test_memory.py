"""The socket in memory while the disk cannot hold it: what others have put in its place is neither used nor asked."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.api.local import client, server
from runtime.clock import ManualClock
from runtime.errors import AgentError
from tests.unit.agent.api.apis import api

STRANGER = 12345


@pytest.fixture
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory where no socket can be made, as on a read-only file system."""
    top = tmp_path_factory.mktemp("m")  # short: the path of a socket has 107 bytes
    directory, memory = top / "state", top / "shm"
    (directory / client.SOCKET / "in the way").mkdir(parents=True)
    memory.mkdir()
    monkeypatch.setattr(client, "MEMORY", memory)
    return directory


def of_somebody_else(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    listen(directory / client.SOCKET)
    os.chown(directory, STRANGER, STRANGER)


def open_to_all(directory: Path) -> None:
    directory.mkdir()
    directory.chmod(0o777)
    listen(directory / client.SOCKET)


def link(directory: Path) -> None:
    elsewhere = directory.parent / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    listen(elsewhere / client.SOCKET)
    directory.symlink_to(elsewhere)


def file(directory: Path) -> None:
    directory.write_text("in the way", encoding="ascii")


def left_by_a_killed_process(directory: Path) -> None:
    directory.mkdir(mode=0o700)
    listen(directory / client.SOCKET).close()


LISTENING: list[socket.socket] = []


def listen(path: Path) -> socket.socket:
    """A socket that takes whoever comes: a question would wait for its answer there."""
    one = socket.socket(socket.AF_UNIX)
    one.bind(str(path))
    one.listen()
    LISTENING.append(one)
    return one


@pytest.mark.parametrize("put", [of_somebody_else, open_to_all, link, file, left_by_a_killed_process])
async def test_what_lies_in_its_place_is_not_believed(state: Path, put: Callable[[Path], None]) -> None:
    if put is of_somebody_else and os.getuid() != 0:
        pytest.skip("only root can give a directory to somebody else")
    usual = client.emergency_path(state).parent
    put(usual)
    with pytest.raises(AgentError, match=r"agent\.not-running"):
        await client.ask(state, "status")
    async with asyncio.TaskGroup() as group, server.serving(state, api({}), group, ManualClock()):
        (path,) = [one for one in client.emergency_paths(state) if one.exists()]
        assert (path.parent == usual) is (put is left_by_a_killed_process)
        assert path.parent.stat().st_mode & 0o777 == 0o700
        with pytest.raises(AgentError, match=r"local\.|status") as refused:
            await client.ask(state, "status")
        assert refused.value.code != "agent.not-running", "the gateway answered"
    while LISTENING:
        LISTENING.pop().close()
