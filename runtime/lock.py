"""One daemon per state directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import AgentError


@contextmanager
def locked(state_directory: Path) -> Iterator[None]:
    """Make and hold ``state_directory``; raises AgentError when another process holds it or it cannot be made.

    The directory itself is locked, so it may be read-only. The system lets go when the process ends, however it ends.
    """
    try:
        state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(state_directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise AgentError("agent.state-unusable", directory=str(state_directory), reason=error.strerror) from error
    try:
        _take(descriptor, state_directory)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, state_directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AgentError("agent.already-running", directory=str(state_directory)) from error
