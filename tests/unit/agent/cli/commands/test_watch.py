"""``plantgate watch`` and ``plantgate status --links``, asking a whole agent; and what a terminal is sent."""

import asyncio
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from agent.api.local.client import ask
from agent.cli import parse
from agent.cli.commands import status, watch
from agent.cli.shell.console import Console
from agent.cli.views.link_table import link_rows, link_table
from agent.cli.views.table import table_lines
from config.catalogue import Catalogue, cells
from config.plant import Plant
from emulators.plantroom import serve
from runtime.errors import AgentError, UsageError
from tests.unit.agent.cli.looking import looked
from tests.unit.agent.site import all_bad, all_good, empty, plant, running, state, until

__all__ = ["plant", "state"]


class Terminal(StringIO):
    """Says that it can be drawn over."""

    def isatty(self) -> bool:
        return True


def unit(**changes: Any) -> dict[str, Any]:
    told = {
        "address": "7",
        "online": True,
        "breaker": "closed",
        "requests": 200,
        "good": 199,
        "timeouts": 1,
        "garbled": 0,
        "exceptions": 0,
        "late_polls": 2,
        "latency_p50_ms": 12.5,
        "latency_p99_ms": 80.0,
        "load": 0.123,
        "last_error": None,
    }
    return told | changes


def links(**changes: Any) -> dict[str, Any]:
    return {"bus": {**unit(requests=400), "devices": {"pump": unit(**changes)}}}


async def told(command: Any, *arguments: str, lang: str = "en", out: StringIO | None = None) -> tuple[int, str]:
    """Exit code and lines of one command."""
    out, texts = out or StringIO(), Catalogue.load(lang)
    options = parse([command.__name__.rpartition(".")[2], *arguments], texts)
    code = await asyncio.to_thread(command.run, options, Console(texts, out=out))
    return code, out.getvalue()


# --- the table of links


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_columns_line_up_in_both_languages(lang: str) -> None:
    error = {"code": "modbus.silent", "arguments": {"seconds": "1.0"}}
    lines = link_table(links(last_error=error), Console(Catalogue.load(lang), out=StringIO()))
    places = [cells(line[: line.index(word)]) for line, word in ((lines[0], _last(lang)), (lines[2], error_text(lang)))]
    assert places[0] == places[1]
    assert "99.5 %" in lines[2]
    assert "12.3 %" in lines[2]


def _last(lang: str) -> str:
    return Catalogue.load(lang).text("links.error")


def error_text(lang: str) -> str:
    return Catalogue.load(lang).text("modbus.silent", seconds="1.0")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"online": False, "breaker": "open"}, ["DOWN", "open"]),
        ({"online": None, "requests": 0, "good": 0}, ["not known yet"]),
        ({"last_error": {"code": "modbus.exception", "arguments": {"number": "2"}}}, ["exception 2"]),
    ],
)
def test_the_state_of_a_unit_in_words(changes: dict[str, Any], words: list[str]) -> None:
    line = link_table(links(**changes), Console(Catalogue.load("en"), out=StringIO()))[2]
    assert all(word in line for word in words)


def test_a_wire_without_turns_has_no_load() -> None:
    told = links()
    told["bus"]["load"] = None
    line = link_table(told, Console(Catalogue.load("en"), out=StringIO()))[1]
    assert line.split() == ["bus", "up", "400", "49.8", "%", "1", "0", "0", "2", "12.5", "ms", "80", "ms"]


def test_rows_for_programs_carry_the_error_and_its_sentence() -> None:
    error = {"code": "modbus.silent", "arguments": {"seconds": "1.0"}}
    link, device = link_rows(links(last_error=error), Console(Catalogue.load("en"), out=StringIO()))
    assert (link["link"], link["device"], device["device"]) == ("bus", None, "pump")
    assert (device["last_error"], device["error"]) == (error, "no answer within 1.0 s")


def test_numbers_end_at_one_edge() -> None:
    console = Console(Catalogue.load("en"), out=StringIO())
    lines = table_lines(["名称", "n", ""], [["a", "1", "x"], ["水泵一", "100", ""]], console, right=1)
    assert lines == ["名称      n", "a         1  x", "水泵一  100"]


# --- asking the gateway


async def test_the_links_of_a_running_gateway(plant: Plant, state: Path) -> None:
    async with running(plant, state):
        async with serve(plant):
            await until(lambda: all_good(state))
            code, rows = await looked(status, "--links", "--state", str(state))
            assert (code, [row["device"] for row in rows], rows[1]["good"] > 0) == (0, [None, "booster"], True)
        await until(lambda: all_bad(state))
        code, shown = await told(status, "--links", "--state", str(state))
    assert code == 1
    assert "DOWN" in shown
    assert "cannot connect" in shown


async def test_points_are_followed_and_only_changes_are_printed(plant: Plant, state: Path) -> None:
    async with serve(plant) as room, running(plant, state):
        await until(lambda: all_good(state))
        empty(room)
        await until(lambda: _level(state, 20.0))
        code, lines = await looked(
            watch, "tank-1", "booster.flow", "--count", "3", "--interval", "20 ms", "--state", str(state)
        )
    shown = [line["point"] for line in lines]
    assert code == 0
    assert {"booster.level", "booster.flow"} <= set(shown)
    assert shown.count("booster.flow") == 1


async def _level(state: Path, value: float) -> bool:
    (point,) = await ask(state, "watch", names="booster.level")
    return bool(point["value"] == value)


async def test_a_terminal_gets_one_picture_that_is_drawn_over(plant: Plant, state: Path) -> None:
    screen = Terminal()
    async with serve(plant), running(plant, state):
        await until(lambda: all_good(state))
        arguments = ["booster", "--duration", "100 ms", "--interval", "50 ms", "--state", str(state)]
        await told(watch, *arguments, lang="zh", out=screen)
    pictures = screen.getvalue().split("\x1b[H")
    assert len(pictures) == 1 + 3
    assert all("booster.level" in picture and "良好" in picture for picture in pictures[1:])
    assert screen.getvalue().endswith("\x1b[?7h")


async def test_links_are_followed_as_a_whole(plant: Plant, state: Path) -> None:
    async with running(plant, state):
        _, rows = await looked(watch, "--links", "--count", "2", "--interval", "10 ms", "--state", str(state))
    assert [row["device"] for row in rows] == [None, "booster"] * 2


def test_a_picture_higher_than_the_terminal_says_so() -> None:
    screen = Terminal()
    Console(Catalogue.load("en"), out=screen).picture([f"line {n}" for n in range(50)], height=10)
    assert "line 7" in screen.getvalue()
    assert "line 8" not in screen.getvalue()
    assert "42 more lines" in screen.getvalue()


@pytest.mark.parametrize(
    ("arguments", "error", "code"),
    [
        (["--links", "tank-1"], UsageError, "watch.links-or-names"),
        (["--count", "0"], UsageError, "usage.not-positive"),
        (["--interval", "0 s"], UsageError, "usage.not-positive"),
        (["--duration", "soon"], UsageError, "value.quantity"),
        (["--state", "nowhere"], AgentError, "agent.not-running"),
    ],
)
async def test_what_cannot_be_watched(arguments: list[str], error: type[Exception], code: str) -> None:
    with pytest.raises(error) as caught:
        await told(watch, *arguments)
    assert caught.value.code == code


async def test_a_name_nobody_has(plant: Plant, state: Path) -> None:
    async with running(plant, state):
        with pytest.raises(AgentError) as caught:
            await told(watch, "tank-9", "--state", str(state))
    assert caught.value.code == "watch.unknown"
