"""Files that people bring instead of a CSV table, known by how they begin."""

import re

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"
_HEAD = 65_536
"""Bytes that are looked at."""
_KINDS = (
    ("import.is-telegraf", re.compile(rb"^\s*\[\[?inputs\.", re.MULTILINE)),
    ("import.is-node-red", re.compile(rb"\A\s*\[\s*\{.*\"(?:wires|z|type)\"\s*:", re.DOTALL)),
    ("import.is-json", re.compile(rb"\A\s*(?:\[\s*)?\{\s*\"")),
    ("import.is-home-assistant", re.compile(rb"^modbus:\s*$", re.MULTILINE)),
)


def other_file(content: bytes) -> str:
    """The code of what ``content`` is instead of a table; empty when it may be one."""
    head = content[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        return "import.is-empty"
    if head.startswith(_OLE) or (head.startswith(_ZIP) and (b"xl/" in content or b"[Content_Types].xml" in head)):
        return "import.is-excel"
    if head.startswith(_ZIP):
        return "import.is-open-document" if _OPEN_DOCUMENT in head else "import.is-zip"
    return next((code for code, known in _KINDS if known.search(head)), "")
