"""The command line refuses what is wrong, in the language of the person, and as JSON when asked."""

import argparse
import json
import math
from importlib.metadata import version

import pytest

from agent.cli import main, parse
from agent.cli.shell.usage import positive
from config.catalogue import Catalogue
from runtime.errors import UsageError

WRONG = [
    [],
    ["nonsense"],
    ["check"],
    ["check", "here", "--nonsense"],
    ["read", "x", "--holding"],
    ["read", "x", "--holding", "z"],
    ["read", "x", "--holding", "1", "--coil", "1"],
    ["check", "here", "--json=1"],
    ["emulate", "--s", "1"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_refusals_are_in_our_words(arguments: list[str], lang: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse(arguments, Catalogue.load(lang))
    said = str(refusal.value.arguments["said"])
    stock = ("required", "invalid", "unrecognized", "expected", "not allowed", "ignored", "ambiguous", "error:")
    assert not [word for word in stock if word in said]
    assert ("usage: " in said) == (lang == "en")


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_json_refusals_are_one_object(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--json"]) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["code"] == "usage.wrong"
    assert printed.err == ""


def test_help_is_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        parse(["check", "--help"], Catalogue.load("zh"))
    said = capsys.readouterr().out
    assert said.startswith("用法")
    assert not [word for word in ("usage", "options:", "positional", "show this") if word in said]


def test_argparse_has_its_own_words_back() -> None:
    before = vars(argparse)["_"]
    parse(["check", "here"], Catalogue.load("zh"))
    assert vars(argparse)["_"] is before


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_speed_is_above_zero(value: float) -> None:
    with pytest.raises(UsageError, match=r"usage\.not-positive"):
        positive("--speed", value)


def test_a_good_speed_is_kept() -> None:
    assert positive("--speed", 2.5) == 2.5


@pytest.mark.parametrize("arguments", [["--version"], ["--lang", "zh", "--version"]])
def test_the_version_is_shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        parse(arguments, Catalogue.load("en"))
    assert capsys.readouterr().out == f"plantgate {version('plantgate')}\n"
