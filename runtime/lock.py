"""One daemon per state directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runtime.disk_file import identity
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


@contextmanager
def locked_by_name(state_directory: Path, place: Path) -> Iterator[None]:
    """Hold ``place``, a directory elsewhere that stands for the name of ``state_directory``; raises AgentError.

    Who deletes a state directory deletes its lock: one made anew under that name is another one. So the name is held as
    well. Without a ``place`` that is ours alone (no file system in memory, somebody else has taken the name) it is not.
    """
    descriptor = _held(state_directory, place)
    try:
        yield
    finally:
        if descriptor is not None:
            with suppress(OSError):  # something lies in it
                place.rmdir()
            os.close(descriptor)


def _held(state_directory: Path, place: Path) -> int | None:
    while (descriptor := _private(place)) is not None:
        try:
            _take(descriptor, state_directory)
        except BaseException:
            os.close(descriptor)
            raise
        held = os.fstat(descriptor)
        if identity(place) == (held.st_dev, held.st_ino):
            return descriptor
        os.close(descriptor)  # who held it before has removed it meanwhile
    return None


def _private(place: Path) -> int | None:
    try:
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return _private(place) if place.parent.is_dir() else None  # it was just removed
    except OSError:
        return None
    found = os.fstat(descriptor)
    if found.st_uid == os.getuid() and not found.st_mode & 0o077:
        return descriptor
    os.close(descriptor)
    return None


def _take(descriptor: int, state_directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AgentError("agent.already-running", directory=str(state_directory)) from error
