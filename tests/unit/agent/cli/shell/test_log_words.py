"""The log in words: a sentence first, in both languages, for everything that is ever logged."""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from agent.cli import parse
from agent.cli.commands import run
from agent.cli.shell.console import Console
from agent.cli.shell.log_words import LogWords
from config.catalogue import LANGUAGES, Catalogue
from runtime.clock import ManualClock
from runtime.errors import UsageError
from runtime.logs import configure

ROOT = Path(__file__).parents[5]
ROOMS = ("agent", "config", "drivers", "rules", "runtime")
LOGGED = re.compile(r'\blog\.(?:info|warning|error|exception)\(\s*"([^"]+)"')
SOURCES = [path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py")]
CODES = sorted({code for source in SOURCES for code in LOGGED.findall(source)})


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def speak(stream: io.StringIO, lang: str) -> None:
    configure(stream, ManualClock(), LogWords(Catalogue.load(lang)))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_everything_that_is_logged_has_a_sentence(code: str, lang: str, stream: io.StringIO) -> None:
    speak(stream, lang)
    structlog.get_logger("agent.x").error(code)
    (line,) = stream.getvalue().splitlines()
    assert line.endswith(f"[{code}]")
    assert line.count(code) == 1


def test_there_is_something_to_say() -> None:
    assert len(CODES) > 40


@pytest.mark.parametrize(("lang", "said"), [("en", "Warning: Link bus is down: "), ("zh", "警告：链路 bus 中断：")])
def test_a_problem_is_a_sentence_with_its_cause_in_words(lang: str, said: str, stream: io.StringIO) -> None:
    speak(stream, lang)
    structlog.get_logger("agent.x").warning("link.down", link="bus", error="modbus.silent", seconds=1)
    (line,) = stream.getvalue().splitlines()
    assert said + Catalogue.load(lang).outline("modbus.silent", {"seconds": "1"}) in line


def test_a_mistake_in_the_program_begins_with_a_sentence_too(stream: io.StringIO) -> None:
    speak(stream, "en")
    try:
        raise ZeroDivisionError("x")
    except ZeroDivisionError:
        structlog.get_logger("agent.x").exception("api.failed", verb="status")
    first, *more = stream.getvalue().splitlines()
    assert "could not be answered" in first
    assert more[0] == "Traceback (most recent call last):"


def test_what_libraries_say_and_what_is_hostile_stays_one_line(stream: io.StringIO) -> None:
    speak(stream, "en")
    logging.getLogger("pymodbus").warning("odd {frame} %s", "\x1b[31m\nx")
    (line,) = stream.getvalue().splitlines()
    assert "\x1b" not in line
    assert "odd {frame}" in line


def test_dropped_repetitions_are_counted(stream: io.StringIO) -> None:
    words = LogWords(Catalogue.load("en"))
    event = {"event": "link.up", "link": "a", "level": "info", "timestamp": "2026-11-28T10:00:00Z", "repeated": 4}
    assert "4 more" in words(event)


def test_a_wrong_format_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLANTGATE_LOG", "xml")
    texts = Catalogue.load("en")
    with pytest.raises(UsageError, match=r"run\.log-format"):
        run.run(parse(["run", str(tmp_path)], texts), Console(texts))
