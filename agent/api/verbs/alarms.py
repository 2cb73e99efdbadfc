"""What may be asked of the running daemon, verb by verb; page and command line use the same ones."""

from collections.abc import Callable
from typing import Any

from agent.api import requests
from agent.api.api import Handlers
from agent.api.verbs import clock, debts, lockouts
from agent.api.verbs.service import services
from agent.api.verbs.status import StatusApi
from agent.loop.image import Image
from agent.loop.ticker import Ticker
from drivers.points import Reading
from rules.engine.explain import explain, unknown_now
from rules.engine.rulebook import Rulebook
from rules.engine.state import EngineState
from rules.engine.step import standing
from rules.facts import AlarmFact, OrderFact
from rules.inputs import Acknowledge, AlarmAct, CloseOrder, OrderStatus, OutOfService, Reset, Shelve, Unshelve
from rules.people import Person
from rules.plain import to_plain
from runtime.errors import AgentError

_WORST_FIRST = ("critical", "high", "medium", "low")


class AlarmApi:
    """Answers from the engine's state and puts what people say to the engine."""

    def __init__(
        self, ticker: Ticker[EngineState], image: Image, health: StatusApi, rulebook: Callable[[], Rulebook]
    ) -> None:
        """Look at what these hold; nothing is kept here. ``rulebook`` gives the one that rules now."""
        self._rulebook = rulebook
        self._ticker = ticker
        self._image = image
        self._health = health

    def handlers(self) -> Handlers:
        """What answers which request."""
        return {
            requests.Status: self.status,
            requests.Alarms: self.alarms,
            requests.Orders: self.orders,
            requests.Points: self.points,
            requests.Explain: self.why,
            requests.AcknowledgeAlarm: self.acknowledge,
            requests.ShelveAlarm: self.shelve,
            requests.UnshelveAlarm: self.unshelve,
            requests.ResetAlarm: self.reset,
            requests.TakeOutOfService: self.out_of_service,
            requests.AcceptOrder: self.close_order,
        }

    async def status(self, who: Person, asked: requests.Status) -> dict[str, Any]:
        """How everything is."""
        told = await self._health.status(len(self._alarms()), len(self._orders()))
        state = self._ticker.state
        rulebook = self._rulebook()
        more = {"waiting": clock.waiting(rulebook, told["clock"]), "debts": debts.listed(state)}
        more["services"] = services(state, rulebook)
        return told | more | lockouts.standing(state, rulebook)

    async def alarms(self, who: Person, asked: requests.Alarms) -> list[Any]:
        """Every alarm that waits for the plant or a person or is kept from calling; those that call come first.

        Worst first; each is the body of its last event, and ``unknown``: whether what it reads is lost at this moment.
        """
        found = sorted(self._alarms(), key=_urgency)
        rulebook, state = self._rulebook(), self._ticker.state
        return [to_plain(alarm) | {"unknown": unknown_now(rulebook, state, alarm.alarm)} for alarm in found]

    async def why(self, who: Person, asked: requests.Explain) -> Any:  # noqa: ANN401 - JSON
        """Everything about one alarm; raises AgentError when there is none of that name."""
        told = explain(self._rulebook(), self._ticker.state, asked.alarm)
        if told is None:
            raise AgentError("engine.unknown-alarm", alarm=asked.alarm)
        return to_plain(told)

    async def orders(self, who: Person, asked: requests.Orders) -> list[Any]:
        """Every work order that is not closed, oldest first; each as the body of its last event."""
        return [to_plain(order) for order in sorted(self._orders(), key=lambda order: order.raised.wall)]

    async def points(self, who: Person, asked: requests.Points) -> list[dict[str, object]]:
        """Every point with its latest value."""
        return [_plain(reading) for reading in self._image.readings()]

    async def acknowledge(self, who: Person, asked: requests.AcknowledgeAlarm) -> Any:  # noqa: ANN401 - JSON
        """Note that a person has seen an alarm; returns its last fact. Raises what the engine says, StoreError."""
        return await self._act(Acknowledge(asked.alarm, who.name))

    async def shelve(self, who: Person, asked: requests.ShelveAlarm) -> Any:  # noqa: ANN401 - JSON
        """Put an alarm out of sight for so many seconds; as ``acknowledge``."""
        return await self._act(Shelve(asked.alarm, who.name, asked.reason, asked.seconds))

    async def unshelve(self, who: Person, asked: requests.UnshelveAlarm) -> Any:  # noqa: ANN401 - JSON
        """Take an alarm back from the shelf; as ``acknowledge``."""
        return await self._act(Unshelve(asked.alarm, who.name))

    async def reset(self, who: Person, asked: requests.ResetAlarm) -> Any:  # noqa: ANN401 - JSON
        """Note that what latched an alarm is over; as ``acknowledge``."""
        return await self._act(Reset(asked.alarm, who.name))

    async def out_of_service(self, who: Person, asked: requests.TakeOutOfService) -> Any:  # noqa: ANN401 - JSON
        """Take an alarm out of service, or put it back; as ``acknowledge``."""
        return await self._act(OutOfService(asked.alarm, who.name, asked.reason, asked.release))

    async def close_order(self, who: Person, asked: requests.AcceptOrder) -> dict[str, str]:
        """Accept the finished work of an order. Raises what the engine says, StoreError."""
        await self._ticker.submit(CloseOrder(asked.order, who.name, asked.note))
        return {"order": asked.order, "status": OrderStatus.CLOSED.value, "by": who.name}

    async def _act(self, request: AlarmAct) -> Any:  # noqa: ANN401 - JSON
        await self._ticker.submit(request)
        record = self._ticker.state.alarms.get(request.alarm)
        return to_plain(record.fact) if record else None

    def _alarms(self) -> list[AlarmFact]:
        return standing(self._ticker.state.alarms.values())

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
