"""The values of a site's variables: each of its type, found through those it refers to."""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from config.assembly.rulebook import TESTS
from config.quantity import QuantityError, parse_quantity
from config.reading.files import Files
from config.reading.regular import read_regular
from config.reading.shape import check
from config.reading.variables import BLOCK, LONGEST, Scalar, Variables, length, names_in, positions, substitute
from config.reading.walk import site_files
from config.reading.yamlfile import MAX_BYTES, YamlFile
from config.reading.yamlfile import Path as Keys
from config.schema.values import IDENTIFIER
from config.schema.variables import VariableFields, VariablesPart, VariableType
from drivers.points import NO_UNIT, Finding

DEEPEST = 20
"""Variables one behind the other: nobody follows more, and each takes some of the stack of a program."""
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
"""A host name or an IPv4 address (RFC 1123, 2.1)."""
_HOST6 = re.compile(r"\[[0-9A-Fa-f:.]+\]")
"""An IPv6 address as a URL has it (RFC 3986, 3.2.2)."""


def declared(file: YamlFile) -> tuple[Mapping[str, VariableFields] | None, list[Finding]]:
    """What the variables of a plant.yaml are, before anything is filled in; None without a block or after findings."""
    data = file.data if isinstance(file.data, dict) else {}
    if BLOCK not in data:
        return None, []
    block = YamlFile(file.name, file.lines, {BLOCK: data[BLOCK]}, file.keys, file.values)
    fields, findings = check(block, VariablesPart)
    return (fields.variables if fields else None), findings


def read_variables(file: YamlFile, files: Files) -> Variables | None:
    """The values of the variables of ``file``, a plant.yaml; None after findings."""
    before = len(files.findings)
    fields, findings = declared(file)
    files.findings += findings
    found = _Resolving(file, fields or {}, files).all()
    if len(files.findings) > before:
        return None
    return Variables(found, declared=fields is not None)


def wrong(fields: VariableFields, value: Scalar) -> tuple[str, str | None, dict[str, object]] | None:
    """Code, suggestion and arguments of what keeps ``value`` from being of the type; None: it is."""
    kind = fields.type
    if kind is VariableType.NUMBER:
        return _wrong_number(fields, value)
    if kind is VariableType.BOOLEAN:
        return None if isinstance(value, bool) else ("variables.boolean", None, {"value": value})
    if not isinstance(value, str) or not value.strip():
        return "variables.text", f'"{value}"' if value != "" else None, {"value": value}
    if kind is VariableType.HOST and not (_HOST.fullmatch(value) or _HOST6.fullmatch(value)):
        return "variables.host", None, {"value": value}
    if kind is VariableType.IDENTIFIER and not IDENTIFIER.match(value):
        return "value.identifier", None, {"value": value}
    return None


def _wrong_number(fields: VariableFields, value: Scalar) -> tuple[str, str | None, dict[str, object]] | None:
    wanted = fields.unit or NO_UNIT
    try:
        quantity = parse_quantity(value, wanted.dimension)
    except QuantityError as error:
        return "variables.number", error.suggestion, {"value": value, "wanted": f"0 {wanted.symbol}".strip()}
    if quantity.unit.converts_to(wanted):
        return None
    # Another unit means another quantity: nobody knows which.
    meant = f"{quantity.value:g} {wanted.symbol}" if quantity.unit is NO_UNIT else None
    return "variables.number", meant, {"value": value, "wanted": f"0 {wanted.symbol}".strip()}


class _Resolving:
    """Each variable once, whatever order they are written in."""

    def __init__(self, file: YamlFile, fields: Mapping[str, VariableFields], files: Files) -> None:
        self.file = file
        self.fields = fields
        self.files = files
        self.found: dict[str, Scalar] = {}
        self.failed: set[str] = set()
        self.asking: list[str] = []

    def all(self) -> dict[str, Scalar]:
        for name in self.fields:
            self._value(name)
        return self.found

    def _value(self, name: str) -> bool:
        """Whether there is a value, now in ``found``; else it is a finding."""
        if name not in self.found and name not in self.failed:
            self.asking.append(name)
            value = self._resolved(name)
            self.asking.pop()
            if value is None:
                self.failed.add(name)
            else:
                self.found[name] = value
        return name in self.found

    def _resolved(self, name: str) -> Scalar | None:
        fields = self.fields[name]
        key = "default" if fields.value is None else "value"
        text = fields.said
        if text is None:
            self.files.report("variables.missing", self.file.key((BLOCK, name)), None, name=name)
            return None
        place = self.file.value((BLOCK, name, key))
        if limit := self._beyond(str(text)):
            code, most = limit
            self.files.report(code, place, None, name=name, limit=most)
            return None
        if not all([self._other(other, (BLOCK, name, key), str(text)) for other in names_in(text)]):
            return None
        if length(str(text), self.found.__getitem__) > LONGEST:
            self.files.report("variables.long", place, None, name=name, limit=LONGEST)
            return None
        value = substitute(text, self.found.__getitem__) if isinstance(text, str) else text
        if mistake := wrong(fields, value):
            code, suggestion, arguments = mistake
            self.files.report(code, place, suggestion, name=name, **arguments)
            return None
        return value

    def _beyond(self, text: str) -> tuple[str, int] | None:
        """Code and limit of what keeps ``text`` from being looked into."""
        if len(text) > LONGEST:
            return "variables.long", LONGEST
        return ("variables.deep", DEEPEST) if len(self.asking) > DEEPEST else None

    def _other(self, name: str, path: Keys, text: str) -> bool:
        """Whether a variable that another refers to has a value."""
        place = self.file.at(*positions(self.file, path, text)[text.index(f"${{{name}}}")])
        if name not in self.fields:
            self.files.findings.append(Variables(dict.fromkeys(self.fields, "")).unknown(name, place))
            return False
        if name in self.asking:
            loop = [*self.asking[self.asking.index(name) :], name]
            self.files.report("variables.loop", place, None, name=name, way=" -> ".join(loop))
            self.failed.add(name)
            return False
        return self._value(name)


def read_plant(path: Path, name: str, files: Files) -> YamlFile | None:
    """The plant.yaml at ``path`` with its values, and ``files`` ready to fill those of the other files of the site.

    None after findings; then ``files.variables`` is None too if it is the variables that are wrong.
    """
    file = files.read(path, name)
    if file is None:
        return None
    files.variables = read_variables(file, files)
    return files.filled(file) if files.variables else None


def report_unused(file: YamlFile, files: Files) -> None:
    """Doubt each variable of ``file``, a plant.yaml, that no file of the site asks for."""
    fields, _ = declared(file)
    if files.variables is None or files.directory is None or not fields:
        return
    used = files.variables.used.union(*(names_in(one.said) for one in fields.values()))
    unused = [name for name in fields if name not in used]
    # They are no part of what runs, so nobody has read them yet.
    texts = _rule_tests(files.directory) if unused else []
    for name in unused:
        if not any(name in names_in(text) for text in texts):
            files.doubts.append(Finding("variables.unused", file.key((BLOCK, name)), {"name": name}))


def _rule_tests(directory: Path) -> list[str]:
    found = []
    for path in (path for path in site_files(directory) if path.name.endswith(TESTS)):
        with suppress(OSError):
            found.append(read_regular(path, MAX_BYTES).decode(errors="replace"))
    return found
