"""The language of a person at a terminal."""

from collections.abc import Mapping, Sequence

from config.catalogue import LANGUAGES


def language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language to speak: ``--lang``, else PLANTGATE_LANG, else the locale, else English."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return _known(argument.partition("=")[2])
        if argument == "--lang" and position + 1 < len(arguments):
            return _known(arguments[position + 1])
    for variable in ("PLANTGATE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(variable):
            return _known(environment[variable])
    return "en"


def _known(name: str) -> str:
    return next((lang for lang in LANGUAGES if name.startswith(lang)), "en")
