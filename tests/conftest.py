"""What every test has: in ``make soak`` a run goes on where the last one stopped; a file we ship is parsed once."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import config.reading.files
from tests.soak import pytest_collection_finish as pytest_collection_finish
from tests.soak import pytest_configure as pytest_configure
from tests.soak import pytest_itemcollected as pytest_itemcollected

# Both are pure, and most of the time it takes to load a site: hundreds of tests load one over the same library.
config.reading.files.read_yaml = lru_cache(maxsize=1024)(config.reading.files.read_yaml)
config.reading.files.check = lru_cache(maxsize=1024)(config.reading.files.check)


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder that stands for the file system in memory; its path is short, since a socket's must be (unix(7))."""
    with TemporaryDirectory(prefix="pg-") as folder:
        yield Path(folder)
