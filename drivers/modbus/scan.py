"""Who is there on a Modbus link: every unit number of a range is asked; what answers is told as it comes."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from drivers.contract import NoAnswer, Refused
from drivers.modbus.asking import Asker
from drivers.modbus.guess import guess
from drivers.modbus.identity import Identity, ask_identity
from drivers.modbus.pdu import check_read, read_pdu
from drivers.template_match import Candidate
from drivers.templates import Table, Template

_UNLIKELY = (247, 231, 199)
"""Unit numbers that hardly anybody gives, and nobody all of them."""
ITSELF = (255, 0)
"""Unit numbers of the device that has the IP address; one that is there under another number answers to these too."""
_KEPT = 3
"""Candidates told of each unit."""


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit that answered."""

    unit: int
    identity: Identity
    candidates: tuple[Candidate, ...]
    """The likeliest templates, best first."""


async def scan(
    wire: Asker,
    units: Sequence[int],
    templates: Sequence[Template] = (),
    otherwise: Sequence[int] = (),
    *,
    seconds: float = 0.5,
    asking: Callable[[int], object] = lambda unit: None,
) -> AsyncGenerator[FoundUnit, None]:
    """Each of ``units`` that answers, with what it probably is; nothing is written to anybody.

    When none does, the first of ``otherwise`` that answers. ``seconds`` is the longest wait for each answer;
    ``asking`` is told of each unit before its turn. Raises LinkDown.
    """
    found = False
    for unit in (*units, *otherwise):
        if found and unit in otherwise:
            return
        asking(unit)
        if await is_there(wire, unit, seconds):
            found = True
            identity = await ask_identity(wire, unit, seconds)
            candidates = await guess(wire, unit, templates, seconds)
            yield FoundUnit(unit, identity, tuple(candidates[:_KEPT]))


async def hears_every_number(wire: Asker, seconds: float) -> bool:
    """Whether what is there answers whatever the unit number is, as many devices on TCP do. Raises LinkDown."""
    for unit in _UNLIKELY:
        if not await is_there(wire, unit, seconds):
            return False
    return True


async def is_there(wire: Asker, unit: int, seconds: float) -> bool:
    """Whether ``unit`` answers a read of its first holding register, be it with an exception. Raises LinkDown."""
    pdu = read_pdu(Table.HOLDING, 0, 1)
    try:
        await wire.ask(unit, pdu, lambda answer: check_read(pdu, answer, 2), seconds)
    except NoAnswer:
        return False
    except Refused:
        return True
    return True
