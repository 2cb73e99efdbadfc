"""One value in a file of a site, written or taken out as a person would: everything else stays as it is."""

import json
import re

import yaml

from config.errors import ConfigError
from config.reading import scalars
from config.reading.yamlfile import LOADER
from config.reading.yamlfile import Path as Keys
from drivers.points import Finding

_PLAIN = re.compile(r"[a-z]{2,}[a-z0-9]*(?:-[a-z0-9]+)*|[-+]?[0-9]+(?:\.[0-9]+)? ?[^\s0-9.,:#{}\[\]'\"&*]+")
"""Words and quantities that mean themselves to every reader of YAML, but for those ``scalars`` knows."""
_BOM = "\ufeff"
_BLOCK_STYLES = ("|", ">")


def quoted(text: str) -> str:
    """As a YAML scalar; JSON's strings are YAML's."""
    plain = _PLAIN.fullmatch(text) and text not in scalars.TRUTHS | dict.fromkeys(scalars.NOTHING)
    return text if plain and not scalars.ambiguous(text) else json.dumps(text, ensure_ascii=False)


def with_value(text: str, path: Keys, value: str) -> str:
    """``text`` with the YAML scalar ``value`` at ``path``, in the place of what is there or behind its neighbours.

    Raises ConfigError when the parts around it are no keys and lists, or what is there goes on over lines of its own.
    """
    start, body = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    node = _root(body, path)
    for depth, part in enumerate(path):
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            continue
        if not isinstance(node, yaml.MappingNode):
            raise _not_found(path)
        found = next((entry for key, entry in node.value if key.value == part), None)
        if found is None:
            return start + _inserted(body, node, _entry(path[depth:], value))
        node = found
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        raise _not_found(path)
    return start + body[: node.start_mark.index] + value + body[node.end_mark.index :]


def without_key(text: str, path: Keys) -> str:
    """``text`` without the key at ``path`` and all below it, which stand on lines of their own.

    Raises ConfigError when they do not.
    """
    start, body = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    node = _root(body, path)
    for part in path[:-1]:
        node = node.value[part] if isinstance(part, int) else _pair(node, part)[1]
    key, value = _pair(node, path[-1])
    first = body.rfind("\n", 0, key.start_mark.index) + 1
    if getattr(node, "flow_style", True) or body[first : key.start_mark.index].strip():
        raise ConfigError([Finding("edit.own-lines", arguments={"key": path[-1]})])
    return start + body[:first] + body[_line_end(body, _end(body, value)) + 1 :]


def _root(text: str, path: Keys) -> yaml.Node:
    node: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    if node is None:
        raise _not_found(path)
    return node


def _not_found(path: Keys) -> ConfigError:
    return ConfigError([Finding("edit.no-place", arguments={"path": ".".join(map(str, path))})])


def _pair(node: yaml.Node, name: str | int) -> tuple[yaml.Node, yaml.Node]:
    found: tuple[yaml.Node, yaml.Node] = next(pair for pair in node.value if pair[0].value == name)
    return found


def _entry(path: Keys, value: str) -> str:
    first, *others = path
    if others:
        return f"{first}: {{{_entry(tuple(others), value)}}}"
    return f"{first}: {value}"


def _inserted(text: str, node: yaml.MappingNode, entry: str) -> str:
    """``text`` with ``entry`` behind the last one of ``node``."""
    end = _end(text, node.value[-1][1]) if node.value else node.start_mark.index + 1
    if node.flow_style:
        return f"{text[:end]}{', ' if node.value else ''}{entry}{text[end:]}"
    line = _line_end(text, end)
    broken = "\r\n" if "\r\n" in text else "\n"
    indent = " " * node.value[0][0].start_mark.column
    return f"{text[:line].removesuffix(chr(13))}{broken}{indent}{entry}{broken}{text[line + 1 :]}"


def _end(text: str, node: yaml.Node) -> int:
    """Where what ``node`` says ends, without the blank lines and remarks that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        parts = (part for entry in node.value for part in (entry if isinstance(entry, tuple) else (entry,)))
        return max((_end(text, part) for part in parts), default=node.start_mark.index)
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in _BLOCK_STYLES:
        return len(text[:end].rstrip())
    return end


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end
