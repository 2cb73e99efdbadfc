import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.errors import AgentError
from runtime.lock import locked, locked_by_name


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


def _linked(place: Path) -> None:
    place.symlink_to(place.parent)


def _opened_to_all(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


def _a_file(place: Path) -> None:
    place.touch()


def _no_such_file_system(place: Path) -> None:
    shutil.rmtree(place.parent)


def test_a_name_is_held_once_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    state, place = tmp_path / "state", tmp_path / "by-name"
    for _ in range(2):
        with (
            locked_by_name(state, place),
            pytest.raises(AgentError, match=r"agent\.already-running"),
            locked_by_name(state, place),
        ):
            pass
        assert not place.exists()


def test_what_lies_in_the_directory_of_a_name_stays(tmp_path: Path) -> None:
    with locked_by_name(tmp_path, tmp_path / "by-name"):
        (tmp_path / "by-name" / "agent.sock").touch()
    with locked_by_name(tmp_path, tmp_path / "by-name"):
        assert (tmp_path / "by-name" / "agent.sock").exists()


@pytest.mark.parametrize("taken", [_linked, _opened_to_all, _a_file, _no_such_file_system])
def test_a_name_that_somebody_else_has_taken_stops_nobody(tmp_path: Path, taken: Callable[[Path], None]) -> None:
    place = tmp_path / "memory" / "by-name"
    place.parent.mkdir()
    taken(place)
    with locked_by_name(tmp_path, place), locked_by_name(tmp_path, place):
        pass
