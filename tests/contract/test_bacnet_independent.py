"""A BACnet stack that shares no code with ours talks to the emulator, so that both cannot be wrong in the same way."""

import asyncio
import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from drivers.bacnet.address import parse_address
from drivers.points import Kind
from drivers.templates import BacnetSource, Template, TemplatePoint
from emulators.bacnet import AcceptedWrite, BacnetServer, BacnetUnit

PACKAGE = "node-bacnet@0.2.4"
INSTALL = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", PACKAGE)
INSTALL_SECONDS, TALK_SECONDS = 60, 30
SCRIPT = Path(__file__).with_name("bacnet_client.js")
STATES = ((1, "off"), (2, "auto"))
TEMPLATE = Template(
    "ahu",
    {},
    "bacnet",
    (
        TemplatePoint("level", {}, Kind.ANALOG, BacnetSource("analog-input", 1)),
        TemplatePoint("setpoint", {}, Kind.ANALOG, BacnetSource("analog-value", 1)),
        TemplatePoint(
            "mode", {}, Kind.ENUM, BacnetSource("multi-state-value", 1, states=STATES), states=("off", "auto")
        ),
    ),
)
VALUES = {"level": 42.5, "setpoint": 20.0, "mode": "auto"}


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where node finds the client."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm and node are not installed")
    folder = tmp_path_factory.mktemp("node-bacnet")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    try:
        subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"the npm registry did not give {PACKAGE}: {error}")
    return folder / "node_modules" / "node-bacnet"


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _talk(module: Path, unit: BacnetUnit) -> dict[str, Any]:
    """What the client says came back from ``unit``."""
    async with BacnetServer([unit]) as server:
        port = parse_address(server.address(unit.instance)).port
        command = ("node", str(SCRIPT), str(module), str(_free_port()), str(port))
        client = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        try:
            async with asyncio.timeout(TALK_SECONDS):
                printed, _ = await client.communicate()
        finally:
            if client.returncode is None:
                client.kill()
                await client.wait()
    return dict(json.loads(printed))


async def test_an_independent_client_finds_reads_commands_and_relinquishes(module: Path) -> None:
    unit = BacnetUnit(TEMPLATE, 2001, values=dict(VALUES))
    said = await _talk(module, unit)
    denied = said.pop("denied")
    (level, _flags), (mode,) = said.pop("many")
    assert (level, mode) == ([42.5], [2])
    assert said == {
        "instance": 2001,
        "read": [42.5],
        "write": "done",
        "written": [33.5],
        "relinquish": "done",
        "relinquished": [20.0],
    }
    assert "WRITE_ACCESS_DENIED" in denied
    assert unit.writes == [AcceptedWrite("setpoint", 33.5, 8), AcceptedWrite("setpoint", None, 8)]
