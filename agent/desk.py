"""What may be asked of the running daemon, verb by verb; page and command line use the same ones."""

from typing import Any

from agent.health import Health
from agent.image import Image
from agent.local import Handler
from agent.ticker import Ticker
from drivers.points import Reading
from rules.engine import active
from rules.facts import AlarmFact, OrderFact
from rules.inputs import Acknowledge, CloseOrder, OrderStatus
from rules.plain import to_plain
from rules.state import State

_WORST_FIRST = ("critical", "high", "medium", "low")


class Desk:
    """Answers from the engine's state and puts what people say to the engine."""

    def __init__(self, ticker: Ticker[State], image: Image, health: Health) -> None:
        """Look at what these hold; nothing is kept here."""
        self._ticker = ticker
        self._image = image
        self._health = health

    def verbs(self) -> dict[str, Handler]:
        """Every verb of the local socket."""
        return {
            "status": self.status,
            "alarms": self.alarms,
            "orders": self.orders,
            "points": self.points,
            "acknowledge": self.acknowledge,
            "close-order": self.close_order,
        }

    async def status(self) -> dict[str, Any]:
        """How everything is."""
        return await self._health.status(len(self._alarms()), len(self._orders()))

    async def alarms(self) -> list[Any]:
        """Every alarm that waits for the plant or for a person, worst first; each as the body of its last event."""
        found = sorted(self._alarms(), key=lambda alarm: (_WORST_FIRST.index(alarm.severity), alarm.at.wall))
        return [to_plain(alarm) for alarm in found]

    async def orders(self) -> list[Any]:
        """Every work order that is not closed, oldest first; each as the body of its last event."""
        return [to_plain(order) for order in sorted(self._orders(), key=lambda order: order.raised.wall)]

    async def points(self) -> list[dict[str, object]]:
        """Every point with its latest value."""
        return [_plain(reading) for reading in self._image.readings()]

    async def acknowledge(self, alarm: str, by: str) -> Any:  # noqa: ANN401 - JSON
        """Note that a person has seen ``alarm``; returns its last fact. Raises what the engine says, StoreError."""
        await self._ticker.submit(Acknowledge(alarm, by))
        record = self._ticker.state.alarms.get(alarm)
        return to_plain(record.fact) if record else None

    async def close_order(self, order: str, by: str, note: str = "") -> dict[str, str]:
        """Accept the finished work of ``order``. Raises what the engine says, StoreError."""
        await self._ticker.submit(CloseOrder(order, by, note))
        return {"order": order, "status": OrderStatus.CLOSED.value, "by": by}

    def _alarms(self) -> list[AlarmFact]:
        return active(self._ticker.state)

    def _orders(self) -> list[OrderFact]:
        return [order.fact for order in self._ticker.state.orders.values() if not order.closed]


def _plain(reading: Reading) -> dict[str, object]:
    return {
        "point": reading.point,
        "value": reading.value,
        "quality": reading.quality.name.lower(),
        "reason": reading.reason.value,
        "sampled_at": reading.sampled_at.wall,
    }
