"""A file of a site changes whole, as it was believed to be, or not at all."""

import os
from pathlib import Path

import pytest

from config import replacing
from config.errors import ConfigError
from config.replacing import exchange_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plant.yaml"
    path.write_bytes(b"old")
    return path


def test_it_keeps_its_rights(file: Path) -> None:
    file.chmod(0o640)
    exchange_file(file, b"old", b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_it_keeps_its_owner(file: Path) -> None:
    os.chown(file, 12, 34)
    exchange_file(file, b"old", b"new")
    assert (file.stat().st_uid, file.stat().st_gid) == (12, 34)


def test_what_somebody_changed_meanwhile_is_left(file: Path) -> None:
    file.write_bytes(b"other")
    with pytest.raises(ConfigError) as caught:
        exchange_file(file, b"old", b"new")
    assert [finding.code for finding in caught.value.findings] == ["edit.changed"]
    assert (file.read_bytes(), [path.name for path in file.parent.iterdir()]) == (b"other", ["plant.yaml"])


def test_of_two_at_once_the_second_is_told(file: Path) -> None:
    exchange_file(file, b"old", b"first")
    with pytest.raises(ConfigError):
        exchange_file(file, b"old", b"second")
    assert file.read_bytes() == b"first"


def test_cut_off_before_the_rename_it_is_the_old_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(replacing.os, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            exchange_file(file, b"old", b"new")
    assert file.read_bytes() == b"old"
    exchange_file(file, b"old", b"new")
    assert (file.read_bytes(), [path.name for path in file.parent.iterdir()]) == (b"new", ["plant.yaml"])
