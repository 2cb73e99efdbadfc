"""``plantgate scan --into SITE``: what was found becomes lines of plant.yaml, to be named and bound by a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.cli.shell.found import FoundDevice
from config.assembly.definitions import class_definitions, template_definitions
from config.assembly.roles import playable
from config.editing.additions import add_devices, add_link, devices_on, first_link, free_id
from config.plant import IMPLICIT
from config.reading.files import Files
from config.replacing import exchange_file
from config.site import FILE, load_site
from drivers.links import LinkUrl
from drivers.template_match import Candidate
from drivers.templates import Device
from runtime.errors import UsageError

SURE = 0.4
"""Least score of a template that is written down as a device; below it a person has to decide."""


@dataclass(slots=True)
class AdoptionResult:
    """What came of the devices found."""

    link: str
    added: list[str] = field(default_factory=list)
    """Ids of new devices."""
    unsure: list[str] = field(default_factory=list)
    """Addresses of devices that were written as a comment, because no template is likely enough."""
    known: list[str] = field(default_factory=list)
    """Ids of devices that were there before."""


def adopt(site: Path, link: LinkUrl, url: str, found: Sequence[FoundDevice], sure: float = SURE) -> AdoptionResult:
    """Add ``found`` on ``link`` to the plant.yaml of ``site``; a site that would not be in order stays as it was.

    A template with a score below ``sure`` is written as a comment only.

    Raises ConfigError, UsageError, OSError.
    """
    load_site(site)
    path = site / FILE
    before = path.read_bytes()
    text, name = _with_link(before.decode("utf-8-sig"), link, url)
    adopted = AdoptionResult(name)
    after = add_devices(text, _lines(text, found, adopted, site, sure)).encode()
    load_site(site, instead={FILE: after})
    exchange_file(path, before, after)
    return adopted


def _with_link(text: str, link: LinkUrl, url: str) -> tuple[str, str]:
    if link.scheme != "bacnet":
        return add_link(text, url if not link.host else _complete(link, url))
    if existing := first_link(text, "bacnet://"):
        return text, existing
    from drivers.bacnet.interfaces import broadcast_of

    if broadcast_of(link.host) is None and not link.options.get("broadcast"):
        # The host that was asked is not ours, and a BACnet link names our own end.
        raise UsageError("into.bacnet-link", url=url)
    return add_link(text, _complete(link, url))


def _complete(link: LinkUrl, url: str) -> str:
    """``url`` with the port it means."""
    _, _, options = url.partition("?")
    return f"{link.scheme}://{link.host}:{link.port}" + (f"?{options}" if options else "")


def _lines(text: str, found: Sequence[FoundDevice], adopted: AdoptionResult, site: Path, sure: float) -> list[str]:
    library, known = _Library(site), devices_on(text, adopted.link)
    lines: list[str] = []
    for device in found:
        if device.address in known:
            adopted.known.append(known[device.address])
            continue
        best = device.candidates[0] if device.candidates else None
        if best is None or best.score < sure:
            adopted.unsure.append(device.address)
            lines.append(_comment(device, best, adopted.link))
            continue
        name = free_id(text, best.template, adopted.added)
        adopted.added.append(name)
        lines += _device(name, device, best, adopted.link, library)
    return lines


class _Library:
    """The templates and classes a site may use."""

    def __init__(self, site: Path) -> None:
        files = Files()
        self._templates, self._classes = template_definitions(files, site), class_definitions(files, site)

    def roles(self, name: str, template_id: str) -> list[str]:
        """The classes a device of this template can be by its points alone."""
        template = self._templates.get(template_id)
        classes = (self._classes.get(one) for one in self._classes.known() if one not in IMPLICIT)
        return playable(Device(name, "", "", template), filter(None, classes)) if template else []


def _device(name: str, device: FoundDevice, best: Candidate, link: str, library: _Library) -> list[str]:
    remark = " ".join(filter(None, [device.name, f"{best.score:.0%}"]))
    line = f"{{id: {name}, link: {link}, {_place(device)}, template: {best.template}}}  # {remark}"
    return [line, *(_hint(name, cls) for cls in library.roles(name, best.template))]


def _hint(device: str, cls: str) -> str:
    return f"#   it can be: {{id: {cls}-1, class: {cls}, title: {{zh: ..., en: ...}}, device: {device}}}"


def _comment(device: FoundDevice, best: Candidate | None, link: str) -> str:
    guess = best.template if best else "?"
    return f"# - {{id: ?, link: {link}, {_place(device)}, template: {guess}}}  # {device.name}".rstrip(" #")


def _place(device: FoundDevice) -> str:
    return f'address: "{device.address}"' if "/" in device.address else f"unit: {device.address}"
