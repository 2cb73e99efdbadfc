"""Rule tests: the production engine in simulated time, on equipment that exists in the test only."""

from rules.testing.check import check_test
from rules.testing.compare import Failure, Sampled
from rules.testing.model import DEFAULT_START, TESTED, Act, Action, Expectation, Left, Match, RuleTest, Subject
from rules.testing.play import TestResult, run_test

__all__ = [
    "DEFAULT_START",
    "TESTED",
    "Act",
    "Action",
    "Expectation",
    "Failure",
    "Left",
    "Match",
    "RuleTest",
    "Sampled",
    "Subject",
    "TestResult",
    "check_test",
    "run_test",
]
