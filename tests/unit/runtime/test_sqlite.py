import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from runtime.errors import StoreError
from runtime.sqlite import MEMORY, Connection, Database, DatabaseOptions, connect_alone, reading
from tests.unit.delivery_fakes import crash_image

SCHEMA = "CREATE TABLE t (x INTEGER PRIMARY KEY);"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "t.db", SCHEMA, 1)
    yield opened
    await opened.close()


def insert(*values: int) -> Callable[[Connection], None]:
    return lambda db: [db.execute("INSERT INTO t VALUES (?)", (value,)) for value in values] and None


async def contents(database: Database) -> list[int]:
    return await database.call(lambda db: [x for (x,) in db.execute("SELECT x FROM t ORDER BY x")])


async def test_it_is_durable_when_the_call_returns(database: Database, tmp_path: Path) -> None:
    await database.call(insert(1, 2))
    image = await Database.open(crash_image(database.path, tmp_path / "crash.db"), SCHEMA, 1)
    assert await contents(image) == [1, 2]
    await image.close()


@pytest.mark.parametrize("torn", [1, 100, 4096, 10**6])
async def test_a_torn_tail_takes_back_whole_transactions_only(database: Database, tmp_path: Path, torn: int) -> None:
    for value in range(0, 20, 2):
        await database.call(insert(value, value + 1))
    image = crash_image(database.path, tmp_path / "crash.db")
    log = image.with_name("crash.db-wal")
    log.write_bytes(log.read_bytes()[:-torn])
    reopened = await Database.open(image, SCHEMA, 1)
    kept = await contents(reopened)
    assert kept == [*range(len(kept))]
    assert len(kept) % 2 == 0
    await reopened.close()


async def test_waiting_calls_commit_together(database: Database) -> None:
    commits: list[str] = []
    await database.call(lambda db: db.set_trace_callback(commits.append))
    await asyncio.gather(*(database.call(insert(value)) for value in range(50)))
    assert commits.count("COMMIT") < 25
    assert await contents(database) == [*range(50)]


async def test_one_failing_call_does_not_spoil_the_others(database: Database) -> None:
    calls = [database.call(insert(1)), database.call(insert(2, 1)), database.call(insert(3))]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), StoreError, type(None)]
    assert await contents(database) == [1, 3]


async def test_a_bug_in_a_call_reaches_its_caller_and_is_taken_back(database: Database) -> None:
    def broken(db: Connection) -> None:
        db.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.call(broken)
    assert await contents(database) == []


async def test_a_full_disk_fails_the_group_and_is_recovered_from(database: Database) -> None:
    pages = await database.call(lambda db: db.execute("PRAGMA max_page_count = 2").fetchone()[0])
    with pytest.raises(StoreError, match=r"store\.full"):
        await database.call(lambda db: db.execute("CREATE TABLE big AS SELECT randomblob(9000) AS x"))
    await database.call(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 1000}"))
    await database.call(insert(1))
    assert await contents(database) == [1]


async def test_a_cancelled_caller_does_not_disturb_the_thread(database: Database) -> None:
    task = asyncio.get_running_loop().create_task(database.call(insert(1)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await contents(database) == [1]


async def test_closed_means_closed(database: Database) -> None:
    await database.close()
    with pytest.raises(StoreError, match=r"store\.closed"):
        await database.call(insert(1))


async def test_what_was_asked_before_closing_is_done(database: Database) -> None:
    task = asyncio.get_running_loop().create_task(database.call(insert(7)))
    await asyncio.sleep(0)
    await database.close()
    await task
    with reading(database.path) as db:
        assert db.execute("SELECT x FROM t").fetchall() == [(7,)]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"nonsense" * 600, "store.corrupt"), (b"SQLite format 3\0" + b"\xff" * 5000, "store.corrupt")],
)
async def test_a_damaged_file_is_told(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        await Database.open(path, SCHEMA, 1)
    assert caught.value.code == code


async def test_another_version_is_told(database: Database) -> None:
    await database.close()
    with pytest.raises(StoreError, match=r"store\.version"):
        await Database.open(database.path, SCHEMA, 2)


async def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"store\.cannot-open"):
        await Database.open(tmp_path / "no" / "t.db", SCHEMA, 1)


async def test_reading_beside_a_writer_changes_nothing(database: Database) -> None:
    await database.call(insert(1))
    with reading(database.path) as db:
        db.execute("SELECT 1 FROM t").fetchall()  # the snapshot is of the first statement
        await database.call(insert(2))
        assert db.execute("SELECT x FROM t").fetchall() == [(1,)]
        with pytest.raises(sqlite3.OperationalError):
            db.execute("INSERT INTO t VALUES (3)")


async def test_a_file_held_alone_is_read_by_us_and_by_no_other_process(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "t.db", SCHEMA, 1, DatabaseOptions(connect_alone))
    await database.call(insert(1))
    with reading(database.path) as db:
        assert db.execute("SELECT x FROM t").fetchall() == [(1,)]
    look = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1], timeout=0).execute('SELECT * FROM t').fetchall())"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", look, str(database.path), stderr=subprocess.PIPE)
    _, errors = await other.communicate()
    assert b"database is locked" in errors
    await database.close()


async def test_a_disk_that_fails_right_after_a_commit_is_told_as_such(tmp_path: Path) -> None:
    def fail(_: Connection) -> None:
        raise sqlite3.OperationalError

    with pytest.raises(StoreError):
        await Database.open(tmp_path / "t.db", SCHEMA, 1, DatabaseOptions(seal=fail))


@pytest.mark.parametrize("version", [0, 1])
async def test_a_file_of_another_purpose_is_refused_and_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / "other.db"
    other = await Database.open(path, "CREATE TABLE theirs (x)", 1)
    await other.call(lambda db: db.execute(f"PRAGMA user_version = {version}"))
    await other.close()
    with pytest.raises(StoreError, match=r"store\.foreign"):
        await Database.open(path, "CREATE TABLE ours (x)", 1)
    await (await Database.open(path, "CREATE TABLE theirs (x)", 1)).close()


async def test_a_store_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = await Database.open(MEMORY, SCHEMA, 1)
    await database.call(insert(1))
    await database.close()
    assert os.listdir(tmp_path) == []
