"""``plantgate test``: the electrician's rule tests, on the production engine in simulated time."""

import argparse
import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.views.duration import span, whole_unit
from config.errors import ConfigError
from config.rule_tests import load_suite
from config.site import site_of
from drivers.points import PlantgateError
from rules.testing import Failure, RuleTest, Sampled, TestResult, run_test
from runtime.clock import Clock
from runtime.errors import AgentError

LOOK = 0.5
"""Seconds between two looks whether a file was saved."""


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("paths", "PATH", nargs="*", type=Path, default=[Path()])
    to.flag("--watch")


def run(options: argparse.Namespace, console: Console) -> int:
    """Run every test below the given paths; closes with how many passed and how many failed."""
    if options.watch:
        asyncio.run(watch(options.paths, lambda: _shown(options.paths, console), Clock()))
    return _run(options.paths, console)


def _run(paths: Iterable[Path], console: Console) -> int:
    results = [outcome for path in paths for outcome in _run_all(path, console)]
    failed = sum(not result.passed for result in results)
    if console.as_json:
        console.emit({"passed": len(results) - failed, "failed": failed})
    else:
        console.say("test.summary", passed=len(results) - failed, failed=failed)
    return int(failed > 0)


def _run_all(path: Path, console: Console) -> list[TestResult]:
    suite = load_suite(path)
    if not suite.tests:
        raise AgentError("test.none", path=path)
    results = []
    for test in suite.tests:
        results.append(run_test(test, suite.classes, suite.rules))
        _show(test, results[-1], console)
    return results


# --- again whenever a file was saved


async def watch(paths: Iterable[Path], again: Callable[[], None], clock: Clock) -> None:
    """Call ``again`` now and whenever a file of the sites or folders of ``paths`` changes, until cancelled."""
    folders = [site_of(path) or (path if path.is_dir() else path.parent) for path in paths]
    seen = None
    while True:
        now = {file: _stamp(file) for folder in folders for file in sorted(folder.rglob("*.yaml"))}
        if now != seen:
            seen = now
            again()
        await clock.real_sleep(LOOK)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        # Editors save by replacing: for a moment it is not there.
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _shown(paths: Iterable[Path], console: Console) -> None:
    # A mistake is what the person at the keyboard is about to mend, not a reason to stop watching.
    try:
        _run(paths, console)
    except ConfigError as error:
        console.findings(error)
    except PlantgateError as error:
        console.failure(error)
    console.say("test.watching")


# --- what people see


def _show(test: RuleTest, result: TestResult, console: Console) -> None:
    place = f"{test.place.file}:{test.place.line}" if test.place else ""
    if console.as_json:
        failures = [_plain(failure) for failure in result.failures]
        console.emit({"name": test.name, "place": place, "passed": result.passed, "failures": failures})
        return
    code, colour = ("test.passed", "green") if result.passed else ("test.failed", "red")
    console.line(console.paint(console.texts.text(code, name=test.name, place=place), colour))
    for failure in result.failures:
        _show_failure(failure, console)


def _show_failure(failure: Failure, console: Console) -> None:
    reasons = console.texts.joined(map(console.texts.error, failure.reasons))
    got = f"{failure.got} ({reasons})" if reasons else failure.got
    named = {"what": failure.what, "expected": failure.expected, "got": got}
    console.line("    " + console.texts.text("test.mismatch", at=span(failure.at), **named))
    width = max((len(one.name) for one in failure.around), default=0)
    for one in failure.around:
        console.line(f"        {one.name:{width}}  {_samples(one, console)}")


def _samples(one: Sampled, console: Console) -> str:
    unit, size = whole_unit([at for at, _ in one.samples])
    marked = [f"{at / size:g} {unit} {value}" for at, value in one.samples]
    if 0 <= one.last < len(marked):
        marked[one.last] = console.paint(f"[{marked[one.last]}]", "bold")
    return "  ".join(marked)


def _plain(failure: Failure) -> dict[str, object]:
    series = {one.name: [{"at": at, "value": value} for at, value in one.samples] for one in failure.around}
    named = {"at": failure.at, "what": failure.what, "expected": failure.expected, "got": failure.got}
    return {**named, "reasons": [reason.code for reason in failure.reasons], "series": series}
