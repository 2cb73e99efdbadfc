"""What a plain YAML scalar means: the YAML 1.2 core values people expect, and the ones nobody should rely on.

YAML 1.1 readers turn ``22:30`` into 1350, ``on`` into true and ``0100`` into 64. Such words are refused, so that a file
means the same to every reader and to every person.
"""

import re

INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})

_SWITCHES = frozenset({"on", "off", "yes", "no", "y", "n"})
_CHANGED = re.compile(
    r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z"  # sexagesimal: 22:30
    r"|[-+]?0[0-9_]+(?:\.[0-9_]*)?\Z"  # leading zero, octal to YAML 1.1: 0100
    r"|[-+]?0[xob][0-9A-Fa-f_]+\Z"  # 0x1F, 0o17, 0b1: `0x3` is three zeros in a series, not hexadecimal
    r"|[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?\Z"  # 1_000
    r"|[-+]?[0-9]{19,}\Z"  # longer than any register holds
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?\Z"  # dates
    r"|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
    r"|=\Z|<<\Z"
)


def ambiguous(text: str) -> bool:
    """Whether two YAML readers, or a reader and a person, would take the plain scalar ``text`` for different things."""
    return text.lower() in _SWITCHES or _CHANGED.match(text) is not None


def plain(text: str) -> str | int | float | bool:
    """The value of the plain scalar ``text``; a scalar that is neither number nor truth is text."""
    if text in TRUTHS:
        return TRUTHS[text]
    if INTEGER.match(text):
        return int(text)
    return float(text) if FLOAT.match(text) else text
