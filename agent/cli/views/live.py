"""Headquarters' live view: every event and every coming and going of a gateway, one line each."""

import json

from agent.cli.shell.console import Console
from agent.cli.views.lines import clock_time, event_line
from headquarters.contract.protocol import Birth, EventMessage, Gone, State, as_json
from headquarters.receiver import Announcement, ArrivalVerdict, GatewayMessage, Received
from runtime.clock import Clock
from runtime.complaints import Complaints


class LiveView:
    """Shows what a receiver hears. Contradictions are always said, events and gateways only when they are followed."""

    def __init__(self, console: Console, *, follow: bool, clock: Clock) -> None:
        """``follow`` shows everything, as lines or, when the console speaks JSON, events as objects."""
        self.stored = 0
        """New events so far."""
        self._console = console
        self._follow = follow
        self._malformed = Complaints("listen.malformed", console.say, clock)
        self._unanswered = Complaints("listen.unanswered", console.say, clock)
        self._online: dict[str, bool] = {}

    def received(self, received: Received) -> None:
        """An event arrived. A repeated delivery is no news."""
        event = received.event
        if event is None:
            self._malformed.note(topic=received.topic, reason=received.reason)
        elif received.verdict is ArrivalVerdict.CONFLICT:
            self._console.say("listen.conflict", gateway=event.gateway, epoch=event.epoch, seq=event.seq)
        elif received.verdict is ArrivalVerdict.NEW:
            self.stored += 1
            if self._console.as_json:
                self._console.emit(as_json(event))
            elif self._follow:
                self._console.line(self._line(event))

    def refused(self, topic: str, reason: str) -> None:
        """The broker declined what we answer a gateway: it will not learn that we have its events."""
        self._unanswered.note(topic=topic, reason=reason)

    def announced(self, announcement: GatewayMessage[Announcement]) -> None:
        """A gateway said something about itself."""
        if not self._follow or self._console.as_json:
            return
        match announcement.message:
            case Birth() as birth:
                self._born(announcement.gateway, birth)
            case State(online=False) as state if self._online.get(announcement.gateway):
                self._say(state.at, "listen.offline", gateway=announcement.gateway)
                self._online[announcement.gateway] = False
            case Gone() as gone:
                count = sum(one.last - one.first + 1 for one in gone.ranges)
                self._console.say("listen.gone", gateway=announcement.gateway, epoch=gone.epoch, count=count)

    def _line(self, event: EventMessage) -> str:
        try:
            return event_line(as_json(event), self._console)
        except Exception:
            # A newer gateway, or a forger, says what we have no words for: nothing it says may end the view.
            key, body = f"{event.gateway}#{event.seq}", json.dumps(event.body, ensure_ascii=False)
            return self._console.texts.text("listen.unreadable", event=key, kind=event.kind, body=body[:200])

    def _born(self, gateway: str, birth: Birth) -> None:
        backlog = birth.backlog_last - birth.backlog_first + 1 if birth.backlog_first else 0
        self._say(birth.at, "listen.online", gateway=gateway, version=birth.version, backlog=backlog)
        self._online[gateway] = True

    def _say(self, wall: float, code: str, **arguments: object) -> None:
        self._console.line(f"{clock_time(wall)}  {self._console.texts.text(code, **arguments)}")
