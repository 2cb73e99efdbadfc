"""A serial port before it is opened: missing, forbidden, and the name that stays."""

import os
from pathlib import Path

import pytest

from agent.doctor.port import check_port


@pytest.fixture
def port(tmp_path: Path) -> Path:
    path = tmp_path / "ttyUSB0"
    path.touch()
    return path


def test_a_port_we_may_open(port: Path, tmp_path: Path) -> None:
    check = check_port(port, tmp_path / "none")
    assert (check.code, check.well) == ("port", True)


def test_a_port_that_is_not_there_names_those_that_are(port: Path, tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-FTDI").symlink_to(port)
    check = check_port(tmp_path / "ttyUSB7", by_id)
    assert (check.code, check.well, check.arguments["found"]) == ("port-missing", False, str(by_id / "usb-FTDI"))


def test_a_port_of_a_group_we_are_not_in(port: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    check = check_port(port, tmp_path / "none")
    assert (check.code, check.well) == ("port-forbidden", False)
    assert check.arguments["group"]
    assert check.arguments["user"]


def test_the_lasting_name_is_told(port: Path, tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-FTDI").symlink_to(port)
    check = check_port(port, by_id)
    assert (check.code, check.arguments["persistent"]) == ("port-name", by_id / "usb-FTDI")
    assert check_port(by_id / "usb-FTDI", by_id).code == "port"
