"""Classes of equipment."""

import re

from config.assembly.former import RENAMED
from config.reading.files import Files, Loaded
from config.reading.yamlfile import YamlFile
from config.schema.equipment_class import ClassCommandFields, ClassFile, InterlockFields, ParameterFields, RoleFields
from drivers.points import COMMANDING, Effect, Finding, Kind, Place
from rules.model import ByPerson, ClassCommand, EquipmentClass, Interlock, Parameter, Relation, Role, Source
from rules.suggest import nearest


def build_class(loaded: Loaded[ClassFile], files: Files) -> EquipmentClass | None:
    """The class of one file; None after findings."""
    before = len(files.findings)
    _check(loaded, files)
    if len(files.findings) > before:
        return None
    fields, file = loaded.fields, loaded.file
    return EquipmentClass(
        fields.id,
        fields.title,
        {name: _role(name, role) for name, role in fields.roles.items()},
        _parameters(fields),
        {name: Source(text, file.text(("terms", name))) for name, text in fields.terms.items()},
        _relations(fields),
        {name: _command(name, entry, file) for name, entry in fields.commands.items()},
        _interlocks(fields, file),
        fields.read_only,
        tuple(fields.tags),
        _source(fields.handover, file, "handover"),
        _source(fields.rest, file, "rest"),
        _by_person(fields, file),
    )


def _source(text: str | None, file: YamlFile, *path: str) -> Source | None:
    return None if text is None else Source(text, file.text(path))


def _by_person(fields: ClassFile, file: YamlFile) -> ByPerson | None:
    given = fields.by_person
    if given is None:
        return None
    return ByPerson(tuple(given.modes), _source(given.when, file, "by_person", "when"))


def _command(name: str, fields: ClassCommandFields, file: YamlFile) -> ClassCommand:
    proof = _source(fields.proof, file, "commands", name, "proof")
    effect, title = _effect(name, fields), fields.title
    return ClassCommand(name, effect, title, proof, fields.within, fields.unless is not None)


def _effect(name: str, fields: ClassCommandFields) -> Effect:
    if fields.effect is not None:
        return fields.effect
    if fields.safe:
        return Effect.SAFE
    return Effect(name) if name in COMMANDING else Effect.SWITCH


def _role(name: str, fields: RoleFields) -> Role:
    span = (fields.span[0], fields.span[1]) if fields.span is not None else None
    states, title = tuple(fields.states), fields.title
    return Role(name, fields.kind, fields.unit, fields.required, states, title, span, fields.moves)


def _parameters(fields: ClassFile) -> dict[str, Parameter]:
    return {name: _parameter(name, entry) for name, entry in fields.parameters.items()}


def _parameter(name: str, fields: ParameterFields) -> Parameter:
    safe = None if fields.safe is None else (fields.safe[0], fields.safe[1])
    return Parameter(name, fields.unit, fields.default, fields.title, safe)


def _relations(fields: ClassFile) -> dict[str, Relation]:
    return {
        name: Relation(name, entry.cls, entry.required, entry.title, tuple(entry.also), entry.declared)
        for name, entry in fields.relations.items()
    }


def _interlocks(fields: ClassFile, file: YamlFile) -> tuple[Interlock, ...]:
    return tuple(
        built_interlock(entry, Source(entry.when, file.text(("interlocks", index, "when"))))
        for index, entry in enumerate(fields.interlocks)
    )


def built_interlock(fields: InterlockFields, when: Source) -> Interlock:
    """The interlock of a class or of one equipment; ``when`` is its condition with its place."""
    forbids = COMMANDING if fields.forbids is None else tuple(fields.forbids)
    return Interlock(fields.id, when, fields.title, fields.aborts, forbids)


def _check(loaded: Loaded[ClassFile], files: Files) -> None:
    _check_names(loaded, files)
    _check_commands(loaded, files)
    _check_ranges(loaded, files)
    for name, role in loaded.fields.roles.items():
        if (role.kind is Kind.ENUM) != bool(role.states):
            files.report("class.states", loaded.file.value(("roles", name)), role=name)
        if role.span is not None and (role.kind is not Kind.ANALOG or role.span[0] >= role.span[1]):
            files.report("class.span", loaded.file.value(("roles", name, "span")), role=name)
        if role.moves and role.span is None:
            files.report("class.moves", loaded.file.value(("roles", name, "moves")), role=name)


def _check_names(loaded: Loaded[ClassFile], files: Files) -> None:
    # Conditions see all of them side by side.
    fields = loaded.fields
    taken: dict[str, Place] = {}
    for part, names in (
        ("roles", fields.roles),
        ("parameters", fields.parameters),
        ("terms", fields.terms),
        ("relations", fields.relations),
    ):
        for name in names:
            files.claim(taken, name, loaded.file.key((part, name)))
    taken = {}
    for index, entry in enumerate(fields.interlocks):
        files.claim(taken, entry.id, loaded.file.value(("interlocks", index, "id")))


def _check_ranges(loaded: Loaded[ClassFile], files: Files) -> None:
    for name, parameter in loaded.fields.parameters.items():
        if parameter.safe is None:
            continue
        low, high = parameter.safe
        if low >= high or (parameter.default is not None and not low <= parameter.default <= high):
            files.report("class.safe", loaded.file.value(("parameters", name, "safe")), parameter=name)


def _note_former(place: Place, name: str, command: ClassCommandFields, files: Files) -> None:
    """Version 0.1 said ``moving: true`` or ``safe: true``; version 0.2 is the last that reads it."""
    old = re.compile(r"(?:moving|safe): *true").match(place.text, place.column - 1)
    if old is not None and command.effect is None:
        new = f"effect: {_effect(name, command).value}"
        files.doubts.append(Finding(RENAMED, place, {"old": old[0], "new": new}, new))


def _check_commands(loaded: Loaded[ClassFile], files: Files) -> None:
    if loaded.fields.read_only and loaded.fields.commands:
        files.report("class.read-only", loaded.file.key(("commands",)), cls=loaded.fields.id)
    by_person = loaded.fields.by_person
    for index, name in enumerate(by_person.modes if by_person else ()):
        if name not in loaded.fields.roles:
            place = loaded.file.value(("by_person", "modes", index))
            files.report("class.by-person", place, nearest(name, loaded.fields.roles), role=name)
    for name, command in loaded.fields.commands.items():
        if command.safe or command.moving:
            place = loaded.file.key(("commands", name, "safe" if command.safe else "moving"))
            _note_former(place, name, command, files)
        if [command.safe, command.moving, command.effect is not None].count(True) != 1:
            files.report("class.command", loaded.file.key(("commands", name)), command=name)
