"""One limit of one equipment, changed in plant.yaml as a person would, judged before anything is written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.assembly.doubts import doubts
from config.assembly.variables import read_variables
from config.difference import limits
from config.editing.values import quoted, with_value
from config.errors import ConfigError
from config.plant import Plant
from config.quantity import QuantityError, nearest, parse_quantity
from config.reading import scalars
from config.reading.files import Files
from config.reading.regular import read_regular
from config.reading.variables import BLOCK, names_in
from config.reading.walk import site_files
from config.reading.yamlfile import MAX_BYTES, YamlFile, read_yaml
from config.reading.yamlfile import Path as Keys
from config.rule_tests import load_suite
from config.site import FILE, compile_site
from drivers.points import Finding
from rules.model import Equipment, Parameter


@dataclass(frozen=True, slots=True)
class LimitEdit:
    """A change that was judged and not written yet."""

    path: Path
    before: bytes
    after: bytes
    old: str
    """The limit as it is, with its unit."""
    new: str
    loaded: str
    """Fingerprint of the site as it is."""
    fingerprint: str
    """Fingerprint of the site with the new limit."""


def edit_limit(site: Path, equipment: str, parameter: str, value: str) -> LimitEdit:
    """What makes ``value`` the limit ``parameter`` of ``equipment``; writes nothing.

    Raises ConfigError with everything that speaks against it: there is no such limit, the value is no such quantity,
    something that protects a machine reads it, a check of the site finds a mistake or a doubt that was not there.
    OSError.
    """
    content = read_regular(site / FILE, MAX_BYTES)
    plant, rulebook = compile_site(site, instead={FILE: content})
    one = _equipment(plant, equipment)
    _check_value(_parameter(plant, one, parameter), value)
    if guarded := plant.safety.guarded.get((equipment, parameter)):
        raise _refused("limit.guarded", equipment=equipment, parameter=parameter, commanded=guarded)
    written = value if _is_bare(value) else quoted(value)
    after = with_value(content.decode(), _place(site, content, one.id, parameter), written).encode()
    changed, compiled = compile_site(site, instead={FILE: after})
    load_suite(site, changed)
    known = [(doubt.code, doubt.arguments) for doubt in doubts(plant, rulebook)]
    if new := [doubt for doubt in doubts(changed, compiled) if (doubt.code, doubt.arguments) not in known]:
        raise ConfigError(new)
    key = equipment, parameter
    path = (site / FILE).resolve()
    return LimitEdit(
        path, content, after, limits(plant)[key], limits(changed)[key], plant.fingerprint, changed.fingerprint
    )


def _refused(code: str, suggestion: str | None = None, **arguments: object) -> ConfigError:
    return ConfigError([Finding(code, None, arguments, suggestion)])


def _equipment(plant: Plant, name: str) -> Equipment:
    known = {one.id: one for one in plant.equipment if plant.classes[one.cls].parameters}
    if name not in known:
        raise _refused("limit.no-equipment", nearest(name, known), equipment=name)
    return known[name]


def _parameter(plant: Plant, one: Equipment, name: str) -> Parameter:
    known = plant.classes[one.cls].parameters
    if name not in known:
        raise _refused("equipment.no-parameter", nearest(name, known), cls=one.cls, parameter=name)
    return known[name]


def _check_value(parameter: Parameter, value: str) -> None:
    try:
        quantity = parse_quantity(float(value) if _is_bare(value) else value, parameter.unit.dimension)
    except QuantityError as error:
        raise _refused("limit.value", error.suggestion, parameter=parameter.name, value=value) from error
    if not quantity.unit.converts_to(parameter.unit):
        wanted = parameter.unit.symbol or "1"
        # Another unit means another quantity: nobody knows which.
        meant = f"{value} {wanted}" if _is_bare(value) else None
        raise _refused("equipment.parameter-unit", meant, parameter=parameter.name, wanted=wanted)


def _is_bare(value: str) -> bool:
    return scalars.FLOAT.match(value) is not None


def _place(site: Path, content: bytes, equipment: str, parameter: str) -> Keys:
    """Where the limit stands or belongs: at the equipment, or at the variable that stands for it alone."""
    raw = read_yaml(content, FILE)
    variables = read_variables(raw, Files())
    filled = variables.fill(raw, []) if variables else raw
    index = next(number for number, one in enumerate(_entries(filled)) if one.get("id") == equipment)
    path: Keys = ("equipment", index, "parameters", parameter)
    named = [*names_in(_entries(raw)[index].get("parameters", {}).get(parameter))]
    if not named:
        return path
    uses = sum([*names_in(text)].count(named[0]) for text in _texts(site, content))
    if uses > 1:
        raise ConfigError([Finding("limit.shared", raw.value(path), {"variable": named[0], "uses": uses})])
    return (BLOCK, named[0], "value")


def _entries(file: YamlFile) -> list[dict[str, Any]]:
    return file.data["equipment"] if isinstance(file.data, dict) else []


def _texts(site: Path, content: bytes) -> list[str]:
    others = [path for path in site_files(site) if path.suffix == ".yaml" and path.relative_to(site) != Path(FILE)]
    return [content.decode(), *(read_regular(path, MAX_BYTES).decode(errors="replace") for path in others)]
