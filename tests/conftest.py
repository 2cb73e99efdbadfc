"""What every test has: in ``make soak`` a run goes on where the last one stopped."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.soak import pytest_configure as pytest_configure


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that stands for the file system in memory; its path is short, since a socket's must be (unix(7))."""
    with TemporaryDirectory(prefix="pg-") as folder:
        yield Path(folder)
