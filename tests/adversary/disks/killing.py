"""A process that is killed at one of its file operations: forked here, so that it stands exactly where we stand."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

OPERATIONS = ("open", "os.rename", "os.remove", "sqlite3.connect")
"""What a process does to names, by the audit events of Python (docs.python.org, "Audit events table")."""


def killed_at(operation: int, directory: Path, work: Callable[[], object]) -> bool:
    """Do ``work`` in a process that SIGKILL ends before file operation number ``operation`` in ``directory``.

    Returns False when it came to its end before that. What was written stays written, nothing is closed or cleaned up.
    """
    process = os.fork()
    if process == 0:
        _die_at(operation, str(directory))
        try:
            work()
        finally:
            os._exit(0 if sys.exc_info()[0] is None else 1)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "it failed by itself"
    return False


def _die_at(operation: int, directory: str) -> None:
    left = operation

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in OPERATIONS and directory in str(arguments[0]):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)
