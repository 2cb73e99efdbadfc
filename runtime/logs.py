"""Where log lines go: standard error, for people at a terminal, as JSON for the journal of the system, or in words."""

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from runtime.clock import Clock
from runtime.text import visible

REPEATED_EVERY = 60.0
"""Seconds in which the same warning about the same thing is written once; the others are counted."""
KEPT = 1000
"""Different warnings remembered; beyond that the memory starts anew."""
Words = Callable[[EventDict], str]
"""One event as a line people read."""
SUBJECTS = ("link", "device", "what", "error")
"""Keys that tell two warnings of one event apart."""


class RateLimit:
    """Drops repeated warnings and tells with the next one how many were dropped."""

    def __init__(self, now: Callable[[], float]) -> None:
        """``now`` gives monotonic seconds."""
        self._now = now
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Pass the first of its kind; raises DropEvent for its repetitions within a minute."""
        if method != "warning":
            return event
        key = (event.get("event"), *(event.get(subject) for subject in SUBJECTS))
        written, dropped = self._seen.get(key, (float("-inf"), 0))
        now = self._now()
        if now - written < REPEATED_EVERY:
            self._seen[key] = (written, dropped + 1)
            raise structlog.DropEvent
        self._remember(key, now)
        return {**event, "repeated": dropped} if dropped else event

    def _remember(self, key: tuple[object, ...], now: float) -> None:
        if len(self._seen) >= KEPT:
            self._seen.clear()
        self._seen[key] = (now, 0)


def configure(stream: TextIO | None = None, clock: Clock | None = None, words: Words | None = None) -> None:
    """Send structlog and the standard library's logging to ``stream`` (standard error), in ``words`` if there are."""
    target = stream or sys.stderr
    limit = RateLimit(_monotonic(clock or Clock()))
    shared: list[Processor] = [
        _readable,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[limit, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    renderers = _renderers(target, words)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=renderers))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries tell every retry at INFO; what matters of it we say ourselves.
    root.setLevel(logging.WARNING)
    for package in ("agent", "config", "drivers", "rules", "emulators"):
        logging.getLogger(package).setLevel(logging.INFO)


def _readable(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Texts of devices and messages without the controls a terminal would obey."""
    return {key: visible(value) if isinstance(value, str) else value for key, value in event.items()}


def _worded(words: Words, logger: WrappedLogger, method: str, event: EventDict) -> str:
    """The sentence first; what is for whoever mends the program comes below it."""
    trace = event.pop("exception", "")
    return f"{words(event)}\n{trace}" if trace else words(event)


def _monotonic(clock: Clock) -> Callable[[], float]:
    return lambda: clock.real_now().mono


def _renderers(target: TextIO, words: Words | None) -> list[Processor]:
    strip: Processor = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if words is not None:
        return [strip, structlog.processors.format_exc_info, partial(_worded, words)]
    if target.isatty():
        return [strip, structlog.dev.ConsoleRenderer()]
    return [strip, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
