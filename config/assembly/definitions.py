"""Definitions by id: the site's own folder and the library we ship. A definition is read when it is first asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from config.assembly.equipment_class import build_class
from config.assembly.template import build_template
from config.errors import SHIPPED
from config.reading.files import Files, Loaded
from config.schema.equipment_class import ClassFile
from config.schema.template import TemplateFile
from drivers.templates import Template
from rules.model import EquipmentClass

LIBRARY = Path(__file__).parents[1]
"""Where our classes, templates and rules lie."""

Defined = TypeVar("Defined")
Shape = TypeVar("Shape", TemplateFile, ClassFile)


@dataclass(slots=True)
class Definitions(Generic[Defined]):
    """All definitions of one kind, each in a file named after its id."""

    folder: str
    files: Files
    site: Path | None
    """The site directory; None: only the library."""
    read: Callable[[Files, Path, str], Defined | None]
    cache: dict[str, Defined | None] = field(default_factory=dict)
    listed: dict[Path, dict[str, Path]] = field(default_factory=dict)
    """Folder -> the files in it by id, looked up once: a site asks for each of its devices."""

    def known(self) -> list[str]:
        """The ids of every definition."""
        return sorted({*self._files(LIBRARY), *self.own()})

    def own(self) -> list[str]:
        """The ids the site defines itself."""
        return sorted(self._files(self.site)) if self.site else []

    def get(self, name: str) -> Defined | None:
        """The definition called ``name``, which is known; None after findings."""
        if name not in self.cache:
            self.cache[name] = self.read(self.files, self._path(name), self.shown(name))
        return self.cache[name]

    def shown(self, name: str) -> str:
        """Where the definition called ``name`` stands, as people are told."""
        path = self._path(name)
        if path.is_relative_to(LIBRARY / self.folder):
            return f"{SHIPPED}{path.relative_to(LIBRARY).as_posix()}"
        return f"{self.folder}/{path.name}"

    def defined(self) -> dict[str, Defined]:
        """Every definition asked for so far, by id."""
        return {name: entry for name, entry in self.cache.items() if entry is not None}

    def _path(self, name: str) -> Path:
        home = self.site if self.site and name in self._files(self.site) else LIBRARY
        return self._files(home)[name]

    def _files(self, home: Path) -> dict[str, Path]:
        # Ours lie in folders by kind of device; what a person puts into a site lies in one folder.
        if home not in self.listed:
            found = (home / self.folder).glob("**/*.yaml" if home == LIBRARY else "*.yaml")
            self.listed[home] = {path.stem: path for path in found}
        return self.listed[home]


def _shipped(folder: str) -> dict[str, Path]:
    """The files of the library in ``folder``, by id."""
    return {path.stem: path for path in (LIBRARY / folder).glob("**/*.yaml")}


def class_definitions(files: Files, site: Path | None) -> Definitions[EquipmentClass]:
    """The classes of equipment."""
    return Definitions(
        "classes", files, site, lambda files, path, name: _read(files, path, name, ClassFile, build_class)
    )


def template_definitions(files: Files, site: Path | None) -> Definitions[Template]:
    """The device templates; those of the site are judged by the classes there are, ours by our tests."""
    # What is wrong with a class is told where the class is used.
    classes = class_definitions(Files(), site)

    def build(loaded: Loaded[TemplateFile], files: Files) -> Template | None:
        return build_template(loaded, files, None if loaded.file.name.startswith(SHIPPED) else classes)

    return Definitions(
        "templates", files, site, lambda files, path, name: _read(files, path, name, TemplateFile, build)
    )


def shipped_templates() -> dict[str, Template]:
    """Every template that comes with the program."""
    definitions = template_definitions(Files(), None)
    for name in definitions.known():
        definitions.get(name)
    return definitions.defined()


def _read(
    files: Files,
    path: Path,
    name: str,
    shape: type[Shape],
    build: Callable[[Loaded[Shape], Files], Defined | None],
) -> Defined | None:
    loaded = files.load(path, name, shape)
    if loaded is None:
        return None
    return build(loaded, files) if _name_fits(loaded, path, files) else None


def _name_fits(loaded: Loaded[Shape], path: Path, files: Files) -> bool:
    place = loaded.file.value(("id",))
    if loaded.fields.id != path.stem:
        files.report("library.file-name", place, path.stem, id=loaded.fields.id)
    if not path.is_relative_to(LIBRARY) and path.stem in _shipped(path.parent.name):
        files.report("library.taken", place, id=path.stem)
        return False
    return True
