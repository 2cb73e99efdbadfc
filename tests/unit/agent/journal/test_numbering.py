"""Which epoch goes on at a start: a table of what happened to file, mark and box while the gateway was off."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.journal import Journal
from agent.journal.high_water_mark import SLOT, HighWaterMark, HighWaterMarkFile
from runtime.clock import ManualClock
from runtime.machine import machine_id
from tests.unit.delivery_fakes import crash_image, numbered

FILES = ("journal.db", "journal.db-wal", "journal.mark")


async def opened(directory: Path, clock: ManualClock, machine: str = "box-1") -> Journal:
    return await Journal.open(directory / "journal.db", "gw-1", clock, machine)


def keep_yesterday(directory: Path) -> None:
    (directory / "yesterday").mkdir()
    for name in FILES:
        if (directory / name).exists():
            shutil.copyfile(directory / name, directory / "yesterday" / name)


def restore(*names: str) -> Callable[[Path], None]:
    def put_back(directory: Path) -> None:
        for name in names:
            (directory / name).unlink(missing_ok=True)
            if (directory / "yesterday" / name).exists():
                shutil.copyfile(directory / "yesterday" / name, directory / name)

    return put_back


def remove(*names: str) -> Callable[[Path], None]:
    def gone(directory: Path) -> None:
        for name in names:
            (directory / name).unlink(missing_ok=True)

    return gone


@pytest.mark.parametrize(
    ("happened", "machine", "reason", "codes", "lost"),
    [
        pytest.param(remove(), "box-1", "new-store", [], "", id="nothing"),
        pytest.param(remove(), "", "new-store", [], "", id="box without identity"),
        pytest.param(remove("journal.mark"), "box-1", "new-store", [], "", id="no mark"),
        pytest.param(restore("journal.mark"), "box-1", "new-store", [], "", id="older mark"),
        pytest.param(remove(), "box-2", "machine-changed", ["agent.machine-changed"], "", id="cloned card"),
        pytest.param(
            restore(*FILES[:2]), "box-1", "store-restored", ["agent.store-restored", "agent.store-lost"], "11-20",
            id="store restored from yesterday",
        ),
        pytest.param(
            remove(*FILES[:2]), "box-1", "store-missing", ["agent.store-missing", "agent.store-lost"], "1-20",
            id="store gone",
        ),
        pytest.param(restore(*FILES), "box-1", "new-store", [], "", id="all restored: headquarters will tell"),
    ],
)  # fmt: skip
async def test_what_happened_while_off(
    tmp_path: Path, clock: ManualClock, happened: Callable[[Path], None], machine: str, reason: str, codes: list[str],
    lost: str,
) -> None:  # fmt: skip
    journal = await opened(tmp_path, clock)
    await journal.commit(numbered(1, 10), clock.now())
    await journal.close()
    keep_yesterday(tmp_path)
    journal = await opened(tmp_path, clock)
    before = journal.epoch.id
    await journal.commit(numbered(11, 20), clock.now())
    await journal.close()
    happened(tmp_path)
    journal = await opened(tmp_path, clock, machine)
    assert journal.epoch.reason == reason
    assert (journal.epoch.predecessor, journal.epoch.id == before) == (("", True) if not codes else (before, False))
    assert [finding.code for finding in journal.findings] == codes
    assert [f.arguments["ranges"] for f in journal.findings if f.code == "agent.store-lost"] == [lost] * bool(lost)
    entries = await journal.commit(numbered(1, 1), clock.now())
    assert entries[0].seq == journal.head
    await journal.close()


async def test_a_new_epoch_is_begun_once(tmp_path: Path, clock: ManualClock) -> None:
    await (await opened(tmp_path, clock)).close()
    first = await opened(tmp_path, clock, "box-2")
    await first.close()
    second = await opened(tmp_path, clock, "box-2")
    assert (second.epoch, second.findings) == (first.epoch, [])
    await second.close()


async def test_a_crash_between_commit_and_mark_is_no_loss(tmp_path: Path, clock: ManualClock) -> None:
    journal = await opened(tmp_path, clock)
    await journal.commit(numbered(1, 3), clock.now())
    old = (tmp_path / "journal.mark").read_bytes()
    await journal.commit(numbered(4, 5), clock.now())
    (tmp_path / "after").mkdir()
    crash_image(tmp_path / "journal.db", tmp_path / "after" / "journal.db")
    (tmp_path / "after" / "journal.mark").write_bytes(old)
    after = await opened(tmp_path / "after", clock)
    assert (after.epoch, after.head, after.findings) == (journal.epoch, 5, [])
    await after.close()
    await journal.close()


async def test_another_gateway_on_the_same_store_has_its_own_epoch(tmp_path: Path, clock: ManualClock) -> None:
    first = await opened(tmp_path, clock)
    await first.commit(numbered(1, 3), clock.now())
    await first.close()
    second = await Journal.open(tmp_path / "journal.db", "gw-2", clock, "box-1")
    assert (second.epoch.reason, second.epoch.id != first.epoch.id, second.findings) == ("new-store", True, [])
    await second.close()


MARKS = [HighWaterMark("gw-1", "e1", number, f"{number:064x}", {"e1": number}) for number in range(1, 6)]


def test_a_mark_is_read_as_written(tmp_path: Path) -> None:
    for mark in MARKS:
        HighWaterMarkFile(tmp_path / "mark").write(mark)
        assert HighWaterMarkFile(tmp_path / "mark").read() == mark


@pytest.mark.parametrize("slot", [0, 1])
@pytest.mark.parametrize("torn", [0, 1, 60, SLOT - 1])
def test_a_torn_write_leaves_the_mark_before_it(tmp_path: Path, slot: int, torn: int) -> None:
    file = HighWaterMarkFile(tmp_path / "mark")
    for mark in MARKS[: 2 + slot]:
        file.write(mark)
    content = bytearray(file.path.read_bytes())
    content[slot * SLOT + torn : (slot + 1) * SLOT] = b"\xff" * (SLOT - torn)
    file.path.write_bytes(content)
    newest_was_hit = (2 + slot) % 2 == slot
    assert HighWaterMarkFile(file.path).read() == MARKS[1 + slot - newest_was_hit]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\0" * 2 * SLOT, b"00000000 "])
def test_no_mark_is_no_failure(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mark").write_bytes(content)
    assert HighWaterMarkFile(tmp_path / "mark").read() is None
    assert HighWaterMarkFile(tmp_path / "none").read() is None


@pytest.mark.parametrize(
    ("serial", "installation", "known"),
    [
        ("10000000abcdef01\0", "0123456789abcdef\n", "serial:10000000abcdef01"),
        (None, "0123456789abcdef\n", "machine:0123456789abcdef"),
        ("\0", "\n", ""),
        (None, None, ""),
    ],
)
def test_which_box_this_is(tmp_path: Path, serial: str | None, installation: str | None, known: str) -> None:
    paths = []
    for name, content in (("serial", serial), ("installation", installation)):
        paths.append(tmp_path / name)
        if content is not None:
            paths[-1].write_text(content, encoding="ascii")
    assert machine_id(*paths) == known
