"""The contract with headquarters: fresh, valid, and true of what is really sent.

``asyncapi-3.0.0.json`` is the official schema of AsyncAPI documents (npm @asyncapi/specs 6.11.1, Apache-2.0), without
its descriptions and examples.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from headquarters.contract import files, protocol
from headquarters.contract.asyncapi import CHANNELS, MESSAGES
from headquarters.contract.examples import EXAMPLES, FACTS
from headquarters.contract.protocol import EventMessage
from rules.facts import Fact
from tests.unit.delivery_fakes import alarm_about, numbered

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "docs" / "contract"
WRITTEN = files()


def document(name: str) -> Any:
    return json.loads(WRITTEN[name])


def schema_of(example: str) -> Any:
    return document(f"{example.partition('-')[0]}.schema.json")


def test_the_files_are_fresh() -> None:
    """Run ``make docs`` when this fails, and think about the version of the contract."""
    found = {str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.json")}
    assert found == WRITTEN


@pytest.mark.parametrize("name", MESSAGES)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(document(f"{name}.schema.json"))


def test_the_asyncapi_document_is_valid() -> None:
    official = json.loads((HERE / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
    found = document("asyncapi.json")
    jsonschema.Draft7Validator(official).validate(found)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(official).validate(found | {"channels": {"x": {"address": 7}}})


def test_every_reference_of_the_document_leads_somewhere() -> None:
    found = document("asyncapi.json")
    for reference in references(found):
        place, _, pointer = reference.partition("#/")
        target = document(place.removeprefix("./")) if place else found
        for step in filter(None, pointer.split("/")):
            target = target[step]
        assert target


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        inner = [reference for item in value.values() for reference in references(item)]
        return [value["$ref"], *inner] if isinstance(value.get("$ref"), str) else inner
    return [reference for item in value for reference in references(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid_and_readable(name: str) -> None:
    example = document(f"examples/{name}.json")
    jsonschema.Draft7Validator(schema_of(name)).validate(example)
    payload = json.dumps(example).encode()
    message = EXAMPLES[name]
    read = (
        protocol.decode_event(payload) if isinstance(message, EventMessage) else protocol.decode(payload, type(message))
    )
    assert read == message


LATER = {"ack": {"past", "conflict"}}
"""Fields that were added later: an older sender does not have them."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_without_one_of_its_fields_is_invalid(name: str) -> None:
    example = document(f"examples/{name}.json")
    for field in example.keys() - LATER.get(name, set()):
        broken = {key: value for key, value in example.items() if key != field}
        assert not jsonschema.Draft7Validator(schema_of(name)).is_valid(broken), field


def test_every_kind_of_event_has_an_example() -> None:
    assert sorted(FACTS) == sorted(kind.__dataclass_fields__["kind"].default for kind in Fact.__args__)  # type: ignore[attr-defined]


def test_every_message_has_a_channel_and_an_example() -> None:
    assert {message for _, message in CHANNELS.values()} == set(MESSAGES)
    assert {name.partition("-")[0] for name in EXAMPLES} == set(MESSAGES)


@pytest.mark.parametrize(
    "fact", [*alarm_about("tank-1/W01").events, *numbered(1, 1).events], ids=lambda fact: fact.kind
)
def test_what_is_really_told_is_valid(fact: Fact) -> None:
    event = document(f"examples/event-{fact.kind}.json") | {"body": json.loads(protocol.canonical(asdict(fact)))}
    validator = jsonschema.Draft7Validator(schema_of("event"))
    validator.validate(event)
    assert not validator.is_valid(event | {"body": event["body"] | {"at": "yesterday"}})


def test_a_kind_we_do_not_know_yet_is_valid() -> None:
    event = document("examples/event-system.json")
    jsonschema.Draft7Validator(schema_of("event")).validate(event | {"kind": "new", "body": {"kind": "new"}})
