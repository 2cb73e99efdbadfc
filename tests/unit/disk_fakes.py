"""A disk that fails when told to, put below a Database through its ``connect`` option."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.sqlite import Connection

FSYNC = sqlite3.SQLITE_IOERR | (4 << 8)
"""SQLITE_IOERR_FSYNC, as SQLite tells a failed fsync (sqlite.org/rescode.html)."""


@dataclass
class FaultyDisk:
    """Each fault is off until set; SQLite itself stays real."""

    refuse: Callable[[str], int | None] = lambda _: None
    """Result code a statement fails with, without being carried out; None: carry it out."""
    regret: Callable[[str], int | None] = lambda _: None
    """Result code a statement fails with although it was carried out: a failed fsync of what is written already."""
    before: Callable[[str], object] = lambda _: None
    """Looks at each statement before it is carried out."""
    statements: list[str] = field(default_factory=list)

    def connect(self, path: Path) -> Connection:
        """A connection on this disk."""
        disk = self

        class OnDisk(sqlite3.Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                return disk.carry_out(sql, lambda: super(OnDisk, self).execute(sql, *parameters))

            def executescript(self, sql: str) -> sqlite3.Cursor:
                return disk.carry_out(sql, lambda: super(OnDisk, self).executescript(sql))

        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=OnDisk)

    def fail(self, code: int, on: str = "") -> None:
        """Refuse every statement that begins with ``on``."""
        self.refuse = lambda sql: code if sql.lstrip().startswith(on) else None

    def heal(self) -> None:
        """Work again."""
        self.refuse = self.regret = lambda _: None

    def carry_out(self, sql: str, statement: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        """Run one statement with the faults there are."""
        self.statements.append(sql)
        self.before(sql)
        _raise(self.refuse(sql))
        cursor = statement()
        _raise(self.regret(sql))
        return cursor


def _raise(code: int | None) -> None:
    if code is None:
        return
    error = sqlite3.OperationalError(f"fault {code}")
    error.sqlite_errorcode = code
    raise error
