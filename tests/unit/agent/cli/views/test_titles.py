"""What a message code says to people, when an argument of it is one too."""

import pytest

from agent.cli.shell.console import Console
from agent.cli.views.titles import system_words
from config.catalogue import Catalogue


@pytest.mark.parametrize(
    ("code", "arguments", "said"),
    [
        (
            "api.refused",
            {"count": "1", "account": "root", "reason": "people.not-allowed", "reason.name": "Li",
             "reason.access": "operate", "reason.needed": "engineer"},
            "Li has the role operate",
        ),
        ("api.refused", {"count": "1", "account": "root", "reason": "people.not-allowed"}, "…"),
        ("api.refused", {"count": "1", "account": "root", "reason": "of.another.version"}, "of.another.version"),
        ("agent.reloaded", {"changes": "rules +W99"}, "configuration changed: rules +W99"),
        ("agent.reloaded", {}, "agent.reloaded"),
        ("nobody.knows", {"it": "x"}, "nobody.knows"),
    ],
)  # fmt: skip
def test_a_code_reads_as_its_sentence(code: str, arguments: dict[str, str], said: str) -> None:
    assert said in system_words(code, arguments, Console(Catalogue.load("en")))
