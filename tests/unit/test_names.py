"""One word, one meaning: no two public classes of the sources share a name."""

import ast
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


def test_every_public_class_has_a_name_of_its_own() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in (path for name in PACKAGES for path in (ROOT / name).rglob("*.py")):
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name for name, places in found.items() if len(places) > 1} == set(SHARED)
