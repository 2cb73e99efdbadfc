"""Changes functions of the running interpreter: the code of each, and of what is nested in it, is exchanged.

Nothing is imported anew, so a process that has imported and collected everything can be forked for each change.
"""

import gc
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

from tests.mutants.python import Change


class NotLive(Exception):
    """The change cannot be made without importing the file anew."""


def put(change: Change, root: Path) -> None:
    """Make ``change`` in this process. Raises NotLive when no function took it."""
    file = str(root / change.path)
    new = _codes(compile(change.source(root), file, "exec"))
    exchanged = [_exchange(function, code) for function, code in _paired(file, new)]
    if not any(exchanged):
        raise NotLive(change.name)


def _paired(file: str, new: dict[str, list[CodeType]]) -> Iterator[tuple[FunctionType, CodeType]]:
    old = _codes(compile(Path(file).read_text(encoding="utf-8"), file, "exec"))
    gc.unfreeze()  # what is collected was frozen, and would not be found
    for function in [one for one in gc.get_objects() if isinstance(one, FunctionType)]:
        code = function.__code__
        if code.co_filename == file and code in (known := old.get(code.co_qualname, [])):
            changed = new.get(code.co_qualname, [])
            if len(changed) == len(known):
                yield function, changed[known.index(code)]


def _exchange(function: FunctionType, code: CodeType) -> bool:
    before = function.__code__
    if (before.co_code, before.co_consts, before.co_names) == (code.co_code, code.co_consts, code.co_names):
        return False
    if before.co_freevars != code.co_freevars:
        raise NotLive(f"{code.co_qualname} closes over other names")
    function.__code__ = code
    return True


def _codes(module: CodeType) -> dict[str, list[CodeType]]:
    """The codes of each qualified name, in the order of the file: lambdas of one function share theirs."""
    found: dict[str, list[CodeType]] = defaultdict(list)
    stack = [module]
    while stack:
        code = stack.pop(0)
        found[code.co_qualname].append(code)
        stack += [one for one in code.co_consts if isinstance(one, CodeType)]
    return found
