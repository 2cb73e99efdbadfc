"""A process that has collected tests and runs them on one change after another, each in a fork of its own.

``python -m tests.mutants.trial PATH...`` reads the number of a change of ``rules`` from each line of its input and
answers with a line of JSON. The tests that mirror the changed file run first, then the others, quick ones before slow
ones, until one fails or ``BUDGET`` is spent.
"""

import json
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import pytest

from tests.mutants.live import NotLive, put
from tests.mutants.python import Change, changes

ROOT = Path(__file__).parents[2]
TIMES = ROOT / ".soak" / "times-of-tests.json"
"""CPU seconds of each test, by its id: they only order the tests."""
BUDGET = float(os.environ.get("PLANTGATE_MUTANTS_BUDGET", "60"))
"""CPU seconds of tests that one change is worth."""
HANGS = 60.0
"""CPU seconds beyond that in one test: the change makes it run for ever, which is noticed."""
NOTICED, SURVIVED, SPENT, NOT_LIVE = 10, 11, 12, 13


class Trials:
    """The plugin of pytest that runs its tests again and again instead of once."""

    def __init__(self, asked: TextIO, told: TextIO) -> None:
        """Read what to try from ``asked``, answer on ``told``."""
        self.asked = asked
        self.told = told
        self.known = changes(ROOT, "rules")
        self.times: dict[str, float] = json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try each change that is asked for."""
        self._measure(session)
        for line in self.asked:
            change = self.known[int(line)]
            self.told.write(json.dumps(self._try(session, change, self._ordered(session.items, change))) + "\n")
            self.told.flush()
        return True

    def _ordered(self, items: Sequence[pytest.Item], change: Change) -> list[pytest.Item]:
        """Those that mirror the file, those of its folder, the others; of each the quick ones first."""
        mirrors, folder = tuple(path.as_posix() for path in mirrored(change.path)), f"tests/unit/{change.path.parent}/"

        def rank(item: pytest.Item) -> tuple[int, float]:
            near = 0 if item.nodeid.startswith(mirrors) else 1 if item.nodeid.startswith(folder) else 2
            return near, self.times.get(item.nodeid, 0.0)

        return sorted(items, key=rank)

    def _measure(self, session: pytest.Session) -> None:
        unknown = [item for item in session.items if item.nodeid not in self.times]
        for item in unknown:
            before = _spent()
            _run(item)
            self.times[item.nodeid] = _spent() - before
        if session.testsfailed:
            raise session.Failed("tests fail without any change")
        if unknown:
            TIMES.parent.mkdir(exist_ok=True)
            TIMES.write_text(json.dumps(self.times), encoding="utf-8")

    def _try(self, session: pytest.Session, change: Change, items: Sequence[pytest.Item]) -> list[str]:
        """What came of it: the verdict, and the test that was the last to run."""
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            os._exit(_tried(session, change, items, writing))
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as lines:
            last = [line.strip() for line in lines]
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        verdict = {SURVIVED: "survived", SPENT: "budget spent", NOT_LIVE: "not live"}.get(code, "noticed")
        return [verdict, last[-1] if last else ""]


def _tried(session: pytest.Session, change: Change, items: Sequence[pytest.Item], writing: int) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (int(BUDGET + HANGS), int(BUDGET + HANGS)))
    try:
        put(change, ROOT)
    except NotLive:
        return NOT_LIVE
    for item in items:
        if _spent() > BUDGET:
            return SPENT
        os.write(writing, f"{item.nodeid}\n".encode())
        _run(item)
        if session.testsfailed:
            return NOTICED
    return SURVIVED


def _run(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def mirrored(path: Path) -> list[Path]:
    """The tests of the file ``path``: ``tests/unit/rules/a/test_b*.py`` of ``rules/a/b.py``, else of the folder."""
    folder = Path("tests/unit") / path.parent
    while not (ROOT / folder).is_dir():
        folder = folder.parent
    found = sorted((ROOT / folder).glob(f"test_{path.stem}*.py"))
    return [test.relative_to(ROOT) for test in found] or [folder]


def main(paths: Sequence[str]) -> int:
    """Serve until the input ends."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what pytest prints is no answer
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--capture=no", "--rootdir", str(ROOT))
    return int(pytest.main([*options, *paths], plugins=[Trials(sys.stdin, told)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
