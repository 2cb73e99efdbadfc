"""One thing the doctor looked at."""

from dataclasses import dataclass, field

from drivers.identification import Identification


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at and what came out; the texts are ``doctor.CODE`` and, where it is not well, ``…-do``."""

    code: str
    """Message code without ``doctor.``."""
    well: bool
    arguments: dict[str, object] = field(default_factory=dict)
    identity: Identification | None = None
    """Who the device of the argument ``device`` says it is, where that was asked."""


def well(code: str, **arguments: object) -> Check:
    """All is well with it."""
    return Check(code, True, arguments)


def ill(code: str, **arguments: object) -> Check:
    """Something has to be done."""
    return Check(code, False, arguments)
