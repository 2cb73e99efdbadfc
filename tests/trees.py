"""Sources as trees, each read once in a process of tests."""

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def tree(path: Path) -> ast.Module:
    """The tree of a file of ours.

    Nothing is collected meanwhile: when CPython 3.11 runs a finalizer while it makes a tree, it may raise SystemError
    ("AST constructor recursion depth mismatch").
    """
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.enable()
