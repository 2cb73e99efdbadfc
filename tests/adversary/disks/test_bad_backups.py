"""What is no good backup, and what stands against putting a good one in place: one sentence, and nothing is changed."""

import ctypes
import fcntl
import os
import resource
import shutil
import signal
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.backup.archive import JOURNAL
from tests.adversary.disks.boxes import Box, answer, commanded, contents, forged, held, locked, new_box, owed
from tests.adversary.disks.killing import killed_at

PLANT = "site/plant.yaml"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A backup of another box of the same gateway."""
    box = new_box(tmp_path / "old", "one", "two")
    assert box.backup(tmp_path / "good.zip")["exit"] == 0
    return tmp_path / "good.zip"


def cut(to: int) -> Callable[[Path, Path], Path]:
    def make(good: Path, bad: Path) -> Path:
        content = good.read_bytes()
        bad.write_bytes(content[:to] if to > 0 else content[: len(content) + to])
        return bad

    return make


def written(content: bytes) -> Callable[[Path, Path], Path]:
    def make(_: Path, bad: Path) -> Path:
        bad.write_bytes(content)
        return bad

    return make


def flipped(good: Path, bad: Path) -> Path:
    """One bit in the middle of the largest member."""
    content = bytearray(good.read_bytes())
    content[len(content) // 2] ^= 0x10
    bad.write_bytes(content)
    return bad


def lies(**manifest: Any) -> Callable[[Path, Path], Path]:
    return lambda good, bad: forged(good, bad, manifest=lambda said: said.update(manifest), honest=True)


def holds(name: str, body: bytes = b"x", attributes: int = 0) -> Callable[[Path, Path], Path]:
    return lambda good, bad: forged(good, bad, lambda held: held.update({name: body}), attributes=attributes)


def without(name: str) -> Callable[[Path, Path], Path]:
    return lambda good, bad: forged(good, bad, lambda held: held.pop(name))


def other_bytes(name: str, change: Callable[[bytes], bytes], *, honest: bool) -> Callable[[Path, Path], Path]:
    return lambda good, bad: forged(good, bad, lambda held: held.update({name: change(held[name])}), honest=honest)


def claims(size: int) -> Callable[[Path, Path], Path]:
    """The journal is said to have so many bytes."""

    def change(said: dict[str, Any]) -> None:
        next(one for one in said["members"] if one["name"] == JOURNAL)["size"] = size

    return lambda good, bad: forged(good, bad, manifest=change)


def missing(_: Path, bad: Path) -> Path:
    return bad


def folder(_: Path, bad: Path) -> Path:
    bad.mkdir()
    return bad


BAD_FILES: list[tuple[str, Callable[[Path, Path], Path], str]] = [
    ("cut to its first bytes", cut(100), "backup.cut-short"),
    ("cut in the middle", cut(3000), "backup.cut-short"),
    ("cut by a byte", cut(-1), "backup.cut-short"),
    ("a bit flipped", flipped, "backup.damaged"),
    ("empty", written(b""), "backup.none"),
    ("text", written("水箱".encode() * 50), "backup.none"),
    ("a folder", folder, "backup.none"),
    ("not there", missing, "backup.failed"),
    ("another kind", lies(kind="holiday pictures"), "backup.none"),
    ("another format", lies(format=2, version="9.0"), "backup.format"),
    ("no format", lies(format=None), "backup.format"),
    ("a manifest that is none", lies(head="many"), "backup.damaged"),
    ("a manifest with more in it", lies(run="rm -rf /"), "backup.damaged"),
    ("another gateway in the manifest", lies(gateway="gw-2"), "restore.other-gateway"),
    ("another head", lies(head=77), "backup.damaged"),
    ("upwards", holds("site/../../etc/cron.d/x"), "backup.hostile"),
    ("absolute", holds("/etc/cron.d/x"), "backup.hostile"),
    ("to another place of the state", holds("state/retired.json"), "backup.hostile"),
    ("hidden", holds("site/.ssh/authorized_keys"), "backup.hostile"),
    ("backslashes", holds("site\\..\\x"), "backup.hostile"),
    ("doubled slash", holds("site//x"), "backup.hostile"),
    ("a link", holds("site/x", b"/etc/passwd", stat.S_IFLNK | 0o777), "backup.hostile"),
    ("a device", holds("site/x", b"", stat.S_IFCHR | 0o666), "backup.hostile"),
    ("a file and a folder of one name", holds("site/plant.yaml/x"), "backup.failed"),
    ("no journal", without(JOURNAL), "backup.damaged"),
    ("no site", without(PLANT), "backup.damaged"),
    ("a journal of zeros", other_bytes(JOURNAL, lambda body: bytes(len(body)), honest=True), "backup.damaged"),
    ("a member with another digest", other_bytes(PLANT, lambda body: body + b"#", honest=False), "backup.damaged"),
    ("a bomb", other_bytes(JOURNAL, lambda _: bytes(50_000_000), honest=False), "backup.damaged"),
    ("larger than any disk", claims(2**49), "backup.no-room"),
    ("smaller than it is", claims(10), "backup.damaged"),
    ("a site with mistakes", other_bytes(PLANT, lambda body: body + b"colour: red\n", honest=True), "restore.site"),
    ("another's site", other_bytes(PLANT, lambda body: body.replace(b"gw-bench", b"gw-9"), honest=True), "backup.damaged"),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("make", "code"), [row[1:] for row in BAD_FILES], ids=[row[0] for row in BAD_FILES])
def test_a_file_that_is_no_good_changes_nothing(
    good: Path, tmp_path: Path, make: Callable[[Path, Path], Path], code: str
) -> None:
    box = new_box(tmp_path / "box", "three")
    before = contents(box.folder)
    told = box.restore(make(good, tmp_path / "bad.zip"))
    assert (told.get("code"), told["exit"]) == (code, 1), told
    assert contents(box.folder) == before
    assert not box.look().disarmed


def other_site(box: Box) -> None:
    box.plant.write_text(box.plant.read_text(encoding="utf-8").replace("gw-bench", "gw-2"), encoding="utf-8")


def other_journal(box: Box) -> None:
    shutil.rmtree(box.state)
    box.remember("x", gateway="gw-2")


def no_site(box: Box) -> None:
    box.plant.rename(box.site / "netplan.yaml")


def site_is_a_file(box: Box) -> None:
    shutil.rmtree(box.site)
    box.site.write_text("x", encoding="utf-8")


def link_out(box: Box) -> None:
    shutil.move(box.site / "rules", box.folder / "elsewhere")
    (box.site / "rules").symlink_to(box.folder / "elsewhere")


def torn_journal(box: Box) -> None:
    (box.state / "journal.db").write_bytes(b"SQLite format 3\0" + bytes(5000))


STANDING: list[tuple[str, Callable[[Box], object], str, bool]] = [
    ("locked", lambda box: box.remember("x", procedures=locked()), "backup.standing", True),
    ("owed", lambda box: box.remember("x", procedures=owed()), "backup.standing", True),
    ("held", lambda box: box.remember("x", procedures=held()), "backup.standing", True),
    ("commanded", lambda box: box.remember("x", procedures=commanded()), "backup.standing", True),
    ("a journal nobody can read", torn_journal, "backup.standing", True),
    ("another gateway's site", other_site, "restore.other-gateway", True),
    ("another gateway's journal", other_journal, "restore.other-gateway", True),
    ("events not delivered", lambda box: box.undelivered("late"), "backup.undelivered", False),
    ("files that are no site", no_site, "restore.no-site", False),
    ("a file in the place of the site", site_is_a_file, "restore.no-site", False),
    ("a folder of rules that lies elsewhere", link_out, "restore.leads-out", False),
]
"""What stands against a restore, its code, and whether ``--force`` overrules it."""


@pytest.mark.parametrize(("prepare", "code", "forced"), [row[1:] for row in STANDING], ids=[row[0] for row in STANDING])
def test_what_stands_against_it(
    good: Path, tmp_path: Path, prepare: Callable[[Box], object], code: str, forced: bool
) -> None:
    box = new_box(tmp_path / "box", "three")
    prepare(box)
    before = contents(box.folder)
    told = box.restore(good)
    assert (told.get("code"), told["exit"]) == (code, 1), told
    assert contents(box.folder) == before
    told = box.restore(good, "--force", "--lose-events")
    assert (told["exit"] == 0) is (forced or code == "backup.undelivered"), told
    if told["exit"] == 0:
        assert box.look().disarmed


def test_force_needs_a_reason(good: Path, tmp_path: Path) -> None:
    box = new_box(tmp_path / "box", procedures=locked())
    told = answer("restore", str(good), *box.where, "--by", "Li", "--force")
    assert (told["code"], told["exit"]) == ("backup.force-reason", 2)


@pytest.mark.parametrize("verb", ["restore", "move", "factory-reset"])
def test_nothing_is_done_to_a_box_that_runs(good: Path, tmp_path: Path, verb: str) -> None:
    box = new_box(tmp_path / "box", "three")
    before, runs = contents(box.folder), os.open(box.state, os.O_RDONLY)
    fcntl.flock(runs, fcntl.LOCK_EX)
    does: dict[str, Callable[[], dict[str, Any]]] = {
        "restore": lambda: box.restore(good, "--force"),
        "move": lambda: box.move(tmp_path / "moved.zip", "--force"),
        "factory-reset": lambda: box.reset("--yes", "--force"),
    }
    told = does[verb]()
    os.close(runs)
    assert told["code"] == "agent.already-running"
    assert contents(box.folder) == before
    assert not (tmp_path / "moved.zip").exists()


def in_a_process(work: Callable[[], dict[str, Any]], prepare: Callable[[], object]) -> str:
    """The code of what ``work`` answers in a process that ``prepare`` has taken something from."""
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            prepare()
            os.write(write, str(work().get("code", "none")).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        code = pipe.read()
    os.wait()
    return code


def without_rights() -> None:
    """Root too may only what the owner of a file may (capabilities(7))."""
    ctypes.CDLL(None).capset(struct.pack("Ii", 0x20080522, 0), bytes(24))


def without_room() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.mark.parametrize("closed", ["site", "state"])
def test_an_account_that_may_not(good: Path, tmp_path: Path, closed: str) -> None:
    box = new_box(tmp_path / "box", "three")
    before, shut = contents(box.folder), box.folder / closed
    shut.chmod(0)
    codes = [
        in_a_process(does, without_rights)
        for does in (lambda: box.backup(tmp_path / "a.zip"), lambda: box.restore(good), lambda: box.reset("--yes"))
    ]
    shut.chmod(0o700)
    assert {*codes} <= {"backup.failed", "agent.state-unusable", "agent.not-permitted"}, codes
    assert contents(box.folder) == before


def test_no_room(good: Path, tmp_path: Path) -> None:
    box = new_box(tmp_path / "box", "three")
    before = contents(box.folder)
    assert in_a_process(lambda: box.backup(tmp_path / "a.zip"), without_room) in (
        "backup.failed",
        "store.failed",
        "store.io",
    )
    assert in_a_process(lambda: box.restore(good), without_room) in ("backup.standing", "backup.failed", "store.io")
    assert contents(box.folder) == before
    assert not (tmp_path / "a.zip").exists()
    assert not [*tmp_path.glob(".*.new")]


def test_a_backup_killed_at_any_step_never_has_its_name_unless_it_is_whole(tmp_path: Path) -> None:
    box = new_box(tmp_path / "box", "three")
    before = contents(box.site)
    for step in range(1, 200, 5):
        path = tmp_path / f"{step}.zip"
        killed = killed_at(step, tmp_path, lambda path=path: box.backup(path))
        if path.exists():
            fresh = Box(tmp_path / f"new-{step}")
            fresh.folder.mkdir()
            assert fresh.restore(path)["exit"] == 0
        if not killed:
            break
    else:
        pytest.fail("it never came to its end")
    assert path.exists()
    assert contents(box.site) == before
    assert not box.look().disarmed
