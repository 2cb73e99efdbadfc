"""What may be asked of the running daemon, verb by verb; page and command line use the same ones."""

from collections.abc import Callable
from typing import Any

from agent.errors import AgentError
from agent.health import Health
from agent.image import Image
from agent.local import Handler
from agent.ticker import Ticker
from drivers.points import Reading
from rules.alarms.explain import explain, unknown_now
from rules.engine import standing
from rules.facts import AlarmFact, OrderFact
from rules.inputs import (
    Acknowledge,
    AlarmAct,
    CloseOrder,
    OrderStatus,
    OutOfService,
    Reset,
    Shelve,
    Unshelve,
)
from rules.plain import to_plain
from rules.rulebook import Rulebook
from rules.state import State

_WORST_FIRST = ("critical", "high", "medium", "low")


class Desk:
    """Answers from the engine's state and puts what people say to the engine."""

    def __init__(self, ticker: Ticker[State], image: Image, health: Health, rulebook: Callable[[], Rulebook]) -> None:
        """Look at what these hold; nothing is kept here. ``rulebook`` gives the one that rules now."""
        self._rulebook = rulebook
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
            "why": self.why,
            "acknowledge": self.acknowledge,
            "shelve": self.shelve,
            "unshelve": self.unshelve,
            "reset": self.reset,
            "out-of-service": self.out_of_service,
            "close-order": self.close_order,
        }

    async def status(self) -> dict[str, Any]:
        """How everything is."""
        return await self._health.status(len(self._alarms()), len(self._orders()))

    async def alarms(self) -> list[Any]:
        """Every alarm that waits for the plant or a person or is kept from calling; those that call come first.

        Worst first; each is the body of its last event, and ``unknown``: whether what it reads is lost at this moment.
        """
        found = sorted(self._alarms(), key=_urgency)
        rulebook, state = self._rulebook(), self._ticker.state
        return [to_plain(alarm) | {"unknown": unknown_now(rulebook, state, alarm.alarm)} for alarm in found]

    async def why(self, alarm: str) -> Any:  # noqa: ANN401 - JSON
        """Everything about one alarm; raises AgentError when there is none of that name."""
        told = explain(self._rulebook(), self._ticker.state, alarm)
        if told is None:
            raise AgentError("engine.unknown-alarm", alarm=alarm)
        return to_plain(told)

    async def orders(self) -> list[Any]:
        """Every work order that is not closed, oldest first; each as the body of its last event."""
        return [to_plain(order) for order in sorted(self._orders(), key=lambda order: order.raised.wall)]

    async def points(self) -> list[dict[str, object]]:
        """Every point with its latest value."""
        return [_plain(reading) for reading in self._image.readings()]

    async def acknowledge(self, alarm: str, by: str) -> Any:  # noqa: ANN401 - JSON
        """Note that a person has seen ``alarm``; returns its last fact. Raises what the engine says, StoreError."""
        return await self._act(Acknowledge(alarm, by))

    async def shelve(self, alarm: str, by: str, reason: str, seconds: str) -> Any:  # noqa: ANN401 - JSON
        """Put ``alarm`` out of sight for so many seconds; as ``acknowledge``."""
        try:
            limit = float(seconds)
        except ValueError as error:
            raise AgentError("usage.not-positive", option="seconds", value=seconds) from error
        return await self._act(Shelve(alarm, by, reason, limit))

    async def unshelve(self, alarm: str, by: str) -> Any:  # noqa: ANN401 - JSON
        """Take ``alarm`` back from the shelf; as ``acknowledge``."""
        return await self._act(Unshelve(alarm, by))

    async def reset(self, alarm: str, by: str) -> Any:  # noqa: ANN401 - JSON
        """Note that what latched ``alarm`` is over; as ``acknowledge``."""
        return await self._act(Reset(alarm, by))

    async def out_of_service(self, alarm: str, by: str, reason: str = "", release: str = "") -> Any:  # noqa: ANN401
        """Take ``alarm`` out of service, or put it back when ``release`` is not empty; as ``acknowledge``."""
        return await self._act(OutOfService(alarm, by, reason, bool(release)))

    async def close_order(self, order: str, by: str, note: str = "") -> dict[str, str]:
        """Accept the finished work of ``order``. Raises what the engine says, StoreError."""
        await self._ticker.submit(CloseOrder(order, by, note))
        return {"order": order, "status": OrderStatus.CLOSED.value, "by": by}

    async def _act(self, request: AlarmAct) -> Any:  # noqa: ANN401 - JSON
        await self._ticker.submit(request)
        record = self._ticker.state.alarms.get(request.alarm)
        return to_plain(record.fact) if record else None

    def _alarms(self) -> list[AlarmFact]:
        return standing(self._ticker.state)

    def _orders(self) -> list[OrderFact]:
        return [order.fact for order in self._ticker.state.orders.values() if not order.closed]


def _urgency(alarm: AlarmFact) -> tuple[bool, int, float]:
    return bool(alarm.suppression), _WORST_FIRST.index(alarm.severity), alarm.at.wall


def _plain(reading: Reading) -> dict[str, object]:
    return {
        "point": reading.point,
        "value": reading.value,
        "quality": reading.quality.name.lower(),
        "reason": reading.reason.value,
        "sampled_at": reading.sampled_at.wall,
    }
