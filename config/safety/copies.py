"""Copies: whether two templates describe the same kind of device, and two commands write the same."""

from drivers.templates import BacnetSource, ModbusSource, Template, TemplateCommand, TemplatePoint, WordWrite

_SHARE = 0.5
"""Share of the points of a template that lie where another has points, from which on it counts as a copy."""
_LEAST = 4
"""Fewer points lie there by chance: coil 0 and register 0 are in every map."""


def alike(template: Template, shipped: Template) -> bool:
    """Whether most points of ``template`` lie where ``shipped`` has points."""
    theirs = {_place(point) for point in shipped.points}
    shared = sum(_place(point) in theirs for point in template.points)
    return template.protocol == shipped.protocol and shared >= max(_LEAST, _SHARE * len(template.points))


def same_writes(command: TemplateCommand, other: TemplateCommand, *, certain: bool) -> bool:
    """Whether both write the same; with ``certain`` only where that is no coincidence: a key of several registers."""
    written, theirs = _words(command), _words(other)
    if certain:
        written, theirs = ({one for one in each if len(one.words) > 1} for each in (written, theirs))
    return bool(written & theirs)


def _words(command: TemplateCommand) -> set[WordWrite]:
    return {write for write in command.writes if isinstance(write, WordWrite)}


def _place(point: TemplatePoint) -> tuple[object, ...]:
    match point.source:
        case ModbusSource() as source:
            return source.table, source.address
        case BacnetSource() as source:
            return source.object_type, source.instance
