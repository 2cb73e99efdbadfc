"""The logins and groups of this machine: which of them a site names are there, and which stands behind a socket."""

import errno
import grp
import os
import pwd
import socket
import struct
from collections.abc import Iterator

from drivers.points import Finding
from rules.people import Peer, People

SO_PEERGROUPS = 59
"""Supplementary groups of the peer (asm-generic/socket.h, Linux 4.13); Python has no name for it."""
_CREDENTIALS = struct.Struct("3i")
"""pid, uid, gid: ``struct ucred`` of unix(7)."""
_MOST = 1024
"""Bytes Python lets the kernel tell at most: 256 groups."""


def peer_of(connection: socket.socket) -> Peer:
    """The login at the other end of a connected Unix socket; raises OSError when the kernel does not tell."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, gid = _CREDENTIALS.unpack(raw)
    account = account_name(uid)
    groups = frozenset(_group_name(number) for number in (gid, *_groups(connection, account, gid)))
    return Peer(account, groups, owner=uid in (0, os.getuid()))


def _groups(connection: socket.socket, account: str, gid: int) -> tuple[int, ...]:
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, _MOST)
    except OSError as error:
        if error.errno != errno.ERANGE:
            raise
        return tuple(os.getgrouplist(account, gid))
    return struct.unpack(f"{len(raw) // 4}I", raw)


def account_name(uid: int) -> str:
    """The name of an account; a container may have none for it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return f"gid-{gid}"


def unknown_accounts(people: People | None) -> Iterator[Finding]:
    """Each login and group of the list that this machine does not have, with its place."""
    for name, place in people.places.items() if people else ():
        if not (_has_group(name[1:]) if name.startswith("@") else _has_account(name)):
            yield Finding("people.no-group" if name.startswith("@") else "people.no-account", place, {"name": name})


def group_number(name: str) -> int | None:
    """The number of a group; None when there is none of that name."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _has_group(name: str) -> bool:
    return group_number(name) is not None


def _has_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
