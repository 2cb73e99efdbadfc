"""Where the daemon's state lies, for the daemon and for those who ask it; and who is asking."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.api.local.client import emergency_path
from runtime.lock import locked, locked_by_name

DEFAULT_STATE = Path("plantgate-state")
"""Where the daemon keeps its journal and socket when neither systemd nor ``--state`` says otherwise."""


def state_directory(asked: Path | None, site: Path | None = None) -> Path:
    """``--state``, else systemd's $STATE_DIRECTORY, else the packaged place if it exists, else beside the site."""
    if asked is not None:
        return asked
    if os.environ.get("STATE_DIRECTORY"):
        return Path(os.environ["STATE_DIRECTORY"])
    packaged = Path("/var/lib/plantgate")
    # Its directory is closed to all but the gateway: whether it is there can be seen all the same.
    if site is None and os.path.lexists(packaged):
        return packaged
    return (site or Path()) / DEFAULT_STATE


def box_state(asked: Path | None, site: Path) -> Path:
    """As ``state_directory`` for what is done to a whole box: a state that is there goes before one that is not."""
    beside, packaged = site / DEFAULT_STATE, Path("/var/lib/plantgate")
    if asked is None and not os.environ.get("STATE_DIRECTORY") and not beside.exists() and os.path.lexists(packaged):
        return packaged
    return state_directory(asked, site)


@contextmanager
def held_alone(state: Path) -> Iterator[None]:
    """Hold a state directory and its name, as a gateway does. Raises AgentError while one runs."""
    with locked(state), locked_by_name(state, emergency_path(state).parent):
        yield


def person(named: str) -> str:
    """The name to record: as given, else the login name, else the user number."""
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container without a passwd entry has no login name.
        return f"uid-{os.getuid()}"
