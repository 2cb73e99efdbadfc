"""How far long work is: one line of standard error that is written over, or now and then a line where it cannot be."""

import sys
from typing import TextIO

from agent.cli.shell.console import Console

_LINES = 4
"""Lines in all where nothing can be written over (a log, a pipe)."""


class Share:
    """Shows how much of so many bytes is done."""

    def __init__(self, console: Console, code: str, total: int, stream: TextIO | None = None) -> None:
        """``total`` bytes are to come; the sentence ``code`` says of what."""
        self._text = console.texts.text(code)
        self._total = max(1, total)
        self._stream = stream or sys.stderr
        self._every = 1 if self._stream.isatty() else 100 // _LINES
        self._bytes = self._shown = 0

    def add(self, count: int) -> None:
        """So many more are done."""
        self._bytes += count
        share = min(100, self._bytes * 100 // self._total)
        if share >= self._shown + self._every:
            self._shown = share
            line = f"{share} %  {self._text}"
            self._stream.write(f"\r\x1b[K{line}" if self._every == 1 else f"{line}\n")
            self._stream.flush()

    def clear(self) -> None:
        """Make room for a line of results."""
        if self._every == 1:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


class Progress:
    """Counts the steps of one piece of work."""

    def __init__(self, console: Console, total: int, stream: TextIO | None = None) -> None:
        """``total`` steps are to come."""
        self._texts = console.texts
        self._total = total
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._done = 0

    def step(self, code: str, **arguments: object) -> None:
        """Another step begins; the sentence ``code`` says which."""
        self._done += 1
        text = f"{self._done}/{self._total}  {self._texts.text(code, **arguments)}"
        if self._live:
            self._write(f"\r\x1b[K{text}")
        elif self._done % max(1, -(-self._total // _LINES)) == 0:
            self._write(f"{text}\n")

    def clear(self) -> None:
        """Make room for a line of results."""
        if self._live:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
