"""A device that a scan found: who it is and what it probably is, for people and for programs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from agent.cli.shell.console import Console
from drivers.template_match import Candidate

_KEPT = 3
"""Candidates shown of each device."""


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device that answered."""

    address: str
    """As plant.yaml writes it: a unit number, or ``host:port/instance``."""
    name: str
    """What it says of itself; may be empty."""
    candidates: tuple[Candidate, ...]
    """Likely templates, best first."""
    details: dict[str, object]
    """Everything it said, for programs."""

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {**self.details, "candidates": [asdict(one) for one in self.candidates[:_KEPT]]}


def found_lines(found: FoundDevice, console: Console) -> Iterator[str]:
    """The device, and below it the evidence for each likely template."""
    yield console.paint(console.texts.text("scan.device", address=found.address, name=found.name).rstrip(), "bold")
    for number, one in enumerate(found.candidates[:_KEPT]):
        counts = {"asked": one.asked, "answered": one.answered, "plausible": one.plausible, "telling": one.telling}
        head = console.texts.text("scan.candidate", template=one.template, score=f"{one.score:.0%}", **counts)
        values = f": {', '.join(one.examples)}" if one.examples else ""
        yield console.paint(f"    {head}{values}", *([] if number else ["green"]))
    if not found.candidates:
        yield f"    {console.texts.text('scan.no-template')}"
