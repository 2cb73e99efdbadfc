"""Events as lines for people."""

from dataclasses import replace
from io import StringIO

import pytest

from agent.backup.journals import audit
from agent.cli.shell.console import Console
from agent.cli.views.lines import event_line
from agent.history.kinds import RESTRICTIONS
from config.catalogue import LANGUAGES, Catalogue
from rules.facts import AuditFact, moment
from rules.inputs import Outcome
from rules.plain import to_plain
from tests.unit.agent.loop.test_limits import AT


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("action", [*RESTRICTIONS, "start"])
def test_an_act_on_the_whole_gateway_has_words(action: str, lang: str) -> None:
    console = Console(Catalogue.load(lang), out=StringIO())
    body = to_plain(audit(action, "Li", "new card"))
    event = {"gateway": "gw-1", "epoch": "e", "seq": 1, "body": body, "envelope": {"historical": False}}
    line = event_line(event, console)
    assert "Li" in line
    assert ("new card" in line) is (action in RESTRICTIONS)


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "limit of tank-1, high: 90 % -> 85 % (by Li; pipe repaired)"),
        ("zh", "tank-1 的限值 high: 90 % -> 85 %（Li；pipe repaired）"),
    ],
)
def test_a_limit(lang: str, line: str) -> None:
    fact = AuditFact("x", "set-limit", "tank-1", "Li", "pipe repaired", Outcome.DONE, "high", "high: 90 % -> 85 %")
    body = to_plain(replace(fact, at=moment(AT)))
    event = {"gateway": "gw-1", "epoch": "e", "seq": 1, "body": body, "envelope": {"historical": False}}
    assert line in event_line(event, Console(Catalogue.load(lang), out=StringIO()))
