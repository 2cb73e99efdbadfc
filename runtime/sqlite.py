"""SQLite behind one thread: the only module that imports sqlite3.

SQLite before 3.51.3 can corrupt a WAL file that two connections write or checkpoint at once (sqlite.org/wal.html,
"WAL-reset bug"), and the systems we run on ship older ones. So each file has exactly one connection that writes.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from runtime.disk_file import drop_cache, keep_private
from runtime.errors import StoreError

T = TypeVar("T")

Connection = sqlite3.Connection
DatabaseError = sqlite3.DatabaseError

GROUP = 256
"""Calls committed together at most; bounds how long the first of them waits."""
SETTINGS = """
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA mmap_size = 0;
"""
UNTRUSTED = ("store.io", "store.corrupt", "store.vanished")
"""After these nothing the connection remembers is believed: the file is opened and read again."""
MEMORY = Path(":memory:")
"""A database that lives as long as its connection."""
_CODES = {
    sqlite3.SQLITE_FULL: "store.full",
    sqlite3.SQLITE_IOERR: "store.io",
    sqlite3.SQLITE_READONLY: "store.read-only",
    sqlite3.SQLITE_CANTOPEN: "store.cannot-open",
    sqlite3.SQLITE_CORRUPT: "store.corrupt",
    sqlite3.SQLITE_NOTADB: "store.corrupt",
    sqlite3.SQLITE_BUSY: "store.busy",
    sqlite3.SQLITE_LOCKED: "store.busy",
}


@dataclass(slots=True)
class _Call(Generic[T]):
    """A function waiting for the thread, and who waits for its result."""

    function: Callable[[Connection], T]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    lazy: bool
    result: T | None = None
    error: BaseException | None = None

    def run(self, connection: Connection) -> None:
        """Run inside a savepoint, so that a failure takes back only this call."""
        connection.execute("SAVEPOINT call")
        try:
            self.result = self.function(connection)
        except Exception as error:  # whatever fails belongs to the caller, not to the thread
            if not connection.in_transaction:
                raise  # SQLite took back the whole transaction: the others of the group failed too
            connection.execute("ROLLBACK TO call")
            self.error = error
        connection.execute("RELEASE call")

    def resolve(self) -> None:
        """Tell the caller; in the thread, after the commit."""
        self.loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        if self.future.done():
            return  # the caller was cancelled meanwhile; what it asked for stands
        if self.error is None:
            self.future.set_result(self.result)  # type: ignore[arg-type]  # set whenever there is no error
        else:
            self.future.set_exception(self.error)


Connect = Callable[[Path], Connection]
"""Opens a file; tests put one here whose connection fails when told to."""
Seal = Callable[[Connection], object]
"""Runs in the thread after each commit, before anybody hears of it."""


class Log(Protocol):
    """Makes what lazy calls did durable without a commit; see ``agent.journal.redo``."""

    def opened(self, connection: Connection) -> None:
        """Bring what only the log holds into a file that was just opened."""

    def keep(self) -> bool:
        """Make what was done durable; False when only ``commit`` can do so."""

    def commit(self, connection: Connection) -> None:
        """Commit the transaction; what the log holds is in the file then."""

    def failed(self) -> None:
        """The transaction was taken back, and the file will be opened anew."""


class CheckedConnection(sqlite3.Connection):
    """A connection on which damage is an error of SQLite.

    Where a bit of a schema is flipped, SQLite's message quotes bytes that are no UTF-8, and Python raises its own error
    about the message instead.
    """

    def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as it was
        """As it was."""
        try:
            return super().execute(*arguments)
        except UnicodeDecodeError as error:
            raise _damaged(error) from error

    def executescript(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as it was
        """As it was."""
        try:
            return super().executescript(*arguments)
        except UnicodeDecodeError as error:
            raise _damaged(error) from error


def _damaged(error: UnicodeDecodeError) -> DatabaseError:
    damaged = DatabaseError(ascii(error.object))
    damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return damaged


def connect_file(path: Path) -> Connection:
    """A connection that leaves transactions to us."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=CheckedConnection)


def connect_alone(path: Path) -> Connection:
    """A connection to a file that no other process may open meanwhile.

    The index of its log lies in the memory of this process and not in a mapped file beside it, which on a full disk
    could end the process with SIGBUS (sqlite.org/vfs.html, "unix-excl").
    """
    uri = f"{path.absolute().as_uri()}?vfs=unix-excl"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, factory=CheckedConnection
    )
    # Unless a file of that name is there SQLite will not read a log on a disk that cannot be written (``reading``).
    with suppress(OSError):
        path.with_name(path.name + "-shm").touch(mode=0o600)
    return connection


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How a database is opened."""

    connect: Connect = connect_file
    seal: Seal = lambda _: None
    upgrade: Callable[[Connection], object] = lambda _: None
    """Adds to a file of the same version what this program has in it beyond the one that made it."""
    log: Log | None = None
    """Where lazy calls are kept until a commit; without it each group of calls is a commit."""
    check: bool = True
    """Whether the whole file is read first; who does without checks it later, beside its work."""


class Database:
    """One file, one connection, one thread.

    Calls that wait while the thread is busy commit together in one transaction, so the cost of an fsync is shared.
    """

    def __init__(self, path: Path, schema: str, version: int, options: DatabaseOptions) -> None:
        """``schema`` creates an empty file, which then carries ``version``; see ``open``."""
        self.path = path
        self._schema = schema
        self._version = version
        self._options = options
        self._connection: Connection | None = None
        self._calls: SimpleQueue[_Call[Any] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"sqlite-{path.name}", daemon=True)
        self._closed = True

    @classmethod
    async def open(cls, path: Path, schema: str, version: int, options: DatabaseOptions | None = None) -> "Database":
        """Open or create ``path``. Raises StoreError when it is damaged, of another version or cannot be written."""
        database = cls(path, schema, version, options or DatabaseOptions())
        database._thread.start()
        database._closed = False
        try:
            await database.call(lambda _: None)
        except BaseException:  # a cancelled caller too leaves no thread behind
            await database.close()
            raise
        return database

    async def call(self, function: Callable[[Connection], T], *, lazy: bool = False) -> T:
        """Run ``function`` in a transaction; returns when it is durable.

        What a ``lazy`` one changes is durable as far as it put it into the log.

        Raises StoreError when nothing of it was kept, and whatever ``function`` raised after taking back what it did.
        A caller cancelled while waiting does not take it back.
        """
        if self._closed:
            raise StoreError("store.closed", path=self.path)
        loop = asyncio.get_running_loop()
        call: _Call[T] = _Call(function, loop, loop.create_future(), lazy)
        self._calls.put(call)
        return await call.future

    async def close(self) -> None:
        """Finish what was asked before, then close the file. Further calls raise StoreError."""
        if not self._closed:
            self._closed = True
            self._calls.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while group := self._next_group():
            self._commit(group)
        with suppress(StoreError, sqlite3.Error):  # what cannot be committed now is in the log
            if self._connection is not None and self._connection.in_transaction:
                self._make_durable(self._connection, lazily=False)
        self._disconnect()

    def _connected(self) -> Connection:
        """The connection; a new one when the last could no longer be trusted."""
        if self._connection is None:
            self._connection = _open(self.path, self._schema, self._version, self._options)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # a disk that fails has been reported to whoever asked something of it
                connection.close()

    def _next_group(self) -> list[_Call[Any]]:
        """The calls waiting now, at least one; empty when it is time to close."""
        group: list[_Call[Any]] = []
        call = self._calls.get()
        while call is not None:
            group.append(call)
            if len(group) == GROUP:
                return group
            try:
                call = self._calls.get_nowait()
            except Empty:
                return group
        if group:
            self._calls.put(None)  # close after this group
        return group

    def _commit(self, group: list[_Call[Any]]) -> None:
        try:
            with translated(self.path):
                connection = self._connected()
                if not connection.in_transaction:
                    connection.execute("BEGIN IMMEDIATE")
                changes = connection.total_changes
                for call in group:
                    call.run(connection)
                lazily = connection.total_changes == changes or all(call.lazy for call in group)
                self._make_durable(connection, lazily=lazily)
                self._options.seal(connection)
        except Exception as error:  # every waiting caller must hear of it, and the thread must go on
            self._fail(group, error)
            return
        for call in group:
            call.error = translate(call.error, self.path)
            call.resolve()

    def _make_durable(self, connection: Connection, *, lazily: bool) -> None:
        log = self._options.log
        if log is None:
            connection.execute("COMMIT")
        elif not (lazily and log.keep()):
            log.commit(connection)

    def _fail(self, group: list[_Call[Any]], error: Exception) -> None:
        untrusted = isinstance(error, StoreError) and error.code in UNTRUSTED and self.path != MEMORY
        rolled_back = _rolled_back(self._connection)
        if self._options.log is not None:
            self._options.log.failed()
            self._disconnect()  # what the log holds was taken back too, and comes in again when the file is opened
        if untrusted or not rolled_back:
            # The kernel tells a failed fsync once and then calls the lost pages clean: nothing is tried again on them.
            self._disconnect()
            drop_cache(self.path)
        for call in group:
            call.error = error
            call.resolve()


def _rolled_back(connection: Connection | None) -> bool:
    with suppress(sqlite3.Error):
        if connection is not None and connection.in_transaction:
            connection.execute("ROLLBACK")
    return connection is None or not connection.in_transaction


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise StoreError where SQLite raises its own."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translate(error, path) from error


def translate(error: T, path: Path) -> T | StoreError:
    """The StoreError for an error of SQLite or the file system; any other value as it is."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary result code
        return StoreError(_CODES.get(code, "store.failed"), path=path, reason=error)
    if isinstance(error, OSError):
        return StoreError("store.failed", path=path, reason=error)
    return error


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """A connection that cannot write or checkpoint, for audits; a snapshot as of its first statement.

    A file can be read on a disk that cannot be written too, if it was closed well or the index of its log is there.
    """
    with translated(path), closing(_reader(path)) as connection:
        connection.execute("BEGIN")
        yield connection


def _reader(path: Path) -> Connection:
    connection = _connect_to_read(path, "mode=ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(path.name + "-wal").exists():
            raise
        # SQLite wants to make a log first, even to read. Without one nothing can be missed.
        return _connect_to_read(path, "immutable=1")
    except sqlite3.DatabaseError:
        pass  # damaged, which is for the reader to find out
    return connection


def _connect_to_read(path: Path, mode: str) -> Connection:
    uri = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=CheckedConnection)


def holds(connection: Connection, schema: str) -> bool:
    """Whether every table of ``schema`` is there: a file of another purpose may carry the same version."""
    with closing(sqlite3.connect(":memory:")) as model:
        model.executescript(schema)
        return _tables(model) <= _tables(connection)


def differs(path: Path, schema: str) -> bool:
    """Whether a table, an index or a trigger of a file is written in other words than in ``schema``.

    A sound file of another release may be; in one on which our statements fail it is damage no check of SQLite finds.
    """
    with closing(sqlite3.connect(":memory:")) as model, reading(path) as found:
        model.executescript(schema)
        return _written(model) != _written(found)


def create(path: Path, schema: str, version: int) -> Connection:
    """A new file for whoever fills it alone, before anybody else opens it. Raises StoreError."""
    with translated(path):
        return _open(path, schema, version, DatabaseOptions(check=False))


def make_single(connection: Connection) -> None:
    """Bring all of a file's log into it and do without one, so that the file alone is everything. Raises StoreError."""
    mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    if mode != "delete":
        raise StoreError("store.busy", path="", reason=mode)


def _open(path: Path, schema: str, version: int, options: DatabaseOptions) -> Connection:
    if path != MEMORY:
        keep_private(path)
    connection = options.connect(path)
    try:
        connection.executescript(SETTINGS)
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0 and not _tables(connection):
            connection.executescript(f"BEGIN IMMEDIATE;{schema};PRAGMA user_version = {version};COMMIT;")
        elif found not in (0, version):
            raise StoreError("store.version", path=path, found=found, expected=version)
        else:
            options.upgrade(connection)
        if not holds(connection, schema):
            raise StoreError("store.foreign", path=path)
        # What a log still holds is written once more and synced: it may never have reached the disk.
        _empty_log(connection)
        if options.check:
            _check(connection, path)
        if options.log is not None:
            options.log.opened(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _empty_log(connection: Connection) -> None:
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise  # a full disk takes no more now; the log stays as it is


def _tables(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _written(connection: Connection) -> set[tuple[str, str | None]]:
    return set(connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"))


def _check(connection: Connection, path: Path) -> None:
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise StoreError("store.corrupt", path=path, reason=verdict)
