"""One word, one meaning: no two public classes share a name, and no file has that of a module of Python."""

import ast
import sys
from collections import defaultdict
from pathlib import Path

from tests.trees import tree

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "config", "drivers", "emulators", "headquarters", "rules", "runtime")
SHARED = {
    "AskRelease": "the request of a person and the input of the engine that it becomes",
    "ConfirmRelease": "as AskRelease",
    "Point": "a place in the chain of an epoch: the name stands in the published contract",
}
"""Names with two classes, and why."""
STANDARD = {
    "agent/cli/commands/shelve.py": "the command is called so",
    "agent/cli/commands/time.py": "the command is called so",
    "config/safety/site.py": "as config/site.py",
    "config/site.py": "a building with its plant: the field has no other word",
}
"""Files with the name of a module of Python, and why."""


def sources() -> list[Path]:
    return [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]


def test_no_file_is_called_like_a_module_of_python() -> None:
    own = {path.relative_to(ROOT).as_posix() for path in sources() if not path.stem.startswith("__")}
    assert {name for name in own if Path(name).stem in sys.stdlib_module_names} == set(STANDARD)


def test_every_public_class_has_a_name_of_its_own() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sources():
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name for name, places in found.items() if len(places) > 1} == set(SHARED)
