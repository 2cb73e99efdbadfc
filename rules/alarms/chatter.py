"""Alarms that come and go too fast to mean anything: shelved by themselves, summed up, and mended by an order."""

from dataclasses import replace

from drivers.points import Instant
from rules.alarms.alarm import Alarm, Shelf, Transition, TransitionResult
from rules.model import OrderClass, OrderTemplate, Rule, pick

RAISES, WITHIN = 3, 60.0
"""So many raises in so many seconds are chatter (a rule of thumb of alarm management, see ISA-18.2 and its reports)."""
SHELVED_FOR = 1800.0
"""Seconds a chattering alarm stays on the shelf."""
BY = "engine"

_TITLE = {"zh": "{}（告警抖动）", "en": "{} (alarm chatters)"}
_ACTION = {"zh": "检查信号、接线、限值与延时", "en": "Check the signal, the wiring, the limit and the delays"}


def noted(alarm: Alarm, at: Instant) -> Alarm:
    """The alarm, just raised, with that counted."""
    shelf = alarm.shelf
    if shelf is not None and shelf.repeats is not None:
        return replace(alarm, shelf=replace(shelf, repeats=shelf.repeats + 1))
    return replace(alarm, raises=(*alarm.raises, at)[-RAISES:])


def chatters(alarm: Alarm, at: Instant) -> bool:
    """Whether it was raised too often in the last moments."""
    return len(alarm.raises) == RAISES and at.since(alarm.raises[0]) <= WITHIN


def calmed(alarm: Alarm, at: Instant) -> TransitionResult:
    """The alarm on the shelf if it chatters; one a person shelved stays there as long as the person said."""
    if not chatters(alarm, at):
        return alarm, Transition.NONE
    shelf = alarm.shelf or Shelf(BY, "", at, SHELVED_FOR)
    return replace(alarm, raises=(), shelf=replace(shelf, repeats=0)), Transition.CHATTERING


def silent(alarm: Alarm) -> bool:
    """Whether its raises and clears are only counted now."""
    return alarm.shelf is not None and alarm.shelf.repeats is not None


def mending(rule: Rule) -> Rule:
    """What the order to mend a chattering alarm of ``rule`` says; a cause of its own beside that of the alarm."""
    title = {lang: pick(_TITLE, lang).format(text) for lang, text in rule.title.items()}
    order = OrderTemplate(OrderClass.MINOR, rule.work_order.skill if rule.work_order is not None else "")
    return replace(rule, id=f"{rule.id}/chatter", title=title, action=_ACTION, work_order=order)
