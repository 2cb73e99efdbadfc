"""Every module of ``agent.cli.commands`` is a command of the help, and says itself what it takes."""

from importlib import import_module
from pathlib import Path

import pytest

import agent.cli.commands
from agent.cli import COMMANDS, parse
from config.catalogue import Catalogue

MODULES = sorted(path.stem for path in Path(agent.cli.commands.__file__).parent.glob("*.py") if path.stem != "__init__")


def test_every_module_is_listed_and_the_other_way_round() -> None:
    assert sorted(name.replace("-", "_") for name in COMMANDS) == sorted(name.rstrip("_") for name in MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_it_has_arguments_and_runs(name: str) -> None:
    command = import_module(f"agent.cli.commands.{name}")
    assert callable(command.declare)
    assert callable(command.run)


@pytest.mark.parametrize("name", COMMANDS)
def test_its_help_has_all_its_texts(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for language in ("en", "zh"):
        with pytest.raises(SystemExit):
            parse([name, "--help"], Catalogue.load(language))
        assert "cli." not in capsys.readouterr().out
