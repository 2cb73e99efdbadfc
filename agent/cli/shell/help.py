"""How help is laid out: broken by the cells of a terminal, of which Chinese takes two; a heading has its own colon."""

import argparse
import re

from config.catalogue import cells

_OPENING, _CLOSING, _WIDE = "（“《", "，。；：、）”！？》…", "\u2e80-\u9fff\uff00-\uffef"
_PIECE = re.compile(
    rf'\s+|[{_OPENING}]*(?:"[^"]*"[.,;:)]*|[^\s"{_WIDE}{_OPENING}{_CLOSING}]+|[{_WIDE}])[{_CLOSING}]*|.', re.DOTALL
)
"""What stays on one line: a word, a quoted example, a Chinese character with the punctuation beside it."""


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` cells, where its pieces allow."""
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line.strip() and cells(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def formatter(colon: str) -> type[argparse.HelpFormatter]:
    """How a parser lays out its help; ``colon`` stands behind a heading."""

    class Section(argparse.HelpFormatter._Section):
        def format_help(self) -> str:
            return super().format_help().replace(f"{self.heading}:\n", f"{self.heading}{colon}\n", 1)

    class Formatter(argparse.HelpFormatter):
        _Section = Section  # type: ignore[assignment]

        def _fill_text(self, text: str, width: int, indent: str) -> str:
            # Lines that begin with blanks are commands to be copied: they stay whole.
            kept = ([line] if line.startswith(" ") or not line else wrapped(line, width) for line in text.split("\n"))
            return "\n".join(indent + line for lines in kept for line in lines)

        def _split_lines(self, text: str, width: int) -> list[str]:
            return wrapped(text, width)

    return Formatter
