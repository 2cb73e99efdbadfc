"""Events as lines for people."""

from io import StringIO

import pytest

from agent.backup.journals import audit
from agent.cli.shell.console import Console
from agent.cli.views.lines import event_line
from agent.history.kinds import RESTRICTIONS
from config.catalogue import LANGUAGES, Catalogue
from rules.plain import to_plain


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("action", [*RESTRICTIONS, "start"])
def test_an_act_on_the_whole_gateway_has_words(action: str, lang: str) -> None:
    console = Console(Catalogue.load(lang), out=StringIO())
    body = to_plain(audit(action, "Li", "new card"))
    event = {"gateway": "gw-1", "epoch": "e", "seq": 1, "body": body, "envelope": {"historical": False}}
    line = event_line(event, console)
    assert "Li" in line
    assert ("new card" in line) is (action in RESTRICTIONS)
