"""Text from outside: what may never reach a terminal, a file name or a name in the store."""

import re

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls of a terminal (ECMA-48 C0, C1), of lines and of direction (UAX 9), and halves of UTF-16 pairs."""
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a UTF-16 pair: JSON can say it, no encoding can write it."""


def encodable(text: str) -> str:
    """``text`` with U+FFFD for what UTF-8 cannot write."""
    return SURROGATE.sub("\ufffd", text)


def visible(text: str) -> str:
    """``text`` with every control written out, so that a terminal shows it instead of obeying."""
    return CONTROL.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
