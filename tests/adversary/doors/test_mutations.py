"""A million mutated requests and messages: each is refused with a code or is clean, and nothing else ever comes out."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import api
from agent.api import VERBS, Verb
from headquarters.contract import protocol
from runtime.errors import AgentError, WireError
from runtime.parsing import InputError
from tests.adversary.doors.specimens import MESSAGES, Specimen, again, specimens, values
from tests.soak import parts

REFUSALS = (InputError, WireError, AgentError)
NASTY = (
    b"\\ud800", b"\\udfff\\ud800", b'"\\ud800"', b"\xed\xa0\x80", b"\xff", b"\x00", b"\\u0000", b"\x1b[2J", b"\\u001b",
    b"1e999", b"-1e999", b"NaN", b"Infinity", b"null", b"true", b"-1", b"300", b"1" * 400, b"9007199254740993", b"0.5",
    b"[" * 40, b'{"a":' * 40, b"]", b"}", b'"', b"\\", b",", b":", b'"x":1,', b'"by":"', b"[]", b"{}", b'""',
    "\ufeff\u202e\u2028".encode(), "水".encode(), b"\xe6\xb0", b" " * 70_000,
)  # fmt: skip


HARMLESS = [bytes((letter,)) for letter in b"0123456789az -._/"]


def mutated(payload: bytes, chance: random.Random) -> bytes:
    """``payload`` after one to three of: another letter, something nasty put in, a cut, a doubled part, any byte."""
    for _ in range(1 if chance.random() < 0.6 else 3):
        start = int(chance.random() * len(payload))
        kind = chance.random()
        if kind < 0.25:
            payload = payload[:start] + HARMLESS[int(chance.random() * len(HARMLESS))] + payload[start + 1 :]
        elif kind < 0.6:
            cut = int(chance.random() * 12) if kind < 0.4 else 0
            payload = payload[:start] + NASTY[int(chance.random() * len(NASTY))] + payload[start + cut :]
        elif kind < 0.75:
            payload = payload[:start] + payload[start + 1 + int(chance.random() * 8) :]
        elif kind < 0.8:
            payload = payload[: start + 10] + payload[start:]
        elif payload:
            payload = payload[:start] + bytes((int(chance.random() * 256),)) + payload[start + 1 :]
    return payload


def judged(specimen: Specimen, payload: bytes) -> bool:
    """Whether it was accepted. Any error but a refusal fails, and so does what cannot be written again."""
    try:
        built = specimen.parse(payload)
    except REFUSALS as refusal:
        str(refusal).encode("utf-8")  # what is told and logged of it can be written too
        return False
    again(built)
    return True


def test_every_specimen_is_taken() -> None:
    assert [one.name for one in specimens() if not judged(one, one.payload)] == []


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("part", "mutations"), parts(1_000_000, 10_000_000, 1_000_000))
def test_no_mutation_is_more_than_a_refusal(part: int, mutations: int) -> None:
    chance, every = random.Random(11 + part), list(specimens())  # noqa: S311 - no secret
    taken = sum(
        judged(one, mutated(one.payload, chance))
        for number in range(mutations)
        for one in (every[number % len(every)],)
    )
    # A mutator that spoils everything, or nothing, would prove little.
    assert 0.01 * mutations < taken < 0.7 * mutations


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
@given(data=st.data())
def test_whatever_a_type_allows_is_taken_as_it_was_said(verb: Verb, data: st.DataObject) -> None:
    arguments: dict[str, Any] = data.draw(values(verb.request))
    line = json.dumps({"verb": verb.name, "arguments": arguments}).encode()
    found, request = api.parse(line)
    assert found is verb
    written = api.written(found, request)
    assert written["arguments"].items() >= arguments.items()
    assert api.parse(json.dumps(written, ensure_ascii=False).encode()) == (found, request)


@pytest.mark.parametrize("shape", MESSAGES, ids=lambda shape: shape.__name__)
@given(data=st.data())
def test_whatever_a_message_may_say_is_taken(shape: type[Any], data: st.DataObject) -> None:
    told: dict[str, Any] = data.draw(values(shape))
    message = protocol.decode(json.dumps(told).encode(), shape)
    assert protocol.decode(protocol.encode(message), shape) == message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    max_leaves=5,
)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
@given(data=st.data())
def test_any_json_in_any_field_is_taken_or_refused(verb: Verb, data: st.DataObject) -> None:
    arguments = data.draw(values(verb.request))
    name = data.draw(st.sampled_from([*arguments, "other"]))
    line = json.dumps({"verb": verb.name, "arguments": arguments | {name: data.draw(JSON)}}).encode()
    judged(Specimen(verb.name, line, api.parse), line)
