"""What has come from the broker and waits to be handled: bounded by bytes, confirmed only once it was handled."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from runtime.mqtt.message import Message

ALLOWED = 8 * 1024 * 1024
"""Bytes that may wait; what comes beyond is dropped and counted, events among it are asked for again."""
BESIDE = 512
"""Bytes a waiting message takes beside its payload."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the broker is told once a message was handled."""

    mid: int
    qos: int


class Inbox:
    """Messages in the order they came."""

    def __init__(self) -> None:
        """Empty."""
        self.arrived = asyncio.Event()
        """Set while something waits, and when nothing will come any more."""
        self.dropped = 0
        """Messages that came faster than they were handled."""
        self._waiting: deque[tuple[Message, Receipt]] = deque()
        self._bytes = 0
        self._handled: list[Receipt] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: "Message", receipt: Receipt) -> bool:
        """Keep a message; False when there is no room and it is dropped."""
        size = len(message.payload) + BESIDE
        if self._bytes + size > ALLOWED:
            self.dropped += 1
            log.warning("uplink.inbox-full", dropped=self.dropped)
            return False
        self._waiting.append((message, receipt))
        self._bytes += size
        self.arrived.set()
        return True

    def take(self, limit: int) -> "list[Message]":
        """The first messages, at most ``limit``; they count as handled when ``handled`` is asked."""
        taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
        self._bytes -= sum(len(message.payload) + BESIDE for message, _ in taken)
        self._handled += [receipt for _, receipt in taken]
        if not self._waiting:
            self.arrived.clear()
        return [message for message, _ in taken]

    def handled(self) -> list[Receipt]:
        """The receipts of what was taken, each told once."""
        told, self._handled = self._handled, []
        return told
