"""The unit file as systemd reads it: its own verdict where it is installed, the lines that matter everywhere."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.api.local.client import runtime_directory
from rules.people import People

UNIT = Path(__file__).parents[3] / "systemd" / "plantgate.service"


@pytest.fixture
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNIT, encoding="utf-8")
    return parser


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("Unit", "StartLimitIntervalSec", "0"),
        ("Service", "Type", "notify"),
        ("Service", "WatchdogSec", "30"),
        ("Service", "Restart", "always"),
        ("Service", "StateDirectory", "plantgate"),
        ("Service", "RuntimeDirectory", "plantgate"),
        ("Service", "RuntimeDirectoryMode", "0750"),
        ("Service", "Group", "plantgate"),
        ("Service", "MemoryMax", "160M"),
        ("Service", "ExecStart", "/opt/plantgate/bin/plantgate run /etc/plantgate"),
        ("Service", "KillSignal", "SIGTERM"),
        ("Service", "ProtectSystem", "strict"),
        ("Install", "WantedBy", "multi-user.target"),
    ],
)
def test_what_the_box_relies_on_is_there(unit: configparser.ConfigParser, section: str, key: str, value: str) -> None:
    assert unit[section][key] == value


def test_the_group_that_may_ask_is_there_before_the_gateway() -> None:
    lines = UNIT.with_name("plantgate.sysusers").read_text(encoding="utf-8").splitlines()
    assert [line.split()[:2] for line in lines if not line.startswith("#")] == [["u", "plantgate"]]
    assert People(()).socket_group == "plantgate"
    assert runtime_directory(Path("/var/lib/elsewhere/plantgate")) is None


def test_it_starts_without_network_and_without_time(unit: configparser.ConfigParser) -> None:
    assert not {"time-sync.target", "network-online.target"} & set(unit["Unit"]["After"].split())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    # Only the program is missing here: everything else must be as it will be on the box.
    copy.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/plantgate/bin/plantgate", "/bin/true"))
    verdict = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
    complaints = [line for line in verdict.stderr.splitlines() if UNIT.name in line]
    assert complaints == []
