"""The table of verbs: complete, bounded, permitted, counted."""

from dataclasses import fields
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from agent.api import BY_NAME, VERBS, Verb, parse, requests
from agent.api.api import Api
from drivers.points import PlantgateError
from rules.people import Access, Member, Peer, People, Person, unlisted
from runtime.clock import ManualClock
from runtime.parsing import InputError, Text, Within
from tests.unit.agent.api.apis import api

ROOT = Peer("root", owner=True)
STATUS = b'{"verb": "status", "arguments": {}}'


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_field_of_every_request_is_bounded(verb: Verb) -> None:
    for name, kind in get_type_hints(verb.request, include_extras=True).items():
        limits = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
        bounded = kind is bool or any(isinstance(limit, Text | Within) for limit in limits)
        assert bounded, f"{verb.name}: {name} has no bounds"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_who_changes_something_says_who(verb: Verb) -> None:
    names = {field.name for field in fields(verb.request)}
    assert ("by" in names) or verb.access is Access.VIEW or verb.name in {"ask", "reload"}


def test_names_and_requests_are_there_once() -> None:
    assert len({verb.request for verb in VERBS}) == len(BY_NAME) == len(VERBS)


async def _nothing(who: Person, asked: Any) -> None:
    return None


@pytest.mark.parametrize("change", ["missing", "unknown"])
def test_a_verb_without_handler_or_a_handler_without_verb_is_a_mistake_in_the_program(change: str) -> None:
    handlers = dict.fromkeys((verb.request for verb in VERBS), _nothing)
    if change == "missing":
        del handlers[requests.Status]
    else:
        handlers[Access] = _nothing
    with pytest.raises(KeyError):
        Api([handlers], unlisted, lambda *_, **__: None, ManualClock())


async def test_what_is_refused_and_what_fails_is_counted_and_told() -> None:
    told: list[tuple[str, dict[str, Any]]] = []

    async def good(who: Person, asked: requests.Status) -> str:
        return who.name

    answering = api({requests.Status: good}, tell=lambda code, **more: told.append((code, more)))
    assert await answering.answer(ROOT, STATUS) == b'{"ok": true, "result": "root"}\n'
    for line in (b"", b'{"verb": "x", "arguments": {}}', b'{"verb": "runs", "arguments": {}}'):
        assert b'"ok": false' in await answering.answer(ROOT, line)
    assert await answering.answer(Peer("mallory"), STATUS)
    assert answering.plain() == {"refused": 3, "failed": 1}
    assert [code for code, _ in told] == ["api.refused", "api.failed"]
    assert told[1][1]["error"] == "NotImplementedError"


@pytest.mark.parametrize(
    ("verb", "by", "allowed"),
    [
        ("status", "", True),
        ("acknowledge", "Li", True),
        ("acknowledge", "Eve", False),
        ("give", "Li", False),
        ("give", "Wang", True),
    ],
)
async def test_a_verb_needs_its_role(verb: str, by: str, allowed: bool) -> None:
    members = (Member("Li", Access.OPERATE), Member("Wang", Access.SUPERVISOR), Member("Eve", Access.VIEW))
    arguments = {
        "status": b"{}",
        "acknowledge": b'{"alarm": "a", "by": "%s"}' % by.encode(),
        "give": b'{"equipment": "a", "command": "b", "by": "%s"}' % by.encode(),
    }[verb]
    answering = api(dict.fromkeys((one.request for one in VERBS), _nothing), People(members).person)
    answer = await answering.answer(ROOT, b'{"verb": "%s", "arguments": %s}' % (verb.encode(), arguments))
    assert (b'"ok": true' in answer) is allowed
    assert (b"people.not-allowed" in answer) is not allowed


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (b'"link": "b", "unit": 300, "request": "03", "seconds": 1', "input.range"),
        (b'"link": "b", "unit": -1, "request": "03", "seconds": 1', "input.range"),
        (b'"link": "b", "unit": "1", "request": "03", "seconds": 1', "input.type"),
        (b'"link": "b", "unit": 1, "request": "03", "seconds": "x"', "input.type"),
        (b'"link": "b", "unit": 1, "request": "03", "seconds": 1e999', "input.type"),
        (b'"link": "b", "unit": 1, "request": "03", "seconds": 0', "input.range"),
        (b'"link": "b", "unit": 1, "request": "0", "seconds": 1', "input.length"),
        (b'"link": "b", "unit": 1, "request": "0g", "seconds": 1', "input.form"),
        (b'"link": "b\\ud800", "unit": 1, "request": "03", "seconds": 1', "input.surrogate"),
        (b'"unit": 1, "request": "03", "seconds": 1', "input.missing"),
        (b'"link": "b", "unit": 1, "request": "03", "seconds": 1, "x": 1', "input.unknown-field"),
    ],
)
def test_a_question_to_a_wire_is_checked_before_anything_is_done(arguments: bytes, code: str) -> None:
    with pytest.raises(PlantgateError) as caught:
        parse(b'{"verb": "ask", "arguments": {' + arguments + b"}}")
    assert (type(caught.value), caught.value.code) == (InputError, code)
