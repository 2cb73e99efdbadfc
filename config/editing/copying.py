"""A new site made from one that is there: the same plant with other values, and nothing true only of the old one."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from config.assembly.variables import declared, wrong
from config.editing.starting import put_site
from config.editing.values import quoted, with_value, without_key
from config.errors import ConfigError
from config.identities import FILE as IDENTITIES
from config.plant import Plant
from config.reading import scalars
from config.reading.regular import leads_out, read_regular
from config.reading.variables import BLOCK, names_in
from config.reading.walk import site_files
from config.reading.yamlfile import MAX_BYTES, YamlFile, read_yaml
from config.schema.variables import VariableFields, VariableType
from config.site import FILE, load_site
from drivers.points import Finding
from rules.suggest import nearest

_KINDS = (".yaml", ".example", ".json", ".csv", ".md")
"""How the names of files end that are copied; logs, stores and keys are none of these."""
_SETTABLE = ("site.id", "site.org", "site.language", "site.timezone", "site.title", "gateway", "uplink.broker")
"""What of plant.yaml may differ without a variable, written there or not; so may all else outside its lists."""


def copy_site(source: Path, directory: Path, values: Mapping[str, str]) -> list[Path]:
    """Write the site of ``source`` into ``directory`` with other ``values`` of its variables; returns its files.

    ``values`` may also name other values, such as ``site.id`` and ``gateway``: one of those two has to become another,
    so that headquarters can tell the copy. What somebody has seen at the machines of the source is not copied:
    ``identity.yaml``, ``proved:``.

    Raises ConfigError when there is a site already, a value is missing, unknown or of another type, OSError; then
    there is no new site.
    """
    original = load_site(source)
    content = read_regular(source / FILE, MAX_BYTES).decode("utf-8-sig")
    text = _rendered(read_yaml(content.encode(), FILE), content, values)
    files = {path.relative_to(source): read_regular(path, MAX_BYTES) for path in _copied(source)}
    files[Path(FILE)] = text.encode()
    return put_site(directory, files, lambda plant: _check_other(original, plant))


def _rendered(file: YamlFile, text: str, values: Mapping[str, str]) -> str:
    fields = declared(file)[0] or {}
    mistakes = [*_mistakes(file, fields, values)]
    if mistakes:
        raise ConfigError(mistakes)
    for name, value in values.items():
        path = (BLOCK, name, "value") if name in fields else tuple(name.split("."))
        text = with_value(text, path, _scalar(fields.get(name), value))
    for index, _ in reversed([*_proved(file)]):
        text = without_key(text, ("equipment", index, "proved"))
    return text


def _mistakes(file: YamlFile, fields: Mapping[str, VariableFields], values: Mapping[str, str]) -> Iterator[Finding]:
    for name, value in values.items():
        if name in fields:
            yield from _mistyped(name, fields[name], value)
        elif name not in _SETTABLE and not isinstance(_at(file, name), str | int | float):
            known = [*fields, *_SETTABLE]
            arguments: dict[str, object] = {"name": name, "known": ", ".join(known)}
            yield Finding("copy.unknown", arguments=arguments, suggestion=nearest(name, known))
        elif used := [*names_in(_at(file, name))]:
            yield Finding("copy.by-variable", arguments={"name": name, "variable": used[0]})
    for name, one in fields.items():
        if one.value is not None and one.default is None and name not in values:
            yield Finding("copy.missing", file.key((BLOCK, name)), {"name": name, "here": one.value})


def _mistyped(name: str, fields: VariableFields, value: str) -> Iterator[Finding]:
    meant: str | float | bool = value
    if fields.type is VariableType.BOOLEAN:
        meant = scalars.TRUTHS.get(value, value)
    elif fields.type is VariableType.NUMBER and scalars.FLOAT.match(value):
        meant = float(value)
    # What refers to other variables is judged when the copy is.
    if not [*names_in(value)] and (mistake := wrong(fields, meant)):
        code, suggestion, arguments = mistake
        yield Finding(code, None, {"name": name, **arguments}, suggestion)


def _scalar(fields: VariableFields | None, value: str) -> str:
    bare = fields is not None and fields.type in (VariableType.NUMBER, VariableType.BOOLEAN) and not [*names_in(value)]
    return value if bare else quoted(value)


def _at(file: YamlFile, name: str) -> object:
    found: object = file.data
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _proved(file: YamlFile) -> Iterator[tuple[int, object]]:
    equipment = _at(file, "equipment")
    for index, entry in enumerate(equipment if isinstance(equipment, list) else ()):
        if isinstance(entry, dict) and "proved" in entry:
            yield index, entry["proved"]


def _copied(source: Path) -> Iterator[Path]:
    """The files of a site that make it up; whoever lies behind a link out of it is another's."""
    for path in site_files(source):
        name = path.relative_to(source)
        ours = name.name.endswith(_KINDS) and name != Path(IDENTITIES)
        if ours and path.is_file() and not leads_out(path, source):
            yield path


def _check_other(original: Plant, copy: Plant) -> None:
    """Headquarters knows a gateway by organisation, site and name; two of the same would be one to it."""
    if original.address == copy.address:
        raise ConfigError([Finding("copy.same", arguments={"site": copy.site.id, "gateway": copy.gateway})])
