"""What a command prints: sentences for people in their language, or one JSON object a line for programs."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import TextIO

from config.catalogue import Catalogue
from config.errors import ConfigError
from drivers.points import Finding, PlantgateError
from runtime.text import CONTROL, visible

_COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36, "grey": 90, "bold": 1}


class Console:
    """Standard output and standard error of one command."""

    def __init__(self, texts: Catalogue, *, as_json: bool = False, out: TextIO | None = None) -> None:
        """Speak through ``texts``; with ``as_json`` sentences go to standard error and objects to standard output."""
        self.texts = texts
        self.as_json = as_json
        self._out = out or sys.stdout
        self._for_program = as_json
        self._mark = token_hex(8)
        """What our own colours are known by until they are printed: no text from outside can guess it."""
        self._colour = (self._out.isatty() and "NO_COLOR" not in os.environ) or "FORCE_COLOR" in os.environ

    def say(self, code: str, /, **arguments: object) -> None:
        """Print the sentence ``code`` for people; never part of JSON output."""
        self._print(self.texts.text(code, **arguments), self._sentences)

    def line(self, text: str) -> None:
        """Print a line that is already made of texts and data (a table row, an event)."""
        self._print(text, self._out)

    def headline(self, code: str) -> None:
        """Print the sentence ``code`` so that it stands out; like ``say``, never part of JSON output."""
        self._print(self.paint(self.texts.text(code), "bold", "blue"), self._sentences)

    def leave_to_table(self) -> None:
        """Let sentences go to standard error from now on: standard output is a table for a spreadsheet."""
        self._for_program = True

    @property
    def _sentences(self) -> TextIO:
        return sys.stderr if self._for_program else self._out

    @property
    def live(self) -> bool:
        """Whether a picture can be drawn over the last one."""
        return not self.as_json and self._out.isatty()

    @contextmanager
    def redrawing(self) -> Iterator[None]:
        """Let ``picture`` have the whole terminal, long lines cut at its edge."""
        if self.live:
            self._out.write("\x1b[2J\x1b[?7l")
        try:
            yield
        finally:
            if self.live:
                self._out.write("\x1b[?7h")
                self._out.flush()

    def picture(self, lines: Sequence[str], height: int) -> None:
        """Draw ``lines`` over the last picture, as many as ``height`` allows; elsewhere print them."""
        if not self.live:
            for line in lines:
                self.line(line)
            return
        if len(lines) >= height:
            kept = max(1, height - 2)
            lines = [*lines[:kept], self.texts.text("watch.more", count=len(lines) - kept)]
        self._out.write("\x1b[H" + "".join(f"{self._shown(line)}\x1b[K\n" for line in lines) + "\x1b[J")
        self._out.flush()

    def emit(self, value: object) -> None:
        """Print one JSON object on one line; what a terminal would obey is written as an escape of JSON."""
        text = CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
        print(text, file=self._out, flush=True)

    def answer(self, result: object, code: str, /, **arguments: object) -> None:
        """Print what the daemon answered: the object for programs, the sentence ``code`` for people."""
        if self.as_json:
            self.emit(result)
        else:
            self.say(code, **arguments)

    def findings(self, error: ConfigError) -> None:
        """Print every mistake found in files, each with its place."""
        if self.as_json:
            self.emit({"ok": False, "findings": [self.plain(finding) for finding in error.findings]})
            return
        for finding in error.findings:
            self._print(self.texts.finding(finding), sys.stderr)
        self._print(self.texts.text("check.failed", count=len(error.findings)), sys.stderr)

    def failure(self, error: PlantgateError) -> None:
        """Print why the command failed and what to do."""
        if self.as_json:
            self.emit({"ok": False, "code": error.code, "message": self.texts.error(error)})
        else:
            self._print(self.texts.error(error), sys.stderr)

    def paint(self, text: str, *colours: str) -> str:
        """``text`` in ``colours`` where the terminal shows them."""
        if not self._colour or not colours:
            return text
        codes = ";".join(str(_COLOURS[colour]) for colour in colours)
        return f"\x1b{self._mark}{codes}m{text}\x1b{self._mark}0m"

    def _print(self, text: str, stream: TextIO) -> None:
        print("\n".join(map(self._shown, text.split("\n"))), file=stream, flush=True)

    def _shown(self, line: str) -> str:
        """The one way foreign text takes to a terminal: our own colours, and every other control written out."""
        return "\x1b[".join(map(visible, line.split(f"\x1b{self._mark}")))

    def plain(self, finding: Finding) -> dict[str, object]:
        """A finding as JSON values."""
        place = finding.place
        return {
            "code": finding.code,
            "message": self.texts.finding(finding),
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "suggestion": finding.suggestion,
            "following": [f"{place.file}:{place.line}" for place in finding.following],
        }
