"""Who somebody is who asks: the login, the name given, and the lower of both."""

import pytest

from rules.people import Access, Member, Peer, People, PeopleError, Person, lower, unlisted

LI = Member("Li", Access.OPERATE, ("duty", "li"))
WANG = Member("Wang", Access.ENGINEER, ("duty",))
ZHAO = Member("Zhao", Access.SUPERVISOR, ("zhao",))
CHEN = Member("Chen", Access.VIEW, ("@guards",))
PEOPLE = People((LI, WANG, ZHAO, CHEN))
ROOT = Peer("root", owner=True)
DUTY = Peer("duty")


@pytest.mark.parametrize(
    ("peer", "by", "name", "access"),
    [
        (Peer("li"), "", "Li", Access.OPERATE),
        (Peer("li"), "li", "Li", Access.OPERATE),
        (Peer("li"), "Li", "Li", Access.OPERATE),
        (Peer("li"), "Zhao", "Zhao", Access.OPERATE),
        (DUTY, "Wang", "Wang", Access.ENGINEER),
        (DUTY, "Li", "Li", Access.OPERATE),
        (DUTY, "Zhao", "Zhao", Access.ENGINEER),
        (DUTY, "", "duty", Access.ENGINEER),
        (Peer("zhao"), "Chen", "Chen", Access.VIEW),
        (Peer("somebody", frozenset({"guards"})), "", "Chen", Access.VIEW),
        (ROOT, "Li", "Li", Access.OPERATE),
        (ROOT, "root", "root", Access.SUPERVISOR),
        (ROOT, "", "root", Access.SUPERVISOR),
    ],
)
def test_access_is_the_lower_of_login_and_name(peer: Peer, by: str, name: str, access: Access) -> None:
    assert PEOPLE.person(peer, by) == Person(name, access, peer.account)


@pytest.mark.parametrize(
    ("peer", "by", "code"),
    [
        (Peer("mallory"), "", "people.unknown-account"),
        (Peer("mallory"), "Zhao", "people.unknown-account"),
        (Peer("@guards"), "", "people.unknown-account"),
        (DUTY, "Lo", "people.unknown-person"),
        (DUTY, "duty", "people.shared-account"),
        (ROOT, "Lo", "people.unknown-person"),
    ],
)
def test_who_is_not_known_is_refused(peer: Peer, by: str, code: str) -> None:
    with pytest.raises(PeopleError) as caught:
        PEOPLE.person(peer, by)
    assert caught.value.code == code


def test_without_a_list_only_the_owner_may() -> None:
    assert unlisted(ROOT, "Li") == Person("Li", Access.SUPERVISOR, "root")
    with pytest.raises(PeopleError, match=r"people\.unknown-account"):
        unlisted(Peer("li"), "Li")


def test_each_access_includes_the_ones_before() -> None:
    ladder = list(Access)
    for low, one in enumerate(ladder):
        assert [one.covers(other) for other in ladder] == [high <= low for high in range(len(ladder))]
        assert lower(one, Access.SUPERVISOR) is lower(Access.SUPERVISOR, one) is one
