"""Who may do what: the people of a site, and who somebody is who asks for something."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.points import Place, PlantgateError
from rules.suggest import nearest


class PeopleError(PlantgateError):
    """The person who asks is not known, or may not do that."""


class Access(StrEnum):
    """What a person may do; each includes the ones before it."""

    VIEW = "view"
    """Look, and hold all commands: to forbid is never the mistake."""
    OPERATE = "operate"
    """Handle alarms, orders and tests, and lock equipment out."""
    ENGINEER = "engineer"
    """Give commands by hand, reload, take alarms out of service."""
    SUPERVISOR = "supervisor"
    """Everything, and what two people must agree upon."""

    def covers(self, needed: "Access") -> bool:
        """Whether who has this may do what needs ``needed``."""
        return _ORDER.index(self) >= _ORDER.index(needed)


_ORDER = tuple(Access)

INPUT = "input"
"""Who it was when the digital input of a site acts in place of a person."""


def lower(one: Access, other: Access) -> Access:
    """The one that allows less."""
    return other if one.covers(other) else one


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, as it is decided on and recorded."""

    name: str
    access: Access
    account: str = ""
    """The login that asked; several people may share one."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The login at the other end, as the operating system tells it."""

    account: str
    """Name of the account, or ``uid-1000`` when it has none."""
    groups: frozenset[str] = frozenset()
    owner: bool = False
    """Root or the account of the gateway itself: who could change its files and memory anyway."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person on the list of a site."""

    name: str
    access: Access
    accounts: tuple[str, ...] = ()
    """Logins this person uses; ``@group`` stands for everybody in a group."""
    phone: str = ""
    skills: tuple[str, ...] = ()

    def uses(self, peer: Peer) -> bool:
        """Whether ``peer`` is a login of this person."""
        accounts = {name for name in self.accounts if not name.startswith("@")}
        groups = {name[1:] for name in self.accounts if name.startswith("@")}
        return peer.account in accounts or not groups.isdisjoint(peer.groups)


@dataclass(frozen=True, slots=True)
class People:
    """The one list of people of a site."""

    members: tuple[Member, ...]
    socket_group: str = "plantgate"
    """The group whose accounts may open the socket."""
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    """Where each account, and each group as ``@group``, is written."""

    def person(self, peer: Peer, by: str) -> Person:
        """Who asks when ``peer`` says that ``by`` does ("": the login itself). Raises PeopleError.

        People share logins, so anybody on the list may be named; the access is the lower of both.
        """
        owned = [member for member in self.members if member.uses(peer)]
        if not owned and not peer.owner:
            raise PeopleError("people.unknown-account", account=peer.account)
        granted = Access.SUPERVISOR if peer.owner else max((one.access for one in owned), key=_ORDER.index)
        named = next((member for member in self.members if member.name == by), None)
        if named is not None:
            return Person(named.name, lower(granted, named.access), peer.account)
        if by not in ("", peer.account):
            known = [member.name for member in self.members]
            raise PeopleError("people.unknown-person", name=by, known=nearest(by, known) or ", ".join(known))
        if len(owned) == 1:
            (own,) = owned
            return Person(own.name, lower(granted, own.access), peer.account)
        if by and owned:
            names = ", ".join(member.name for member in owned)
            raise PeopleError("people.shared-account", account=peer.account, names=names)
        return Person(peer.account, granted, peer.account)


def unlisted(peer: Peer, by: str) -> Person:
    """Who asks on a site without a list of people. Raises PeopleError for anybody but the owner of the gateway."""
    if not peer.owner:
        raise PeopleError("people.unknown-account", account=peer.account)
    return Person(by or peer.account, Access.SUPERVISOR, peer.account)
