"""Who imports whom, read from the sources: modules, the rooms of a folder, their floors and their circles."""

import ast
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]

Graph = Mapping[str, set[str]]
"""Name -> the names it imports."""


def packages() -> list[str]:
    """The folders that are installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return found


@dataclass
class Sources:
    """Every module under ``root``; what a package only hands on is followed to where it is defined."""

    root: Path
    folders: Iterable[str]
    paths: dict[str, Path] = field(init=False)
    trees: dict[str, ast.Module] = field(init=False)

    def __post_init__(self) -> None:
        files = (path for folder in self.folders for path in sorted((self.root / folder).rglob("*.py")))
        self.paths = {self._name(path): path for path in files}
        self.trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in self.paths.items()}

    def _name(self, path: Path) -> str:
        name = ".".join(path.relative_to(self.root).with_suffix("").parts)
        return name.removesuffix(".__init__")

    def is_package(self, name: str) -> bool:
        """Whether ``name`` is a folder."""
        return self.paths[name].name == "__init__.py"

    def is_face(self, name: str) -> bool:
        """Whether ``name`` is a folder whose own file only hands names on."""
        defines = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return self.is_package(name) and not any(isinstance(node, defines) for node in self.trees[name].body)

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        """Module -> the modules it takes something from; faces of packages are left out."""
        return {name: self._targets(name) for name in self.paths if not self.is_face(name)}

    def _targets(self, name: str) -> set[str]:
        found = set()
        for node in ast.walk(self.trees[name]):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {self._home(node.module, alias.name) for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
        return {one for one in found if one in self.paths and not self.is_face(one)} - {name}

    def _home(self, module: str, name: str) -> str:
        while module in self.paths and self.is_package(module) and name in self._handed_on(module):
            origin = self._handed_on(module)[name]
            if origin == module:
                break
            module = origin
        return f"{module}.{name}" if f"{module}.{name}" in self.paths else module

    def _handed_on(self, package: str) -> dict[str, str]:
        froms = (node for node in self.trees[package].body if isinstance(node, ast.ImportFrom) and node.module)
        return {alias.asname or alias.name: str(node.module) for node in froms for alias in node.names}

    def files(self, room: str) -> int:
        """How many files are in a folder. Not lines: the picture would be out of date after every change."""
        return sum(1 for name in self.paths if within(name, room))

    def folder_names(self) -> list[str]:
        """Every folder with sources, and "" for the whole house."""
        return ["", *(name for name in self.paths if self.is_package(name))]


def within(name: str, folder: str) -> bool:
    """Whether ``name`` is ``folder`` or in it."""
    return not folder or name == folder or name.startswith(f"{folder}.")


def rooms(imports: Graph, folder: str) -> dict[str, set[str]]:
    """The files and folders right in ``folder``, and which of them each imports."""
    depth = folder.count(".") + 2 if folder else 1
    found: dict[str, set[str]] = {}
    for name, targets in imports.items():
        if within(name, folder):
            room = found.setdefault(_cut(name, depth), set())
            room |= {_cut(target, depth) for target in targets if within(target, folder)} - {_cut(name, depth)}
    return found


def _cut(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def circles(graph: Graph) -> list[set[str]]:
    """Names that import each other in a loop, each loop once."""
    found: list[set[str]] = []
    for name in graph:
        if not any(name in circle for circle in found):
            loop = {other for other in _reached(graph, name) if name in _reached(graph, other)}
            found += [loop] if loop else []
    return found


def _reached(graph: Graph, start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [*graph.get(start, ())]
    while waiting:
        if (name := waiting.pop()) not in reached:
            reached.add(name)
            waiting += graph.get(name, ())
    return reached


def floors(graph: Graph) -> dict[str, int]:
    """How far up each name stands: above all it imports, 1 at the ground. Raises CycleError."""
    floor: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        floor[name] = 1 + max((floor[below] for below in graph.get(name, ())), default=0)
    return floor


def upward(graph: Graph) -> int:
    """Arrows that run back up: those that must go before floors exist."""
    kept: dict[str, set[str]] = {name: set() for name in graph}
    against = 0
    for name, below in sorted(graph.items()):
        for target in sorted(below):
            kept[name].add(target)
            try:
                TopologicalSorter(kept).prepare()
            except CycleError:
                kept[name].remove(target)
                against += 1
    return against


def reduced(graph: Graph) -> dict[str, set[str]]:
    """Without arrows that a longer way says already."""
    return {name: {one for one in below if not _around(graph, below - {one}, one)} for name, below in graph.items()}


def _around(graph: Graph, others: set[str], target: str) -> bool:
    return any(target in _reached(graph, other) for other in others)
