"""The files of the contract: a JSON Schema and examples of each message, and the AsyncAPI 3 document over them."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from headquarters.contract import protocol
from headquarters.contract.examples import EXAMPLES
from headquarters.contract.protocol import Ack, Birth, Claim, EventMessage, Gone, Held, Replay, State, Telemetry
from headquarters.contract.schema import schema

MESSAGES: dict[str, type] = {
    "birth": Birth, "state": State, "event": EventMessage, "gone": Gone, "telemetry": Telemetry,
    "ack": Ack, "replay": Replay, "claim": Claim, "held": Held,
}  # fmt: skip
"""Name of a schema -> the message it describes."""
CHANNELS = {
    "birth": ("birth", "birth"), "state": ("state", "state"), "event": ("event", "event"),
    "order": ("order", "event"), "record": ("record", "event"), "gone": ("gone", "gone"),
    "telemetry": ("telemetry/{equipment}", "telemetry"),
    "ack": ("ack/{consumer}", "ack"), "replay": ("replay", "replay"),
    "claim": ("claim", "claim"), "held": ("held/{consumer}", "held"),
}  # fmt: skip
"""Channel -> its topic below the gateway's, and the message on it."""
RETAINED = ("birth", "state")
FROM_HEADQUARTERS = ("ack", "replay", "held")
PARAMETERS = {
    "org": "The owner, as in site.org of plant.yaml.",
    "site": "The building, as in site.id.",
    "gateway": "The gateway, as in gateway.",
    "equipment": "The equipment it is about.",
    "consumer": "The receiver that acknowledges, as in uplink.consumers.",
}


def files() -> dict[str, str]:
    """Every file of the contract by its path below ``docs/contract``."""
    schemas = {f"{name}.schema.json": schema(shape) for name, shape in MESSAGES.items()}
    examples = {f"examples/{name}.json": asdict(message) for name, message in EXAMPLES.items()}
    documents = {**schemas, "asyncapi.json": asyncapi(), **examples}
    return {path: json.dumps(value, ensure_ascii=False, indent=2) + "\n" for path, value in documents.items()}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document, seen from headquarters."""
    messages = {name: {"name": name, "contentType": "application/json", "payload": _payload(name)} for name in MESSAGES}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "plantgate",
            "version": str(protocol.CONTRACT),
            "description": "What a gateway and headquarters say to each other over MQTT. Written by make docs.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(*CHANNELS[name]) for name in CHANNELS},
        "operations": dict(_operations()),
        "components": {"messages": messages},
    }


def _payload(name: str) -> dict[str, str]:
    return {"$ref": f"./{name}.schema.json"}


def _channel(topic: str, message: str) -> dict[str, Any]:
    address = f"{protocol.ROOT}/{{org}}/{{site}}/{{gateway}}/{topic}"
    used = {name: {"description": text} for name, text in PARAMETERS.items() if f"{{{name}}}" in address}
    return {
        "address": address,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "parameters": used,
    }


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for channel in CHANNELS:
        action = "send" if channel in FROM_HEADQUARTERS else "receive"
        binding = {"mqtt": {"qos": 1, "retain": channel in RETAINED, "bindingVersion": "0.2.0"}}
        yield (
            f"{action}-{channel}",
            {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel}"},
                "bindings": binding,
            },
        )
