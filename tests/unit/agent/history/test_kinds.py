"""Which events are asked for."""

from dataclasses import asdict, replace

import pytest

from agent.history.kinds import KINDS, RESTRICTIONS, Wanted, kinds_of
from agent.journal.outbox import body_of
from config.catalogue import LANGUAGES, Catalogue
from rules.facts import Fact
from runtime.errors import AgentError
from tests.unit.agent.history.events import everything


def label(fact: Fact) -> str:
    body = asdict(fact)
    return body.get("transition") or body.get("status") or body.get("action") or body.get("verdict") or body["kind"]


def found(wanted: Wanted) -> list[str]:
    bodies = [(label(fact), asdict(fact)) for fact in everything()]
    return [name for name, body in bodies if body["kind"] in wanted.facts and wanted.holds(body)]


ALL = ["system", "raised", "open", "acknowledged", "lockout", "auto", "passed", "reading", "raised", "closed"]


@pytest.mark.parametrize(
    ("subject", "kinds", "severities", "person", "expected"),
    [
        ("", "", "", "", ALL),
        ("tank-1", "", "", "", ["raised", "open", "acknowledged", "closed"]),
        ("一号水箱", "", "", "", ["raised", "open", "acknowledged", "raised", "closed"]),
        ("tank-1/W01", "", "", "", ["raised", "open", "acknowledged", "closed"]),
        ("W07", "", "", "", ["raised"]),
        ("gw-1/e/tank-1/W01/1", "", "", "", ["open", "closed"]),
        ("weekly", "", "", "", ["passed"]),
        ("nothing", "", "", "", []),
        ("", "alarm", "", "", ["raised", "acknowledged", "raised"]),
        ("", "act", "", "", ["acknowledged", "lockout", "auto", "reading", "closed"]),
        ("", "order test", "", "", ["open", "passed", "closed"]),
        ("", "command", "", "", ["auto"]),
        ("", "system", "", "", ["system"]),
        ("", "", "critical", "", ["raised"]),
        ("", "", "medium high", "", ["raised", "open", "acknowledged", "closed"]),
        ("", "", "", "Li", ["acknowledged", "lockout", "closed"]),
        ("", "", "", "liming", ["lockout", "auto"]),
        ("tank-1", "act", "high", "Li", ["closed"]),
    ],
)
def test_which_are_found(subject: str, kinds: str, severities: str, person: str, expected: list[str]) -> None:
    wanted = Wanted.of(subject, kinds, severities, person)
    assert found(wanted) == expected
    written = [(label(fact), body_of(fact)) for fact in everything() if wanted.possibly(body_of(fact))]
    assert set(expected) <= {name for name, _ in written}  # what is written tells it before it is parsed


@pytest.mark.parametrize(
    "name", ['a "quoted" one', "back\\slash", "tab\tand\nline", "一号水箱", "half \ud800 pair", "\x1b[31m"]
)
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    written = body_of(replace(next(iter(everything())), arguments={"name": name}))
    assert Wanted(name).possibly(written)
    assert not Wanted(f"{name}-2").possibly(written)


@pytest.mark.parametrize(("kinds", "severities"), [("alarms", ""), ("", "urgent"), ("alarm 告警", "")])
def test_a_word_that_is_none_is_refused(kinds: str, severities: str) -> None:
    with pytest.raises(AgentError) as refused:
        Wanted.of("", kinds, severities, "")
    assert refused.value.code == "history.word"


def test_every_kind_is_that_of_some_event_and_every_event_has_one() -> None:
    kinds = [kinds_of(asdict(fact)) for fact in everything()]
    assert set().union(*kinds) == set(KINDS)
    assert all(kinds)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_act_that_commands_nothing_has_its_words(lang: str) -> None:
    texts = Catalogue.load(lang).texts
    named = {code.removeprefix("history.act.") for code in texts if code.startswith("history.act.")}
    assert named == set(RESTRICTIONS)
