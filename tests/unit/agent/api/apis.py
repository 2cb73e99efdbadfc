"""The real table of verbs with only some of them answered, for those who speak to it."""

from typing import Any

from agent.api import VERBS
from agent.api.api import Api, Handlers, Identify
from rules.people import Person, unlisted
from runtime.clock import ManualClock
from runtime.complaints import Tell


async def _never(who: Person, asked: Any) -> None:
    raise NotImplementedError(type(asked).__name__)


def api(handlers: Handlers, identify: Identify = unlisted, tell: Tell = lambda *_, **__: None) -> Api:
    """Answers ``handlers``; every other verb fails as by a bug."""
    everything = dict.fromkeys((verb.request for verb in VERBS), _never)
    return Api([everything, handlers], identify, tell, ManualClock())
