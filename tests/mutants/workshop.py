"""A copy of the sources in which one file is changed, and whether the unit tests notice."""

import os
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

from tests.mutants.python import Change

ROOT = Path(__file__).parents[2]
COPIED = ("agent", "config", "drivers", "emulators", "rules", "tests", "pyproject.toml")
PATIENCE = 300.0
"""Seconds for one run of tests; a change that makes them hang is noticed, too."""
PASSED, NOTHING_RUN, MISUSED = 0, 5, 4


class Noticed(StrEnum):
    """Which tests noticed."""

    MIRRORED = "mirrored"
    """Those that mirror the changed file."""
    OTHER = "other"
    """Other unit tests of the rules."""
    NOT = "not"


class Workshop:
    """The copy."""

    def __init__(self, folder: Path) -> None:
        """Copy the sources into ``folder``: a kill leaves no change behind in the sources themselves."""
        self.folder = folder
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, folder / name)

    def noticed(self, change: Change) -> Noticed:
        """Run the mirrored tests with it, then all of the rules."""
        file = self.folder / change.path
        whole = file.read_text(encoding="utf-8")
        file.write_text(change.source(ROOT), encoding="utf-8")
        try:
            if not self._pass(mirrored(change.path)):
                return Noticed.MIRRORED
            return Noticed.NOT if self._pass([Path("tests/unit/rules")]) else Noticed.OTHER
        finally:
            file.write_text(whole, encoding="utf-8")

    def _pass(self, tests: list[Path]) -> bool:
        command = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *map(str, tests))
        # Compiled files are told apart by time and size only: a change may alter neither.
        environment = {key: text for key, text in os.environ.items() if not key.startswith("PLANTGATE_SOAK")}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return False
        if done.returncode in (NOTHING_RUN, MISUSED):
            raise AssertionError(f"no test ran: {done.stdout[-500:]}{done.stderr[-500:]}")
        return done.returncode == PASSED


def mirrored(path: Path) -> list[Path]:
    """The tests of the file ``path``: ``tests/unit/rules/a/test_b*.py`` of ``rules/a/b.py``, else of the folder."""
    folder = Path("tests/unit") / path.parent
    while not (ROOT / folder).is_dir():
        folder = folder.parent
    found = sorted((ROOT / folder).glob(f"test_{path.stem}*.py"))
    return [test.relative_to(ROOT) for test in found] or [folder]
