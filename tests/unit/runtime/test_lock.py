from pathlib import Path

import pytest

from runtime.errors import AgentError
from runtime.lock import locked


def test_a_directory_is_held_once(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(AgentError, match=r"agent\.already-running"), locked(tmp_path):
        pass


def test_a_directory_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "made" / "here"):
            assert (tmp_path / "made" / "here").is_dir()


def test_a_directory_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AgentError, match=r"agent\.state-unusable"), locked(tmp_path / "file" / "x"):
        pass
