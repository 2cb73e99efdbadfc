"""Only who opens a link of a protocol pays for its stack."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "tests" / "acceptance" / "site"
ASK = "import sys; print('Loaded:', *{'bacpypes3', 'pymodbus'}.intersection(sys.modules))"


def loaded(program: str) -> str:
    """Which of the stacks ``program``, run by a fresh interpreter, has imported at its end."""
    command = [sys.executable, "-c", f"{program}\n{ASK}"]
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
