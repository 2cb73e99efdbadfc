"""What ``plantgate status`` says about the way to headquarters: a sentence with its particulars, in both languages."""

import io
from typing import Any

import pytest

from agent.cli.commands.status import _Report
from agent.cli.shell.console import Console
from config.catalogue import LANGUAGES, Catalogue

NOW = 1_800_000_000.0
STORE = {"durable": True, "degraded": False, "tight": False}
QUEUE = {"head": 9, "unsent": 2, "unsettled": 4, "proven": True, "queue_used": 12.34, "days_left": 61.4}
UPLINK = {
    "broker": "mqtts://hq:8883", "connected": False, "error": "", "arguments": {}, "refused": 0, "telemetry_lost": 0,
    "certificate_until": None,
}  # fmt: skip


def said(lang: str = "en", **changes: Any) -> str:
    out = io.StringIO()
    report = _Report(Console(Catalogue.load(lang), out=out))
    report._journal({"queue": QUEUE, "store": STORE, "clock": {"wall": NOW}, "uplink": UPLINK | changes})
    return out.getvalue()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("code", "arguments", "particular"),
    [
        ("uplink.dns", {"host": "hq.example", "port": "8883", "reason": "no answer"}, "hq.example"),
        (
            "uplink.clock-wrong",
            {"host": "h", "port": "1", "clock": "1970-01-01 00:00 UTC", "reason": "r"},
            "1970-01-01",
        ),
        ("uplink.no-answer", {"host": "hq.example", "port": "8883"}, "hq.example:8883"),
        ("uplink.timeout", {"topic": "plantgate/v1/a/b/c/event"}, "plantgate/v1/a/b/c/event"),
        ("secret.missing", {"reference": "env:MQTT_PW"}, "env:MQTT_PW"),
    ],
)
def test_the_diagnosis_is_a_sentence_with_its_particulars(
    lang: str, code: str, arguments: dict[str, str], particular: str
) -> None:
    assert particular in said(lang, error=code, arguments=arguments)


def test_the_queue_says_how_long_it_lasts() -> None:
    assert "12.3 % in use, room for 61 days" in said()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"certificate_until": NOW + 86_400 * 20.4}, "valid for 20 more days"),
        ({"refused": 3, "telemetry_lost": 7}, "3 messages from the broker refused, 7 of telemetry dropped"),
    ],
)
def test_what_is_worth_knowing_is_said_only_then(changes: dict[str, Any], words: str) -> None:
    assert words in said(**changes)
    assert words not in said()
