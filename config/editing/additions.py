"""Adding links and devices to a plant.yaml as a person would: lines in the right place, everything else untouched."""

from collections.abc import Sequence
from itertools import count

from config.assembly.variables import read_variables
from config.errors import ConfigError
from config.reading.files import Files
from config.reading.yamlfile import YamlFile, read_yaml
from config.site import FILE
from drivers.points import Finding

_INDENT = 2


def add_link(text: str, url: str) -> tuple[str, str]:
    """``text`` with a link to ``url``, and the link's id: that of an existing one with this URL, else a new one.

    Raises ConfigError.
    """
    file = _read(text)
    links = _entries(file, "links")
    for link in links:
        if link.get("url") == url:
            return text, str(link["id"])
    name = free_id(text, "bacnet" if url.startswith("bacnet") else "bus")
    return _insert(text, "links", [f'{{id: {name}, url: "{url}"}}']), name


def first_link(text: str, scheme: str) -> str | None:
    """Id of the first link whose URL begins with ``scheme``. Raises ConfigError."""
    found = (str(link["id"]) for link in _entries(_read(text), "links") if str(link.get("url")).startswith(scheme))
    return next(found, None)


def add_devices(text: str, lines: Sequence[str]) -> str:
    """``text`` with ``lines`` behind its devices, each ``{id: ..., ...}`` or a comment. Raises ConfigError."""
    return _insert(text, "devices", lines) if lines else text


def devices_on(text: str, link: str) -> dict[str, str]:
    """Unit number or address -> id of each device that is on ``link`` already. Raises ConfigError."""
    found = [entry for entry in _entries(_read(text), "devices") if entry.get("link") == link]
    return {str(entry.get("unit", entry.get("address"))): str(entry.get("id")) for entry in found}


def free_id(text: str, stem: str, taken: Sequence[str] = ()) -> str:
    """The first of ``stem-1``, ``stem-2``, ... that nothing in ``text`` has. Raises ConfigError."""
    file = _read(text)
    used = {entry.get("id") for key in ("links", "devices", "equipment") for entry in _entries(file, key)}
    return next(name for number in count(1) if (name := f"{stem}-{number}") not in used and name not in taken)


def _read(text: str) -> YamlFile:
    """What ``text`` says with the values of its variables; they stand where their uses do."""
    file = read_yaml(text.encode(), FILE)
    variables = read_variables(file, Files())
    return variables.fill(file, []) if variables else file


def _entries(file: YamlFile, key: str) -> list[dict[str, object]]:
    data = file.data if isinstance(file.data, dict) else {}
    entries = data.get(key, [])
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _insert(text: str, key: str, items: Sequence[str]) -> str:
    """``text`` with ``items`` at the end of the list ``key``."""
    file, lines = _read(text), text.splitlines()
    if (key,) not in file.keys:
        return "\n".join([*lines, "", f"{key}:", *_items(items, _INDENT), ""])
    row = file.keys[key,][0]
    if _entries(file, key):
        return _behind(file, lines, key, items)
    if not all(item.startswith("#") for item in items):
        # An empty list stands on its line as ``[]``; what follows it there is a comment.
        lines[row] = lines[row].replace(" []", "", 1)
    return "\n".join([*lines[: row + 1], *_items(items, _INDENT), *lines[row + 1 :], ""])


def _behind(file: YamlFile, lines: list[str], key: str, items: Sequence[str]) -> str:
    row = file.values[key, 0][0]
    if not lines[row].lstrip().startswith("-"):
        raise ConfigError([Finding("site.flow-list", file.key((key,)), {"key": key})])
    others = [line for path, (line, _) in file.keys.items() if len(path) == 1 and line > row]
    end = min(others, default=len(lines))
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        # What stands before the next key, without indent, belongs to that.
        end -= 1
    indent = len(lines[row]) - len(lines[row].lstrip())
    return "\n".join([*lines[:end], *_items(items, indent), *lines[end:], ""])


def _items(items: Sequence[str], indent: int) -> list[str]:
    return [" " * indent + (item if item.startswith("#") else f"- {item}") for item in items]
