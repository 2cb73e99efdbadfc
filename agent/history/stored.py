"""Looking back while the gateway does not run: at the files it left, which are only read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from agent.history.page import HistoryQuestion, Page, page
from agent.history.words import SiteCalendar
from agent.journal import JOURNAL
from agent.journal.stored import StoredJournal
from rules.alarms.order import Order
from rules.engine.state import AlarmRecord
from rules.engine.step import standing
from rules.errors import PlainError
from rules.plain import from_plain, to_plain

T = TypeVar("T")
UNKNOWN_ZONE = "UTC"
"""What times are told in where the journal does not say the time zone of its site."""


class StoredHistory:
    """What a gateway left in its state directory. Its methods raise AgentError, StoreError."""

    def __init__(self, state_directory: Path) -> None:
        """Nothing is read yet."""
        self._journal = StoredJournal(state_directory / JOURNAL)

    async def page(self, asked: HistoryQuestion, now: float) -> Page:
        """As ``agent.history.page``; ``now`` is the present in Unix seconds."""
        return await page(self._journal, asked, SiteCalendar(now, await self._journal.zone() or UNKNOWN_ZONE))

    async def alarms(self) -> list[dict[str, Any]]:
        """Every alarm that stands, as the body of its last event."""
        records = _known(AlarmRecord, await self._journal.states("alarm"))
        return [to_plain(fact) for fact in standing(records)]

    async def orders(self) -> list[dict[str, Any]]:
        """Every order that is not closed, as the body of its last event."""
        orders = _known(Order, await self._journal.states("order"))
        return [to_plain(order.fact) for order in orders if not order.closed]


def _known(kind: type[T], rows: list[Any]) -> Iterator[T]:
    for row in rows:
        try:
            yield from_plain(kind, row)
        except PlainError:
            continue  # a row that cannot be read counts for nothing at the next start either
