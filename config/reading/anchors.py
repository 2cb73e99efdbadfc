"""Where the characters of a text stand in its file, when YAML folds, indents or escapes it."""

import re
from collections.abc import Iterator, Sequence

Anchor = tuple[int, int, int]
"""From this character of the text on: the line and the column it stands in, all from 0."""
_UNITS = {
    '"': re.compile(r"\\(?:x.{2}|u.{4}|U.{8}|.|$)|."),
    "'": re.compile(r"''|."),
}
"""Quote -> what stands for one character."""
_ANY = re.compile(r".")
_BLANK = re.compile(r"\s|\\[ tnr]?$|\\[ tnr]")


def anchors(lines: Sequence[str], start: tuple[int, int], style: str, text: str) -> tuple[Anchor, ...]:
    """Where ``text`` goes on at another place than the character after; ``start`` is that of its scalar.

    YAML changes nothing in a text but its white space and what is escaped.
    """
    found: list[Anchor] = []
    places = _places(lines, start, style)
    for offset, character in enumerate(text):
        place = None if character.isspace() else next(places, None)
        if place is None:
            continue
        line, column = place
        if not found or found[-1][1] != line or column - found[-1][2] != offset - found[-1][0]:
            found.append((offset, line, column))
    return tuple(found)


def _places(lines: Sequence[str], start: tuple[int, int], style: str) -> Iterator[tuple[int, int]]:
    """The line and column of each character that is not blank."""
    line, column = start
    if style in ("|", ">"):
        line, column = line + 1, 0
    elif style in _UNITS:
        column += 1
    for number in range(line, len(lines)):
        for unit in _UNITS.get(style, _ANY).finditer(lines[number], column):
            if not _BLANK.fullmatch(unit[0]):
                yield number, unit.start()
        column = 0
