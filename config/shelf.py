"""Definitions by id: the site's own folder and the library we ship. A definition is read when it is first asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from config.assembly.equipment_class import build_class
from config.assembly.template import build_template
from config.files import Files, Loaded
from config.schema.equipment_class import ClassFile
from config.schema.template import TemplateFile
from drivers.templates import Template
from rules.model import EquipmentClass

LIBRARY = Path(__file__).parent
"""Where our classes, templates and rules lie."""
_SHIPPED = "config/"
"""How the names of our files begin where they are shown."""

Defined = TypeVar("Defined")
Shape = TypeVar("Shape", TemplateFile, ClassFile)


@dataclass(slots=True)
class Shelf(Generic[Defined]):
    """All definitions of one kind, each in a file named after its id."""

    folder: str
    files: Files
    site: Path | None
    """The site directory; None: only the library."""
    read: Callable[[Files, Path, str], Defined | None]
    cache: dict[str, Defined | None] = field(default_factory=dict)
    listed: dict[Path, list[str]] = field(default_factory=dict)
    """Folder -> the ids in it, looked up once: a site asks for each of its devices."""

    def known(self) -> list[str]:
        """The ids of every definition."""
        return sorted({*self._ids(LIBRARY / self.folder), *self.own()})

    def own(self) -> list[str]:
        """The ids the site defines itself."""
        return self._ids(self.site / self.folder) if self.site else []

    def get(self, name: str) -> Defined | None:
        """The definition called ``name``, which is known; None after findings."""
        if name not in self.cache:
            own = self.site / self.folder if self.site and name in self.own() else None
            path = (own or LIBRARY / self.folder) / f"{name}.yaml"
            shown = f"{self.folder}/{name}.yaml"
            self.cache[name] = self.read(self.files, path, shown if own else f"{_SHIPPED}{shown}")
        return self.cache[name]

    def defined(self) -> dict[str, Defined]:
        """Every definition asked for so far, by id."""
        return {name: entry for name, entry in self.cache.items() if entry is not None}

    def _ids(self, folder: Path) -> list[str]:
        if folder not in self.listed:
            self.listed[folder] = sorted(path.stem for path in folder.glob("*.yaml"))
        return self.listed[folder]


def class_shelf(files: Files, site: Path | None) -> Shelf[EquipmentClass]:
    """The classes of equipment."""
    return Shelf("classes", files, site, lambda files, path, name: _read(files, path, name, ClassFile, build_class))


def template_shelf(files: Files, site: Path | None) -> Shelf[Template]:
    """The device templates; those of the site are judged by the classes there are, ours by our tests."""
    # What is wrong with a class is told where the class is used.
    classes = class_shelf(Files(), site)

    def build(loaded: Loaded[TemplateFile], files: Files) -> Template | None:
        return build_template(loaded, files, None if loaded.file.name.startswith(_SHIPPED) else classes)

    return Shelf("templates", files, site, lambda files, path, name: _read(files, path, name, TemplateFile, build))


def shipped_templates() -> dict[str, Template]:
    """Every template that comes with the program."""
    shelf = template_shelf(Files(), None)
    for name in shelf.known():
        shelf.get(name)
    return shelf.defined()


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
    shipped = LIBRARY / path.parent.name / path.name
    if path != shipped and shipped.exists():
        files.report("library.taken", place, id=path.stem)
        return False
    return True
