"""Only a site with BACnet pays for its stack."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "tests" / "acceptance" / "site"
ASK = "import sys; print('bacpypes3' in sys.modules)"


def imports_the_stack(program: str) -> bool:
    """Whether ``program``, run by a fresh interpreter, has imported bacpypes3 at its end."""
    command = [sys.executable, "-c", f"{program}\n{ASK}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()[-1] == "True"


@pytest.mark.parametrize(
    "program",
    [
        f"from agent.cli import main; assert main(['check', {str(SITE)!r}]) == 0",
        "import agent.app, emulators.plantroom, agent.cli.commands.read, agent.cli.commands.scan",
        "from drivers.links import driver_for; driver_for('modbus-tcp://127.0.0.1', [])",
        "import drivers.bacnet.address, drivers.bacnet.source",
    ],
)
def test_a_site_without_bacnet_never_loads_its_stack(program: str) -> None:
    assert not imports_the_stack(program)


def test_a_bacnet_link_loads_it() -> None:
    assert imports_the_stack("from drivers.links import driver_for; driver_for('bacnet://127.0.0.1', [])")
