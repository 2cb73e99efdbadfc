"""Damaged files: what can be read is saved, what cannot is counted and told, and the gateway goes on meanwhile."""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from agent.journal import Journal, JournalMaintenance, Retention, StoreFinding
from agent.journal.examine import examine
from agent.journal.retention import RetentionClass, prune_old
from agent.loop.committer import Committer
from config.plant import DAY
from rules.effects import Row
from runtime.clock import ManualClock
from runtime.supervisor import running
from tests.soak import soak
from tests.unit.delivery_fakes import crash_image, drive, facts

PAGE = 4096
EVENTS, ROWS = 1_500, 60
SHORT = Retention(seconds={RetentionClass.ROUTINE: DAY})


@dataclass
class Original:
    """A journal before it was damaged."""

    path: Path
    events: dict[tuple[str, int], bytes] = field(default_factory=dict)
    rows: dict[tuple[str, str], object] = field(default_factory=dict)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("original")


@pytest.fixture
async def original(directory: Path, clock: ManualClock) -> Original:
    """Two epochs, some of it pruned, the newest part still in the log; made once."""
    built = Original(directory / "journal.db")
    if not built.path.exists():
        await build(directory / "making.db", built.path, clock)
    journal = await Journal.open(copy_of(built, directory / "reading.db"), "gw-1", clock)
    for epoch in await journal.maintain(lambda db: [row[0] for row in db.execute("SELECT epoch FROM epoch")]):
        for entry in await journal.read_range(epoch, 1, EVENTS):
            built.events[entry.epoch, entry.seq] = entry.body
    built.rows = {(row.table, row.key): row.body for row in await journal.load_rows()}
    await journal.close()
    return built


async def build(making: Path, to: Path, clock: ManualClock) -> None:
    journal = await Journal.open(making, "gw-1", clock)
    rows = [Row("alarm", f"tank-{number}/W01", {"state": "active", "number": number}) for number in range(ROWS)]
    for number in range(EVENTS // 30):
        row = (rows[number],) if number < ROWS else ()
        names = [f"{number}/{one} 水箱低水位 {sha256(f'{number}/{one}'.encode()).hexdigest()}" for one in range(30)]
        await journal.commit(facts(*names, rows=row), clock.now())
        if number == 10:
            await journal.mark_sent(await journal.unsent(200))
            assert await journal.maintain(lambda db: prune_old(db, SHORT, clock.now().wall + 2 * DAY)) == 200
        if number == 25:
            await journal.renew("ahead")
    crash_image(making, to)
    shutil.copyfile(making.with_suffix(".mark"), to.with_suffix(".mark"))
    await journal.close()


def copy_of(original: Original, path: Path) -> Path:
    crash_image(original.path, path)
    shutil.copyfile(original.path.with_suffix(".mark"), path.with_suffix(".mark"))
    return path


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def noise_in_a_page(path: Path, rng: random.Random) -> None:
    page = rng.randrange(1, path.stat().st_size // PAGE)
    overwrite(path, page * PAGE, rng.randbytes(PAGE))


def zeros_in_pages(path: Path, rng: random.Random) -> None:
    for _ in range(4):
        overwrite(path, rng.randrange(1, path.stat().st_size // PAGE) * PAGE, bytes(PAGE))


def flipped_bits(path: Path, rng: random.Random) -> None:
    for _ in range(20):
        at = rng.randrange(100, path.stat().st_size)
        overwrite(path, at, bytes([path.read_bytes()[at] ^ 1 << rng.randrange(8)]))


def broad_noise(path: Path, rng: random.Random) -> None:
    at = rng.randrange(PAGE, path.stat().st_size)
    overwrite(path, at, rng.randbytes(16 * PAGE))


def noise_in_the_header(path: Path, rng: random.Random) -> None:
    overwrite(path, 0, rng.randbytes(100))


def truncated(path: Path, rng: random.Random) -> None:
    with path.open("r+b") as file:
        file.truncate(rng.randrange(path.stat().st_size))


def emptied(path: Path, rng: random.Random) -> None:
    path.write_bytes(b"")
    log_of(path).unlink(missing_ok=True)


def removed(path: Path, rng: random.Random) -> None:
    path.unlink()
    log_of(path).unlink(missing_ok=True)


def truncated_log(path: Path, rng: random.Random) -> None:
    with log_of(path).open("r+b") as file:
        file.truncate(rng.randrange(log_of(path).stat().st_size))


def noise_in_the_log(path: Path, rng: random.Random) -> None:
    overwrite(log_of(path), rng.randrange(log_of(path).stat().st_size), rng.randbytes(64))


def no_log(path: Path, rng: random.Random) -> None:
    log_of(path).unlink()


def another_file(path: Path, rng: random.Random) -> None:
    removed(path, rng)
    path.write_bytes(b"nonsense" * 999)


DAMAGES = [
    noise_in_a_page, zeros_in_pages, flipped_bits, broad_noise, noise_in_the_header, truncated, emptied, removed,
    truncated_log, noise_in_the_log, no_log, another_file,
]  # fmt: skip
CASES = [(DAMAGES[number % len(DAMAGES)], number) for number in range(soak(len(DAMAGES), 1_000))]


@pytest.mark.soak
@pytest.mark.parametrize(("damage", "seed"), CASES)
async def test_no_loss_is_unreported(
    original: Original, tmp_path: Path, clock: ManualClock, damage: Callable[..., None], seed: int
) -> None:
    path = copy_of(original, tmp_path / "journal.db")
    damage(path, random.Random(seed))  # noqa: S311 - the same damage in every run
    await assert_mended(original, path, clock)


async def assert_mended(original: Original, path: Path, clock: ManualClock) -> None:
    found: list[StoreFinding] = []
    journal = await Journal.open(path, "gw-1", clock, "machine")
    keeper, committer = JournalMaintenance(journal, clock), Committer(journal, clock)
    keeper.on_findings = found.extend
    async with running({"keeper": keeper.run()}), running({"committer": committer.run()}):
        committer.put(facts("after"), clock.now())
        await drive(clock, lambda: not committer.pending)
        await drive(clock, lambda: keeper.checked and journal.durable, within=3600)
    await assert_reported(journal, original, found)
    await journal.close()
    examine(path, keeper.stopped)


@pytest.mark.parametrize(
    ("word", "damaged"),
    [
        (b"unsent = unsent + (NEW.sent", b"unsent = unsent + (JEW.sent"),
        (b"CREATE TABLE meta (", b"CREATE TABLE m\xd5ta ("),
        (b"value TEXT NOT NULL", b"value TEXT NOT N\xd5LL"),
    ],
    ids=["a trigger of names that are none", "a name that is no UTF-8", "a message of SQLite that is no UTF-8"],
)
async def test_a_flipped_bit_in_what_sqlite_keeps_of_the_tables(
    original: Original, tmp_path: Path, clock: ManualClock, word: bytes, damaged: bytes
) -> None:
    path = copy_of(original, tmp_path / "journal.db")
    content = path.read_bytes()
    assert word in content
    path.write_bytes(content.replace(word, damaged))
    await assert_mended(original, path, clock)


async def assert_reported(journal: Journal, original: Original, found: list[StoreFinding]) -> None:
    reported = lost_in(found)
    for epoch, seq in original.events:
        kept = await journal.read_range(epoch, seq, seq)
        if kept:
            assert kept[0].body == original.events[epoch, seq]
        else:
            assert seq in reported.get(epoch, set()), (epoch, seq, found)
    rows = {(row.table, row.key): row.body for row in await journal.load_rows()}
    codes = {finding.code for finding in found}
    if rows != original.rows:
        assert codes & {"agent.store-state-damaged", "agent.store-missing", "agent.store-restored"}, codes
    assert all(original.rows.get(key) == body for key, body in rows.items()) or "agent.store-restored" in codes


def lost_in(found: list[StoreFinding]) -> dict[str, set[int]]:
    lost: dict[str, set[int]] = {}
    for finding in found:
        if finding.code == "agent.store-lost":
            for shown in finding.arguments["ranges"].split(" +")[0].split(", "):
                first, last = map(int, shown.split("-"))
                lost.setdefault(finding.arguments["epoch"], set()).update(range(first, last + 1))
    return lost
