"""A bench per test; everything started on it ends with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.processes import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()
