"""A serial port before it is opened: whether it is there and whether we may have it."""

import grp
import os
import pwd
from collections.abc import Iterable
from pathlib import Path

from agent.doctor.finding import Check, ill, well

BY_ID = Path("/dev/serial/by-id")
"""Names that stay with an adapter wherever it is plugged in (udev, 60-serial.rules)."""


def check_port(path: Path, by_id: Path = BY_ID) -> Check:
    """Whether the user of this process may open ``path``."""
    if not path.exists():
        return ill("port-missing", port=path, found=", ".join(_ports(by_id)) or "-")
    if not os.access(path, os.R_OK | os.W_OK):
        return ill("port-forbidden", port=path, group=_group(path), user=_user())
    persistent = _persistent_name(path, by_id)
    if persistent and persistent != path:
        return well("port-name", port=path, persistent=persistent)
    return well("port", port=path)


def _ports(by_id: Path) -> Iterable[str]:
    return sorted(str(path) for path in by_id.glob("*")) if by_id.is_dir() else []


def _persistent_name(path: Path, by_id: Path) -> Path | None:
    if not by_id.is_dir():
        return None
    return next((name for name in sorted(by_id.iterdir()) if name.resolve() == path.resolve()), None)


def _group(path: Path) -> str:
    number = path.stat().st_gid
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
