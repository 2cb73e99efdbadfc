"""The local socket: what stands in its place, who gets in, and who is asked for what."""

import asyncio
import grp
import json
import os
import shutil
import socket
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from agent.api import requests
from agent.api.api import Identify
from agent.api.local import client, server
from agent.api.local.accounts import peer_of
from rules.people import Access, Member, People, Person, unlisted
from runtime.clock import ManualClock
from runtime.errors import AgentError
from tests.unit.agent.api.apis import api

ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
NOBODY = 65534


async def whoami(who: Person, asked: requests.Status) -> list[str]:
    return [who.name, who.access.value, who.account]


async def acknowledged(who: Person, asked: requests.AcknowledgeAlarm) -> list[str]:
    return [who.name, who.access.value, who.account]


async def holding(who: Person, asked: requests.HoldCommands) -> list[str]:
    return [who.name, who.access.value, who.account]


@asynccontextmanager
async def serving(
    directory: Path, identify: Identify = unlisted, clock: ManualClock | None = None
) -> AsyncIterator[server.ApiServer]:
    answering = api(
        {requests.Status: whoami, requests.AcknowledgeAlarm: acknowledged, requests.HoldCommands: holding}, identify
    )
    async with (
        asyncio.TaskGroup() as group,
        server.serving(directory, answering, group, clock or ManualClock()) as served,
    ):
        yield served


def left_by_a_kill(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


def link_to(target: Path) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


@pytest.mark.parametrize(
    "place",
    [
        left_by_a_kill,
        Path.touch,
        os.mkfifo,
        link_to(Path("precious")),
        link_to(Path("nowhere")),
        link_to(Path("agent.sock")),
        link_to(Path("/dev/null")),
    ],
    ids=["dead socket", "file", "fifo", "link to a file", "dangling link", "link to itself", "link to a device"],
)
async def test_what_stands_in_its_place_goes_and_what_a_link_points_to_stays(
    tmp_path: Path, place: Callable[[Path], None]
) -> None:
    (tmp_path / "precious").write_text("proof")
    place(client.socket_path(tmp_path))
    async with serving(tmp_path):
        assert await client.ask(tmp_path, "status")
        assert client.socket_path(tmp_path).lstat().st_mode & 0o777 == 0o600
    assert (tmp_path / "precious").read_text() == "proof"
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def another_disk(directory: Path) -> None:
    """The disk is exchanged: the directory is another one."""
    directory.rename(directory.with_name("old disk"))
    directory.mkdir()


def unmounted(directory: Path) -> None:
    directory.rename(directory.with_name("old disk"))


def unlinked(directory: Path) -> None:
    (directory / client.SOCKET).unlink()


def renamed(directory: Path) -> None:
    (directory / client.SOCKET).rename(directory / "elsewhere")


def replaced(directory: Path) -> None:
    unlinked(directory)
    left_by_a_kill(directory / client.SOCKET)


def linked(directory: Path) -> None:
    unlinked(directory)
    (directory / client.SOCKET).symlink_to("precious")


@pytest.mark.parametrize("event", [another_disk, unmounted, unlinked, renamed, replaced, linked])
@pytest.mark.parametrize("times", [1, 2])
async def test_it_can_be_reached_again_whatever_became_of_its_name(
    tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch, event: Callable[[Path], None], times: int
) -> None:
    monkeypatch.setattr(client, "MEMORY", memory)
    clock, directory = ManualClock(), tmp_path / "state"
    directory.mkdir()
    (directory / "precious").write_text("proof")
    async with serving(directory, clock=clock) as served:
        for _ in range(times):
            event(directory)
            await clock.advance(server.LOOK_EVERY)
            assert await client.ask(directory, "status")
            assert served.path.lstat().st_mode & 0o777 == 0o600
            if event in (another_disk, unmounted):
                shutil.rmtree(tmp_path / "old disk")
            if event is unmounted:
                break  # the socket in memory serves as long as it is there
    assert not served.path.exists(), "a stop leaves nothing behind"


@pytest.fixture
def state(tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory as systemd makes it."""
    monkeypatch.setattr(client, "LIBRARY", tmp_path / "lib")
    monkeypatch.setattr(client, "RUNTIME", tmp_path / "run")
    monkeypatch.setattr(client, "MEMORY", memory)
    for name in ("lib/plantgate", "run"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path / "lib" / "plantgate"


def made(path: Path) -> None:
    path.mkdir()


def foreign(path: Path) -> None:
    path.mkdir()
    os.chown(path, NOBODY, NOBODY)


@pytest.mark.parametrize(
    ("prepare", "inside"),
    [
        (made, True),
        (lambda path: None, False),
        (Path.touch, False),
        (lambda path: path.symlink_to("/tmp"), False),  # noqa: S108 - what an intruder would do
        pytest.param(foreign, False, marks=ROOT),
    ],
    ids=["there", "missing", "a file", "a link", "of somebody else"],
)
async def test_it_lies_in_run_when_systemd_made_a_place_there(
    state: Path, tmp_path: Path, prepare: Callable[[Path], None], inside: bool
) -> None:
    runtime = tmp_path / "run" / "plantgate"
    prepare(runtime)
    async with serving(state) as served:
        assert served.path == (runtime if inside else state) / client.SOCKET
        assert await client.ask(state, "status")


async def test_a_place_in_run_that_cannot_be_used_is_made_good_in_memory(state: Path, tmp_path: Path) -> None:
    (tmp_path / "run" / "plantgate" / client.SOCKET / "in the way").mkdir(parents=True)
    async with serving(state):
        assert await client.ask(state, "status")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0, 0o077, 0o777])
async def test_only_the_owner_gets_in_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        async with serving(tmp_path) as served:
            mode = served.path.stat().st_mode & 0o777
            assert mode & ~0o600 == 0
            served.admit(None)
            assert served.path.stat().st_mode & 0o777 == 0o600


@ROOT
async def test_one_group_opens_it_until_the_list_says_another(tmp_path: Path) -> None:
    group = grp.getgrgid(NOBODY).gr_name
    async with serving(tmp_path) as served:
        assert served.admit(group) == group
        status = served.path.stat()
        assert (status.st_mode & 0o777, status.st_gid) == (0o660, NOBODY)
        assert served.admit("no-such-group") == ""
        assert served.path.stat().st_mode & 0o777 == 0o600


async def test_the_other_end_is_who_the_kernel_says(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        peer = peer_of(ours)
    assert peer.owner
    assert grp.getgrgid(os.getgid()).gr_name in peer.groups


async def as_account(uid: int, does: Callable[[], str]) -> str:
    """What ``does`` says in a process of another account."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        try:
            told = does()
        except OSError as error:
            told = json.dumps({"code": type(error).__name__})
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        told = await asyncio.to_thread(pipe.read)
    await asyncio.to_thread(os.waitpid, child, 0)
    return told


async def asked_as(uid: int, path: Path, verb: str, **arguments: str) -> dict[str, object]:
    """Ask as another account."""

    def asks() -> str:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(path))
            asking.sendall(json.dumps({"verb": verb, "arguments": arguments}).encode() + b"\n")
            return asking.makefile().readline()

    return dict(json.loads(await as_account(uid, asks)))


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Where every account may look."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@ROOT
async def test_login_and_name_both_count(open_directory: Path) -> None:
    nobody = grp.getgrgid(NOBODY).gr_name
    members = [Member("Li", Access.OPERATE, ("nobody",)), Member("Chen", Access.SUPERVISOR, ("root",))]
    people = [People(tuple(members))]
    async with serving(open_directory, lambda peer, by: people[0].person(peer, by)) as served:
        path = served.path
        assert (await asked_as(NOBODY, path, "status"))["code"] == "PermissionError"
        served.admit(nobody)
        assert (await asked_as(NOBODY, path, "status"))["result"] == ["Li", "operate", "nobody"]
        given = {"alarm": "a", "by": "Chen"}
        assert (await asked_as(NOBODY, path, "acknowledge", **given))["result"] == ["Chen", "operate", "nobody"]
        refused = await asked_as(NOBODY, path, "reload")
        assert refused["code"] == "people.not-allowed"
        # Whoever is taken off the list is out with the next request, logged in or not.
        people[0] = People((members[1],))
        assert (await asked_as(NOBODY, path, "status"))["code"] == "people.unknown-account"
        people[0] = People((Member("Zhao", Access.VIEW, (f"@{nobody}",)), members[1]))
        assert (await asked_as(NOBODY, path, "status"))["result"] == ["Zhao", "view", "nobody"]


@ROOT
@pytest.mark.parametrize(
    "by", ["nobody", "Li", "Chne"], ids=["its own name", "a name of the list", "a name that is not there"]
)
async def test_whoever_can_reach_it_may_hold(open_directory: Path, by: str) -> None:
    """To forbid is never the mistake; the record says which login it was."""
    members = (Member("Li", Access.SUPERVISOR, ("root",)),)
    async with serving(open_directory, People(members).person) as served:
        served.admit(grp.getgrgid(NOBODY).gr_name)
        held = await asked_as(NOBODY, served.path, "hold", by=by, reason="smoke")
        assert held["result"] == ["nobody", "view", "nobody"]
        assert (await asked_as(NOBODY, served.path, "unhold", by=by, reason="over"))["code"] == "people.unknown-account"


@ROOT
async def test_without_a_list_nobody_but_the_owner_is_answered(open_directory: Path) -> None:
    async with serving(open_directory) as served:
        served.path.chmod(0o666)
        assert (await asked_as(NOBODY, served.path, "status"))["code"] == "people.unknown-account"
        assert await client.ask(open_directory, "status") == ["root", "supervisor", "root"]


@ROOT
async def test_who_may_not_open_it_is_told_so(open_directory: Path) -> None:
    def asks() -> str:
        try:
            return str(asyncio.run(client.ask(open_directory, "status")))
        except AgentError as error:
            return error.code

    async with serving(open_directory):
        assert await as_account(NOBODY, asks) == "agent.not-permitted"


async def test_nobody_listens_any_more(tmp_path: Path) -> None:
    left_by_a_kill(client.socket_path(tmp_path))
    with pytest.raises(AgentError, match=r"agent\.not-running"):
        await client.ask(tmp_path, "status")
