"""The people of a site: named once each, with somebody who may do everything."""

import unicodedata
from pathlib import Path

from config.reading.files import Files, Loaded
from config.schema.people import PeopleFile, PersonFields
from drivers.points import Place
from rules.people import Access, Member, People

FILE = "people.yaml"


def build_people(directory: Path, files: Files) -> People | None:
    """The people of the site in ``directory``; None when it lists none, or after findings."""
    path = directory / FILE
    if not path.is_symlink() and not path.exists():
        return None
    loaded = files.load(path, FILE, PeopleFile)
    if loaded is None:
        return None
    _check_names(loaded, files)
    if not any(person.role is Access.SUPERVISOR for person in loaded.fields.people):
        files.report("people.no-supervisor", loaded.file.key(("people",)))
    members = tuple(map(_member, loaded.fields.people))
    return People(members, loaded.fields.socket_group, _places(loaded))


def _check_names(loaded: Loaded[PeopleFile], files: Files) -> None:
    """Who reads a record must know whom it means: names that look alike are one name."""
    seen: dict[str, int] = {}
    for index, person in enumerate(loaded.fields.people):
        place = loaded.file.value(("people", index, "name"))
        looks = unicodedata.normalize("NFKC", person.name).casefold()
        if looks in seen:
            files.report("people.twice", place, name=person.name, first=seen[looks])
        seen.setdefault(looks, place.line)


def _member(person: PersonFields) -> Member:
    return Member(person.name, person.role, tuple(person.accounts), person.phone, tuple(person.skills))


def _places(loaded: Loaded[PeopleFile]) -> dict[str, Place]:
    people = loaded.fields.people
    places = {"@" + loaded.fields.socket_group: loaded.file.value(("socket_group",))}
    for index, person in enumerate(people):
        for number, account in enumerate(person.accounts):
            places.setdefault(account, loaded.file.value(("people", index, "accounts", number)))
    return places
