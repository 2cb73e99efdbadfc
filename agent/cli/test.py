"""``plantgate test``: the electrician's rule tests, on the production engine in simulated time."""

import argparse
from pathlib import Path

from agent.cli.console import Console
from agent.errors import AgentError
from config.rule_tests import load_suite
from rules.testing import RuleTest, TestResult, run_test

FIELDS = ("at", "what", "expected", "got", "around")
"""What the message about a mismatch shows of it."""


def run(options: argparse.Namespace, console: Console) -> int:
    """Run every test below the given paths; closes with ``N passed, N failed``."""
    results = [outcome for path in options.paths for outcome in _run_all(path, console)]
    failed = sum(not result.passed for result in results)
    if console.as_json:
        console.emit({"passed": len(results) - failed, "failed": failed})
    else:
        console.line(f"{len(results) - failed} passed, {failed} failed")
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


def _show(test: RuleTest, result: TestResult, console: Console) -> None:
    place = f"{test.place.file}:{test.place.line}" if test.place else ""
    if console.as_json:
        failures = [{"at": f.at, "what": f.what, "expected": f.expected, "got": f.got} for f in result.failures]
        console.emit({"name": test.name, "place": place, "passed": result.passed, "failures": failures})
        return
    code, colour = ("test.passed", "green") if result.passed else ("test.failed", "red")
    console.line(console.paint(console.texts.text(code, name=test.name, place=place), colour))
    for failure in result.failures:
        console.line(
            "        " + console.texts.text("test.mismatch", **{name: getattr(failure, name) for name in FIELDS})
        )
