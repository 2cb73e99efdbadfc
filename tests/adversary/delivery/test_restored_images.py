"""A card put back to an older image: what was committed since is told, whatever its keys mean at headquarters."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from runtime.clock import ManualClock
from tests.adversary.delivery.sites import Site, abandoned, copy_card, in_effect, settle, told_again
from tests.unit.delivery_fakes import drive

BEFORE, LOST, SINCE = 4, 5, 3
"""Events in the image, after it on the old card, and on the card that was put back."""


def names(label: str, count: int) -> list[str]:
    return [f"{label} {number}" for number in range(count)]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def site_with_image(tmp_path: Path, clock: ManualClock, *consumers: str) -> tuple[Site, int]:
    """Headquarters has everything of the old card, an image of which lies ready."""
    site = Site(tmp_path, clock, consumers or ("hq",))
    await site.open()
    async with site.connected(*site.card.consumers):
        await site.card.commit(*names("before", BEFORE))
        await site.delivered(*site.card.consumers)
        image = await site.card.snap()
        await site.card.commit(*names("lost", LOST))
        await site.delivered(*site.card.consumers)
    return site, image


@pytest.mark.parametrize("since", [0, 1, LOST - 1, LOST, LOST + 1, 250])
async def test_committed_before_the_first_connect(tmp_path: Path, clock: ManualClock, since: int) -> None:
    site, image = await site_with_image(tmp_path, clock)
    await site.card.put_back(image)
    await site.card.commit(*names("since", since))
    async with site.connected("hq"):
        await site.delivered("hq")
    counted = in_effect(site.store("hq"))
    assert counted.keys() == {*names("before", BEFORE), *names("lost", LOST), *names("since", since)}
    assert set(counted.values()) == {1}
    assert [(low, high) for low, high in told_again(site.store("hq"))] == (
        [(BEFORE + 1, BEFORE + since)] if since else []
    )
    await site.close()


@pytest.mark.parametrize("since", [1, LOST, LOST + 3])
async def test_told_before_anybody_notices(tmp_path: Path, clock: ManualClock, since: int) -> None:
    """The acknowledgements are held up, so all of it is told under keys that mean something else."""
    site, image = await site_with_image(tmp_path, clock)
    await site.card.put_back(image)
    site.broker.swallow = lambda message: "/ack/" in message.topic
    async with site.connected("hq"):
        await site.card.commit(*names("since", since))
        await settle(clock, 5.0)
        site.broker.swallow = lambda _: False
        await site.card.commit("late")
        await site.delivered("hq")
    counted = in_effect(site.store("hq"))
    assert counted.keys() >= {*site.card.committed, *names("lost", LOST)}
    assert set(counted.values()) == {1}
    await site.close()


@pytest.mark.parametrize("first", ["hq", "archive"])
async def test_one_of_two_consumers_comes_later(tmp_path: Path, clock: ManualClock, first: str) -> None:
    second = {"hq": "archive", "archive": "hq"}[first]
    site, image = await site_with_image(tmp_path, clock, "hq", "archive")
    await site.card.put_back(image)
    async with site.connected(first):
        await site.card.commit(*names("since", SINCE))
        await site.delivered(first)
    async with site.connected(first, second):
        await site.delivered(first, second)
    for consumer in (first, second):
        counted = in_effect(site.store(consumer))
        assert counted.keys() >= {*site.card.committed, *names("lost", LOST)}
        assert set(counted.values()) == {1}
    await site.close()


async def test_a_consumer_that_holds_less_gets_more_told_again(tmp_path: Path, clock: ManualClock) -> None:
    """The archive got what was told after the restoration, headquarters what was told before."""
    site = Site(tmp_path, clock, ("hq", "archive"))
    await site.open()
    async with site.connected("hq", "archive"):
        await site.card.commit(*names("before", BEFORE))
        await site.delivered("hq", "archive")
        image = await site.card.snap()
    async with site.connected("hq"):
        await site.card.commit(*names("lost", LOST))
        await site.delivered("hq")
    await site.card.put_back(image)
    async with site.connected("archive"):
        await site.card.commit(*names("since", SINCE))
        await site.delivered("archive")
    async with site.connected("hq", "archive"):
        await site.delivered("hq", "archive")
    for consumer in ("hq", "archive"):
        assert set(in_effect(site.store(consumer)).values()) == {1}
    await site.close()


async def test_nothing_is_told_until_a_consumer_answers(tmp_path: Path, clock: ManualClock) -> None:
    site, image = await site_with_image(tmp_path, clock)
    await site.card.put_back(image)
    await site.card.commit(*names("since", SINCE))
    old = site.card.journal.epoch.id
    site.broker.swallow = lambda message: "/held/" in message.topic
    async with site.connected("hq"):
        await drive(clock, lambda: site.card.journal.epoch.id != old)
        await settle(clock, 3.0)
        told = len(site.broker.published)
        await settle(clock, 300.0)
        assert not [
            one for one in site.broker.published[told:] if old.encode() in one.payload and b'"since' in one.payload
        ]
        asked = [one for one in site.broker.published if one.topic.endswith("/claim")]
        assert 4 <= len(asked) <= 12, "asked again, ever more seldom"
        site.broker.swallow = lambda _: False
        await site.delivered("hq")
    await site.close()


@pytest.mark.parametrize("times", [2, 3])
async def test_put_back_again_and_again(tmp_path: Path, clock: ManualClock, times: int) -> None:
    site, image = await site_with_image(tmp_path, clock)
    for turn in range(times):
        await site.card.put_back(image)
        async with site.connected("hq"):
            await site.card.commit(*names(f"turn {turn}", SINCE + turn))
            await site.delivered("hq")
    counted = in_effect(site.store("hq"))
    for turn in range(times):
        assert counted.keys() >= {*names(f"turn {turn}", SINCE + turn)}
    assert set(counted.values()) == {1}
    await site.close()


@pytest.mark.parametrize("after", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0])
async def test_killed_on_the_way(tmp_path: Path, clock: ManualClock, after: float) -> None:
    site, image = await site_with_image(tmp_path, clock)
    await site.card.put_back(image)
    await site.card.commit(*names("since", 450))
    async with site.connected("hq"):
        await settle(clock, after)
    for _ in range(3):
        await site.card.kill()
        async with site.connected("hq"):
            await settle(clock, after / 2)
    await site.card.kill()
    async with site.connected("hq"):
        await site.delivered("hq")
    assert set(in_effect(site.store("hq")).values()) == {1}
    await site.close()


async def test_the_other_branch_of_a_fork_is_told_again(tmp_path: Path, clock: ManualClock) -> None:
    """Headquarters misses one event of the old card, so its acknowledgement stays behind and contradicts nothing."""
    site = Site(tmp_path, clock)
    await site.open()
    async with site.connected("hq"):
        await site.card.commit(*names("before", BEFORE))
        await site.delivered("hq")
        image = await site.card.snap()
        site.broker.swallow = lambda message: b'"lost 0"' in message.payload
        await site.card.commit(*names("lost", LOST))
        await settle(clock, 2.0)
    site.broker.swallow = lambda _: False
    await site.card.put_back(image)
    async with site.connected("hq"):
        await site.card.commit(*names("since", SINCE))
        await site.delivered("hq")
    assert set(in_effect(site.store("hq")).values()) == {1}
    await site.close()


def covered(first: int, last: int, ranges: list[tuple[int, int]]) -> bool:
    """Whether every seq from ``first`` to ``last`` is in one of these ranges."""
    return {*range(first, last + 1)} <= {seq for low, high in ranges for seq in range(low, high + 1)}


async def put_back(site: Site, image: int) -> None:
    await site.card.put_back(image)


async def seen_by_nobody(site: Site, image: int) -> None:
    """What the broker keeps says by then what the older copy says."""
    await site.card.put_back(image)
    async with site.connected():
        await settle(site.clock, 5.0)


async def seen_by_another(site: Site, image: int) -> None:
    """By then the epoch in which it was announced has ended."""
    await site.card.put_back(image)
    async with site.connected("archive"):
        await site.card.commit(*names("meanwhile", SINCE))
        await site.delivered("archive")


async def put_back_twice(site: Site, image: int) -> None:
    await seen_by_nobody(site, image)
    site.broker.swallow = lambda message: b'"never told' in message.payload
    async with site.connected("hq"):
        await site.card.commit(*names("never told twice", 2 * LOST))
        await settle(site.clock, 5.0)
    site.broker.swallow = lambda _: False
    await seen_by_nobody(site, image)


async def consumer_set_back_too(site: Site, image: int) -> None:
    copy_card(site.store("hq"), site.card.directory / "hq-before.sqlite")
    await seen_by_nobody(site, image)
    async with site.connected("hq"):
        await settle(site.clock, 5.0)
    await site.set_back("hq", site.card.directory / "hq-before.sqlite")


async def another_card(site: Site, _: int) -> None:
    await site.card.renew()
    async with site.connected():
        await settle(site.clock, 5.0)


@pytest.mark.parametrize("since", [0, 2, 250])
@pytest.mark.parametrize(
    "happens", [put_back, seen_by_nobody, seen_by_another, put_back_twice, consumer_set_back_too, another_card]
)
async def test_what_was_announced_and_never_told_is_gone(
    tmp_path: Path, clock: ManualClock, happens: Callable[[Site, int], Awaitable[None]], since: int
) -> None:
    """Headquarters asks for it whoever is left to answer, and its audit shows the range."""
    site, image = await site_with_image(tmp_path, clock, "hq", "archive")
    site.broker.swallow = lambda message: b'"never told' in message.payload
    async with site.connected("hq", "archive"):
        await site.card.commit(*names("never told", 10))
        await settle(clock, 5.0)
    site.broker.swallow = lambda _: False
    await happens(site, image)
    async with site.connected("hq", "archive"):
        await site.card.commit(*names("since", since))
        await site.delivered("hq", "archive")
    for consumer in ("hq", "archive"):
        shown = abandoned(site.store(consumer)) + told_again(site.store(consumer))
        assert covered(BEFORE + LOST + 1, BEFORE + LOST + 10, shown)
        assert set(in_effect(site.store(consumer)).values()) == {1}
    await site.close()
