"""Any order of commits, images, restorations, kills and bad links: what the present journal committed arrives once."""

import random
from pathlib import Path

import pytest

from runtime.clock import ManualClock
from runtime.mqtt.message import Message
from tests.adversary.delivery.sites import Site, in_effect, settle
from tests.soak import parts

STEPS = 14


class Timeline:
    """What happens, drawn from a seed."""

    def __init__(self, site: Site, clock: ManualClock, seed: int) -> None:
        self._site = site
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._images: list[int] = []
        self._count = 0

    async def step(self) -> None:
        await self._random.choice(
            [self._commit, self._commit, self._connect, self._connect, self._snap, self._restore]
        )()

    async def _commit(self) -> None:
        several = range(self._count, self._count + self._random.choice([1, 2, 5, 130]))
        self._count = several.stop
        await self._site.card.commit(*(f"event {number}" for number in several))

    async def _connect(self) -> None:
        loss = self._random.choice([0.0, 0.1, 0.5])
        self._site.broker.swallow = lambda _: self._random.random() < loss
        consumers = self._site.card.consumers
        some = self._random.sample(consumers, self._random.randint(0, len(consumers)))
        async with self._site.connected(*some):
            for _ in range(self._random.randint(1, 3)):
                await settle(self._clock, self._random.choice([0.5, 2.0, 7.0]))
                await self._commit()
        if self._random.random() < 0.5:
            await self._site.card.kill()

    async def _snap(self) -> None:
        self._images.append(await self._site.card.snap())

    async def _restore(self) -> None:
        if self._images:
            await self._site.card.put_back(self._random.choice(self._images))


def perfect(_: Message) -> bool:
    return False


@pytest.mark.soak
@pytest.mark.timeout(600)  # simulated time, but real threads
@pytest.mark.parametrize(("part", "runs"), parts(4, 400, 10))
async def test_every_event_of_the_present_journal_counts_once(tmp_path: Path, part: int, runs: int) -> None:
    for seed in range(part * runs, (part + 1) * runs):
        directory = tmp_path / str(seed)
        directory.mkdir()
        clock = ManualClock()
        site = Site(directory, clock, ("hq", "archive")[: 1 + seed % 2])
        await site.open()
        timeline = Timeline(site, clock, seed)
        for _ in range(STEPS):
            await timeline.step()
        site.broker.swallow = perfect
        await site.card.commit("the end")
        async with site.connected(*site.card.consumers):
            await site.delivered(*site.card.consumers, good=False)
        for consumer in site.card.consumers:
            counted = in_effect(site.store(consumer))
            wrong = {name: counted[name] for name in site.card.committed if counted[name] != 1}
            assert not wrong, f"seed {seed}"
        await site.close()
