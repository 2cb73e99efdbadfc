"""Asks consumers what they hold of an epoch in doubt, until each has said it; see ``agent.journal.doubt``."""

import asyncio
from dataclasses import replace

import structlog

from agent.journal import Doubt, Journal
from headquarters.contract import protocol
from headquarters.contract.protocol import MAX_POINTS, Claim, Held, Point, Topics
from runtime.clock import Clock
from runtime.mqtt.client import Connection, publish
from runtime.supervisor import Backoff

log = structlog.get_logger()

ASK_FIRST, ASK_LONGEST = 5.0, 60.0
"""Seconds between questions that bring no answer."""
FOR_EVER = 3600.0
"""Seconds between looks while nothing is in doubt: what begins a doubt ends the connection, and the next one looks."""


class Claims:
    """Narrows down, by halves and more, the last event that a consumer and this journal share."""

    def __init__(self, journal: Journal, consumers: tuple[str, ...], topics: Topics, clock: Clock) -> None:
        """What was learned so far is forgotten with this object, and asked for again."""
        self._journal = journal
        self._consumers = consumers
        self._topics = topics
        self._clock = clock
        self._ranges: dict[tuple[str, str], tuple[int, int]] = {}
        """(Epoch, consumer) -> the highest event it is known to hold, and the lowest it is known not to."""
        self._answered = asyncio.Event()
        self._backoff = Backoff(ASK_FIRST, ASK_LONGEST)

    def heard(self, held: Held) -> None:
        """A consumer answered."""
        key = held.epoch, held.consumer
        if key in self._ranges:
            low, high = self._ranges[key]
            self._ranges[key] = max(low, held.agreed), min(high, held.lacking or high)
            self._backoff.reset()
            self._answered.set()

    async def run(self, connection: Connection) -> None:
        """Ask over this connection as long as there is a doubt. Raises UplinkError and StoreError."""
        while True:
            self._answered.clear()
            asked = await self._ask(connection)
            pause = self._backoff.next() if asked else FOR_EVER
            await self._clock.real_wait(self._answered, pause)

    async def _ask(self, connection: Connection) -> bool:
        """Ask about each epoch once; whether there was anything to ask."""
        questions: dict[str, dict[int, Point]] = {}
        doubts = await self._journal.doubts(self._consumers)
        for doubt in doubts:
            low, high = self._ranges.setdefault((doubt.epoch, doubt.consumer), (doubt.low, doubt.head + 1))
            if points := await self._journal.points(doubt.epoch, low, high, MAX_POINTS // len(self._consumers) or 1):
                questions.setdefault(doubt.epoch, {}).update({point.seq: point for point in points})
            else:
                await self._agree(replace(doubt, low=low))
        for epoch, asked in questions.items():
            claim = Claim(self._topics.gateway, epoch, [asked[seq] for seq in sorted(asked)][:MAX_POINTS])
            await publish(connection, self._topics.named("claim"), protocol.encode(claim))
        return bool(questions)

    async def _agree(self, agreed: Doubt) -> None:
        log.warning("uplink.agreed", consumer=agreed.consumer, epoch=agreed.epoch, seq=agreed.low)
        del self._ranges[agreed.epoch, agreed.consumer]
        await self._journal.agree(agreed)
