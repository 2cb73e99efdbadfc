"""Whether the logins and groups a site names exist on this machine."""

import grp
import pwd
from collections.abc import Iterator

from drivers.points import Finding
from rules.people import People


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
