"""What comes from outside is shown, never obeyed: one place filters everything a command prints."""

import io
import json
import logging

import pytest

from agent.cli.shell.console import Console
from config.catalogue import Catalogue
from drivers.points import PlantgateError
from runtime.logs import configure
from runtime.text import CONTROL, visible

HOSTILE = [
    "\x1b[2J", "\x1b]0;title\x07", "\x1b[31m", "\x9b2J", "\x90q\x9c", "\x00", "\x08\x08", "\r", "\x7f", "\u202egnp",
    "\u2028", "\ud800", "\x1b[6n",
]  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(*, as_json: bool = False) -> tuple[Console, Terminal]:
    out = Terminal()
    return Console(Catalogue.load("en"), as_json=as_json, out=out), out


def printed_by(ways: list[str], text: str) -> str:
    shown = ""
    for way in ways:
        one, out = console()
        if way == "say":
            one.say("start.done", run=text)
        elif way == "line":
            one.line(f"a {text} b")
        elif way == "painted":
            one.line(f"{one.paint('red', 'red')} {text} {one.paint(text, 'bold', 'green')}")
        else:
            with one.redrawing():
                one.picture([f"a {text}"], 40)
        shown += out.getvalue().replace("\x1b[2J\x1b[?7l", "").replace("\x1b[?7h", "").replace("\x1b[H", "")
    return shown


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_control_reaches_the_terminal(text: str) -> None:
    shown = printed_by(["say", "line", "painted", "picture"], text)
    for ours in ("\x1b[31m", "\x1b[1;32m", "\x1b[0m", "\x1b[K", "\x1b[J"):
        shown = shown.replace(ours, "", 1 if text == ours else -1)
    assert not CONTROL.search(shown.replace("\n", ""))


def test_our_own_colours_pass_and_those_of_others_do_not() -> None:
    one, out = console()
    one.line(f"{one.paint('red', 'red')} \x1b[31mforged\x1b[0m")
    assert out.getvalue() == "\x1b[31mred\x1b[0m \\x1b[31mforged\\x1b[0m\n"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_json_means_the_same_and_is_as_harmless(text: str) -> None:
    one, out = console(as_json=True)
    one.emit({"text": text})
    assert not CONTROL.search(out.getvalue().rstrip("\n"))
    assert json.loads(out.getvalue()) == {"text": text}


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_failure_is_as_harmless(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    one, _ = console()
    one.failure(PlantgateError("agent.not-running", directory=text))
    assert not CONTROL.search(capsys.readouterr().err.replace("\n", ""))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_the_log_is_as_harmless(text: str) -> None:
    import structlog

    before, stream = logging.getLogger().handlers[:], io.StringIO()
    try:
        configure(stream)
        structlog.get_logger("agent.api.local.server").warning("api.refused", reason=f"a{text}b")
    finally:
        logging.getLogger().handlers[:] = before
        structlog.reset_defaults()
    assert not CONTROL.search(stream.getvalue().rstrip("\n"))
    assert visible(text)[:2] in json.loads(stream.getvalue())["reason"]
