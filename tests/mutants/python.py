"""Small changes to Python sources that a test should notice: one comparison, one ``and``, one number, one statement."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Act = Callable[[], None]
"""Changes the tree it belongs to."""
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one file, the ``index``-th that there is."""

    path: Path
    index: int
    name: str
    """``rules/timer.py:12 Lt -> LtE in due``"""

    def source(self, root: Path) -> str:
        """The file with it."""
        tree = ast.parse((root / self.path).read_text(encoding="utf-8"))
        list(_acts(tree))[self.index][1]()
        return ast.unparse(ast.fix_missing_locations(tree))


def changes(root: Path, folder: str) -> list[Change]:
    """Every change to the sources below ``folder``, in the order of the files."""
    return [
        Change(path.relative_to(root), index, f"{path.relative_to(root).as_posix()}:{name}")
        for path in sorted((root / folder).rglob("*.py"))
        for index, (name, _) in enumerate(_acts(ast.parse(path.read_text(encoding="utf-8"))))
    ]


def changed(text: str) -> list[tuple[str, str]]:
    """Each change to a source: its name, and the source with it."""
    found = []
    for index, (name, _) in enumerate(_acts(ast.parse(text))):
        tree = ast.parse(text)
        list(_acts(tree))[index][1]()
        found.append((name, ast.unparse(ast.fix_missing_locations(tree))))
    return found


def _acts(tree: ast.AST) -> Iterator[tuple[str, Act]]:
    for owner in ast.walk(tree):
        if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((f"{owner.lineno} {what} in {owner.name}", act) for what, act in _gone(owner))
            for statement in owner.body:
                yield from ((f"{line} {what} in {owner.name}", act) for line, what, act in _below(statement))


def _below(node: ast.AST) -> Iterator[tuple[int, str, Act]]:
    """Those of ``node`` and what is in it, but not in a function of its own."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    line = getattr(node, "lineno", 0)
    yield from ((line, what, act) for what, act in _of(node))
    for child in ast.iter_child_nodes(node):
        if child is not getattr(node, "annotation", None):
            yield from _below(child)


def _of(node: ast.AST) -> Iterator[tuple[str, Act]]:
    match node:
        case ast.Compare(ops=signs):
            for place, sign in enumerate(signs):
                other = COMPARED[type(sign)]
                yield f"{type(sign).__name__} -> {other.__name__}", _put(signs, place, other())
        case ast.BoolOp(op=word):
            other_word = ast.Or if isinstance(word, ast.And) else ast.And
            yield f"{type(word).__name__} -> {other_word.__name__}", _set(node, "op", other_word())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not gone", _set(node, "operand", ast.UnaryOp(ast.Not(), operand))
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            yield f"{value} -> {value + 1}", _set(node, "value", value + 1)
            yield f"{value} -> {value - 1}", _set(node, "value", value - 1)
        case ast.Return(value=ast.expr() as told) if not (isinstance(told, ast.Constant) and told.value is None):
            yield "return None", _set(node, "value", ast.Constant(None))
    yield from _gone(node)


def _gone(node: ast.AST) -> Iterator[tuple[str, Act]]:
    """Each statement in a body of ``node`` that does something by itself, left out."""
    for field in ("body", "orelse", "finalbody"):
        statements = getattr(node, field, None)
        if isinstance(statements, list):
            for place, one in enumerate(statements):
                if _does(one):
                    yield f"gone: {ast.unparse(one)[:50]}", _put(statements, place, ast.Pass())


def _does(statement: ast.AST) -> bool:
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Assign | ast.AugAssign | ast.Continue | ast.Break)


def _put(listed: "list[ast.cmpop] | list[ast.stmt]", place: int, new: ast.AST) -> Act:
    def act() -> None:
        listed[place] = new  # type: ignore[assignment, call-overload]

    return act


def _set(node: ast.AST, field: str, new: object) -> Act:
    return lambda: setattr(node, field, new)
