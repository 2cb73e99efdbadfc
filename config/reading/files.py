"""The files of one load: read once, their bytes kept for the fingerprint, their mistakes gathered."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from config.errors import ConfigError
from config.reading.regular import NotRegular, leads_out, read_regular
from config.reading.shape import check
from config.reading.variables import Variables
from config.reading.yamlfile import MAX_BYTES, YamlFile, read_yaml
from drivers.points import Finding, Place

Shape = TypeVar("Shape")

_SAME_EVERYWHERE = ("config/", "templates/", "classes/")
"""How the names of files begin that are of no site, or the same at every site."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Shape]):
    """What a file says, and the file for the places."""

    fields: Shape
    file: YamlFile


@dataclass(slots=True)
class Files:
    """Everything read so far and every finding so far."""

    directory: Path | None = None
    """The site; a file of it that is a link out of it is doubted."""
    findings: list[Finding] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    """Name as shown -> bytes."""
    doubts: list[Finding] = field(default_factory=list)
    """What is wrong and yet no reason to stop watching a plant."""
    variables: Variables | None = None
    """What ``${name}`` stands for in the files of the site; None until its plant.yaml was read."""
    lenient: bool = False
    """At a start: what an earlier version let pass is only doubted."""
    instead: Mapping[str, bytes] = field(default_factory=dict)
    """Name as shown -> what is read in place of the file."""

    def read(self, path: Path, name: str) -> YamlFile | None:
        """The file at ``path``, shown as ``name``; None after a finding."""
        if self.directory is not None and leads_out(path, self.directory):
            self.doubts.append(Finding("file.outside", Place(name, 1, 1), {"file": name}))
        try:
            content = self.instead[name] if name in self.instead else read_regular(path, MAX_BYTES)
        except NotRegular:
            self.report("file.not-regular", Place(name, 1, 1), file=name)
            return None
        except FileNotFoundError:
            self.report("file.missing", Place(name, 1, 1), file=name)
            return None
        except OSError as error:
            self.report("file.unreadable", Place(name, 1, 1), file=name, reason=error.strerror)
            return None
        self.contents[name] = content
        try:
            return read_yaml(content, name)
        except ConfigError as error:
            self.findings += error.findings
            return None

    def load(self, path: Path, name: str, shape: type[Shape]) -> Loaded[Shape] | None:
        """The file at ``path`` in its shape, with the values of the site's variables; None after findings."""
        file = self.read(path, name)
        file = self.filled(file) if file else None
        return self.shape(file, shape) if file else None

    def filled(self, file: YamlFile) -> YamlFile | None:
        """``file`` with a value in the place of each ``${name}``; None after findings.

        What a device or a class of equipment is does not differ from site to site: those files have no variables.
        """
        if file.name.startswith(_SAME_EVERYWHERE) or b"${" not in self.contents[file.name]:
            return file
        if self.variables is None:
            # Of a site whose variables are wrong: that was said, and nobody knows what this file says.
            return file if self.directory is None else None
        found: list[Finding] = []
        filled = self.variables.fill(file, found)
        if self.lenient and not self.variables.declared:
            self.doubts += found
            return filled
        self.findings += found
        return None if found else filled

    def shape(self, file: YamlFile, shape: type[Shape]) -> Loaded[Shape] | None:
        """A file already read, in its shape; None after findings."""
        fields, findings = check(file, shape)
        self.findings += findings
        return None if fields is None else Loaded(fields, file)

    def report(self, code: str, place: Place, suggestion: str | None = None, **arguments: object) -> None:
        """Add one finding."""
        self.findings.append(Finding(code, place, arguments, suggestion))

    def claim(self, taken: dict[str, Place], name: str, place: Place) -> bool:
        """Whether ``name`` was free; it is used at ``place`` from now on. Where it is ``taken`` that is reported."""
        first = taken.setdefault(name, place)
        if first is not place:
            self.report("config.twice", place, id=name, first=f"{first.file}:{first.line}")
        return first is place

    def check(self) -> None:
        """Raise ConfigError when anything was found."""
        if self.findings:
            raise self.error()

    def error(self) -> ConfigError:
        """Every finding, in the order of the files and of their lines."""
        order = {name: number for number, name in enumerate(self.contents)}

        def position(finding: Finding) -> tuple[int, int, int]:
            place = finding.place or Place("", 0, 0)
            return order.get(place.file, -1), place.line, place.column

        return ConfigError(sorted(self.findings, key=position))

    def fingerprint(self) -> str:
        """SHA-256 over the name and bytes of every file read."""
        digest = hashlib.sha256()
        for name, content in sorted(self.contents.items()):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()
