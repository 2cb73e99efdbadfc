"""What is wrong with a file that is not YAML at all, in the words of this program rather than of its parser."""

import re

import yaml

from drivers.points import Finding, Place

_WIDE_COLON = re.compile(r"\s*(?:- +)?[A-Za-z_][\w-]*\s*(：)")
_VARIABLE = re.compile(r"[^\s,:{}\[\]'\"]*\$\{[a-z][a-z0-9_]*\}[^\s,{}\[\]'\"]*")
"""A text with a variable in it that no quotes begin or end."""
_WIDE_COMMA = re.compile(r"\s*[，；;]\s*(?=[A-Za-z_][\w-]*: )")
"""A comma of a Chinese keyboard where the next key begins."""
_BARE = r"""[^\s"'{\[|>][^,{}\[\]"']*?: [^,{}\[\]"']*?"""
_COLON_IN_BRACES = re.compile(rf"""[A-Za-z_][\w-]*: (?P<text>{_BARE})(?=\s*[,}}])""")
_COLON_ON_A_LINE = re.compile(rf"""\s*(?:- )?[A-Za-z_][\w-]*: (?P<text>{_BARE})\s*\Z""")
"""A text that has a colon and a space in it and no quotes."""
_PROBLEMS = (
    ("mapping values are not allowed", "yaml.colon"),
    ("scanning a quoted scalar", "yaml.quote"),
    ("did not find expected key", "yaml.indent"),
    ("did not find expected '-' indicator", "yaml.indent"),
    ("expected <block end>", "yaml.indent"),
    ("could not find expected ':'", "yaml.no-colon"),
    ("did not find expected ',' or", "yaml.bracket"),
    ("expected ',' or", "yaml.bracket"),
    ("undefined alias", "yaml.alias"),
    ("cannot start any token", "yaml.character"),
    ("special characters are not allowed", "yaml.character"),
    ("control characters are not allowed", "yaml.character"),
)
"""Part of PyYAML's or libyaml's sentence -> our message code."""


def scan(lines: list[str], name: str) -> list[Finding]:
    """What can be seen line by line before parsing: tabs."""
    tabs = ((number, line, line.find("\t") + 1) for number, line in enumerate(lines, 1))
    return [Finding("yaml.tab", Place(name, number, column, line)) for number, line, column in tabs if column]


def syntax_finding(error: yaml.YAMLError, lines: list[str], name: str) -> Finding:
    """The finding for a text the parser gave up on."""
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if line >= len(lines) > 0:
        line, column = len(lines) - 1, len(lines[-1])
    for number, text in enumerate(lines[: line + 1]):
        if wide := _WIDE_COLON.match(text):
            suggestion = re.sub(r"\s*：\s*", ": ", text.strip(), count=1)
            return Finding("yaml.wide-colon", Place(name, number + 1, wide.start(1) + 1, text), {}, suggestion)
    if line < len(lines) and (variable := _bare_variable(lines[line], column)):
        place = Place(name, line + 1, variable.start() + 1, lines[line])
        return Finding("yaml.variable", place, {}, f'"{variable[0]}"')
    if line < len(lines) and (repaired := _repaired(lines[line])):
        code, at, suggestion = repaired
        return Finding(code, Place(name, line + 1, at + 1, lines[line]), {}, suggestion)
    problem = " ".join(str(getattr(error, part, "")) for part in ("context", "problem", "reason"))
    code = next((code for part, code in _PROBLEMS if part in problem), "yaml.syntax")
    return Finding(code, Place(name, line + 1, column + 1, lines[line] if line < len(lines) else ""))


def _bare_variable(text: str, column: int) -> re.Match[str] | None:
    """The variable just before ``column``, where the parser stumbled: inside braces its own brace ends the text."""
    found = (one for one in _VARIABLE.finditer(text) if one.start() < column <= one.end() + 1)
    return next((one for one in found if text[one.start() - 1 : one.start()] not in ("'", '"')), None)


def _repaired(text: str) -> tuple[str, int, str] | None:
    """Message code, column from 0 and the line as it was probably meant; None when that is not plain."""
    if wide := _WIDE_COMMA.search(text):
        return "yaml.wide-comma", wide.start(), _WIDE_COMMA.sub(", ", text).strip()
    pattern = _COLON_IN_BRACES if "{" in text else _COLON_ON_A_LINE
    if bare := pattern.search(text):
        quoted = f'{text[: bare.start("text")]}"{bare["text"]}"{text[bare.end("text") :]}'
        return "yaml.colon", bare.start("text"), quoted.strip()
    return None
