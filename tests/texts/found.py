"""Every text a person sees, in each language: sentences of the program, and the titles of what we ship."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from config.catalogue import LANGUAGES, MESSAGES
from config.editing.beginning_texts import BEGINNINGS
from config.library import LIBRARY

FOLDERS = ("classes", "examples", "plans", "procedures", "rules", "starter", "templates")


@dataclass(frozen=True, slots=True)
class Text:
    """One text: where it stands, and what it says by language."""

    place: str
    said: Mapping[str, str]


def texts() -> Iterator[Text]:
    """All of them, file by file."""
    yield from sentences()
    yield from remarks()
    for folder in FOLDERS:
        for path in sorted((LIBRARY / folder).rglob("*.yaml")):
            yield from _titles(path.relative_to(LIBRARY).as_posix(), yaml.safe_load(path.read_text(encoding="utf-8")))


def remarks() -> Iterator[Text]:
    """Those of the files that ``plantgate new`` begins, line by line: each says the same in each language."""
    for path in sorted((BEGINNINGS / LANGUAGES[0]).iterdir()):
        lines = [(BEGINNINGS / lang / path.name).read_text(encoding="utf-8").splitlines() for lang in LANGUAGES]
        for number, said in enumerate(zip(*lines, strict=True), 1):
            if len({*said}) > 1:
                yield Text(f"beginnings/{path.name} {number}", dict(zip(LANGUAGES, said, strict=True)))


def sentences() -> Iterator[Text]:
    """Those of the program, by code."""
    files = {lang: yaml.safe_load((MESSAGES / f"{lang}.yaml").read_text(encoding="utf-8")) for lang in LANGUAGES}
    for code in files[LANGUAGES[0]]:
        yield Text(code, {lang: file[code] for lang, file in files.items() if code in file})


def _titles(place: str, found: object) -> Iterator[Text]:
    """What is said in more than one language anywhere in ``found``."""
    if isinstance(found, dict):
        if len(found.keys() & {*LANGUAGES}) > 1:
            yield Text(place, {str(lang): str(text) for lang, text in found.items()})
            return
        for key, value in found.items():
            yield from _titles(f"{place} {key}", value)
    elif isinstance(found, list):
        for number, value in enumerate(found):
            name = value.get("id", number) if isinstance(value, dict) else number
            yield from _titles(f"{place} {name}", value)
