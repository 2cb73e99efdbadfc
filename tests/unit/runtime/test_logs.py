import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.clock import ManualClock
from runtime.logs import KEPT, RateLimit, configure


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stream(clock: ManualClock) -> Iterator[io.StringIO]:
    """A log that is not a terminal; what was configured before comes back afterwards."""
    root = logging.getLogger()
    handlers, level, target = root.handlers[:], root.level, io.StringIO()
    configure(target, clock)
    yield target
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_lines_are_json_with_code_and_values(stream: io.StringIO) -> None:
    structlog.get_logger("agent.x").info("link.up", link="总线")
    (line,) = lines(stream)
    assert (line["event"], line["link"], line["level"]) == ("link.up", "总线", "info")
    assert line["timestamp"].endswith("Z")


def test_libraries_speak_through_the_same_door_from_warning_up(stream: io.StringIO) -> None:
    logging.getLogger("pymodbus").info("chatter")
    logging.getLogger("pymodbus").warning("odd frame %s", 3)
    (line,) = lines(stream)
    assert line["event"] == "odd frame 3"


async def test_repeated_warnings_are_written_once_a_minute_with_their_count(
    stream: io.StringIO, clock: ManualClock
) -> None:
    log = structlog.get_logger("agent.x")
    for _ in range(5):
        log.warning("device.offline", device="a")
    log.warning("device.offline", device="b")
    await clock.advance(61)
    log.warning("device.offline", device="a")
    assert [(line["device"], line.get("repeated")) for line in lines(stream)] == [("a", None), ("b", None), ("a", 4)]


def test_errors_and_infos_are_never_dropped(stream: io.StringIO) -> None:
    log = structlog.get_logger("agent.x")
    for _ in range(3):
        log.info("link.up", link="bus")
        log.error("store.degraded")
    assert len(lines(stream)) == 6


def test_the_memory_of_warnings_is_bounded() -> None:
    limit = RateLimit(lambda: 0.0)
    for number in range(3 * KEPT):
        limit(None, "warning", {"event": "device.offline", "device": number})
    assert len(limit._seen) <= KEPT
