"""What a command printed, as a picture (SVG) of the terminal that shows it; it loads nothing from anywhere."""

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from unicodedata import east_asian_width

COLUMN, LINE, PAD, BAR = 7.83, 19, 14, 30
"""Width of a letter, height of a line, the margin, and the height of the bar with the command; in pixels."""
COLOURS = {
    "31": "#e06c75",
    "32": "#98c379",
    "33": "#e5c07b",
    "34": "#61afef",
    "35": "#c678dd",
    "36": "#56b6c2",
    "90": "#8a93a3",
}
"""What the numbers of SGR (ECMA-48 8.3.117) look like on the dark ground."""
STYLE = (
    "text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace; "
    "fill: #dcdfe4; white-space: pre } .wide { font-size: 15.6px } .command { fill: #fff; font-weight: bold }"
)
_CODES = re.compile(r"\x1b\[([\d;]*)m")


def picture(command: str, printed: str) -> str:
    """The terminal in which ``command`` was typed and ``printed``, with its colours, came."""
    lines = printed.rstrip("\n").split("\n")
    columns = max(_columns(_CODES.sub("", line)) for line in (*lines, f"$ {command}"))
    width, height = columns * COLUMN + 2 * PAD, BAR + len(lines) * LINE + 2 * PAD
    size = f'width="{width:.0f}" height="{height}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" {size}>',
        f"<style>{STYLE}</style>",
        f'<rect {size} rx="6" fill="#22262e"/>',
        f'<rect width="{width:.0f}" height="{BAR}" rx="6" fill="#353b45"/>',
        f'<text class="command" x="{PAD}" y="20">$ {escape(command)}</text>',
    ]
    drawn += [_line(line, BAR + PAD + number * LINE + 12) for number, line in enumerate(lines) if line]
    return "\n".join([*drawn, "</svg>\n"])


def _line(line: str, y: int) -> str:
    spans, column = [], 0
    for text, style in _styled(line):
        # Wide and narrow letters may come from two fonts; each run of one kind begins in its column.
        for width, run in groupby(text, _width):
            word, kind = "".join(run), ' class="wide"' if width > 1 else ""
            spans.append(f'<tspan x="{PAD + column * COLUMN:.1f}"{kind}{style}>{escape(word)}</tspan>')
            column += _columns(word)
    return f'<text xml:space="preserve" y="{y}">{"".join(spans)}</text>'


def _styled(line: str) -> Iterator[tuple[str, str]]:
    """The parts of ``line`` and how each is drawn."""
    parts, style = _CODES.split(line), ""
    for number, part in enumerate(parts):
        if number % 2:
            style = _drawn(part.split(";"))
        elif part:
            yield part, style


def _drawn(codes: list[str]) -> str:
    colour = next((f' fill="{COLOURS[code]}"' for code in codes if code in COLOURS), "")
    return colour + (' font-weight="bold"' if "1" in codes else "")


def _width(letter: str) -> int:
    return 2 if east_asian_width(letter) in "WF" else 1


def _columns(text: str) -> int:
    return sum(map(_width, text))
