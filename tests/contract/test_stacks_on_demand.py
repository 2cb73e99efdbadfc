"""Only who opens a link of a protocol pays for its stack, and who asks the gateway for none of what answers."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "tests" / "acceptance" / "site"
STACKS = ("bacpypes3", "pymodbus")
DAEMON = ("structlog", "agent.api.api", "agent.journal", "rules.engine", "rules.procedure.compiled", "rules.condition")
"""What only the gateway itself needs; an installer waits for each command on a slow box."""
ASKING = ("status", "watch", "alarms", "orders", "ack", "shelve", "unshelve", "reset", "hold", "debts", "runs")


def loaded(program: str, modules: Sequence[str] = STACKS) -> str:
    """Which of ``modules`` ``program``, run by a fresh interpreter, has imported at its end."""
    ask = f"import sys; print('Loaded:', *{set(modules)}.intersection(sys.modules))"
    command = [sys.executable, "-c", f"{program}\n{ask}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()[-1].removeprefix("Loaded:").strip()


@pytest.mark.parametrize(
    ("program", "stacks"),
    [
        (f"from agent.cli import main; assert main(['check', {str(SITE)!r}]) == 0", "pymodbus"),
        (f"from agent.cli import main; assert main(['status', {str(SITE)!r}]) != 0", ""),
        ("import drivers.bacnet.address, drivers.bacnet.source", ""),
        ("import agent.app, emulators.plantroom, agent.cli.commands.read, agent.cli.commands.scan", "pymodbus"),
        ("from drivers.links import driver_for; driver_for('modbus-tcp://127.0.0.1', [])", "pymodbus"),
        ("from drivers.links import driver_for; driver_for('bacnet://127.0.0.1', [])", "bacpypes3"),
    ],
)
def test_a_stack_is_loaded_by_who_opens_a_link(program: str, stacks: str) -> None:
    assert loaded(program) == stacks


def test_a_command_that_asks_loads_nothing_that_answers() -> None:
    commands = ", ".join(f"agent.cli.commands.{name}" for name in ASKING)
    assert loaded(f"import {commands}", DAEMON) == ""
    assert len(loaded("import agent.app", DAEMON).split()) == len(DAEMON)


def test_headquarters_loads_neither_rules_nor_files_of_a_site() -> None:
    assert loaded("import agent.cli.commands.listen", (*DAEMON[1:], "pydantic", "config.plant")) == ""
