"""One daemon per state directory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import AgentError

LOCK = "agent.lock"


@contextmanager
def locked(state_directory: Path) -> Iterator[None]:
    """Make and hold ``state_directory``; raises AgentError when another process holds it or it cannot be written.

    The system lets go of the lock when the process ends, however it ends.
    """
    try:
        state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (state_directory / LOCK).open("w", encoding="ascii")
    except OSError as error:
        raise AgentError("agent.state-unusable", directory=str(state_directory), reason=error.strerror) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AgentError("agent.already-running", directory=str(state_directory)) from error
        yield
