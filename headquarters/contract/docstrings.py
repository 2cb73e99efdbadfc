"""What the source says about the fields of a dataclass: the string literal below each of them."""

import ast
import inspect
import textwrap


def field_texts(shape: type) -> dict[str, str]:
    """Field -> the text below it, without markup; fields without one are absent."""
    (described,) = ast.parse(textwrap.dedent(inspect.getsource(shape))).body
    assert isinstance(described, ast.ClassDef)  # noqa: S101 - a class has the source of a class
    texts: dict[str, str] = {}
    name = ""
    for line in described.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            name = line.target.id
        elif name and isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            texts[name] = inspect.cleandoc(str(line.value.value)).replace("``", "").replace("\n", " ")
            name = ""
    return texts
