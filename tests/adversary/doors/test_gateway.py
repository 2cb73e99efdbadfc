"""A whole gateway under hostile requests: every one is answered, none ends it, and its list of people may change."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from agent.api import VERBS
from agent.api.local import client
from agent.api.local.client import ask
from config.plant import Plant
from emulators.plantroom import serve
from runtime.errors import AgentError
from tests.adversary.doors.specimens import example
from tests.unit.agent.site import plant as bench
from tests.unit.agent.site import running, state, until
from tests.unit.agent.test_app_bacnet import plant as with_bacnet

__all__ = ["bench", "state", "with_bacnet"]

VALUES = ["\ud800", "\x1b[2J", "x" * 70_000, -1, 300, 1e999, 10**30, True, None, [], {}, "", "x", 0.5]
PEOPLE = """\
people:
  - {name: Li, role: engineer, accounts: [root]}
  - {name: Chen, role: supervisor}
"""


async def told(directory: Path, line: bytes) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(client.socket_path(directory), limit=client.ANSWER_ALLOWED)
    writer.write(line + b"\n")
    answer = await reader.readline()
    writer.close()
    return dict(json.loads(answer))


def requests() -> list[bytes]:
    """Every verb with every hostile value in every field, and what is no request at all."""
    lines = [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 60_000, b'{"verb": "format-disk", "arguments": {}}']
    for verb in VERBS:
        good = example(verb.request, 1)
        for field in [*good, "another"]:
            lines += [json.dumps({"verb": verb.name, "arguments": good | {field: value}}).encode() for value in VALUES]
    return lines


async def test_no_request_ends_it(with_bacnet: Plant, state: Path) -> None:
    async with serve(with_bacnet), running(with_bacnet, state):
        refused = 0
        for line in requests():
            answer = await told(state, line)
            assert answer["ok"] or answer["code"]
            assert answer.get("code") != "api.internal-error", line[:200]
            refused += not answer["ok"]
        counted = (await ask(state, "status"))["requests"]
        assert counted["failed"] == 0
        assert 0 < counted["refused"] <= refused


async def test_a_modbus_question_to_another_wire_is_refused(with_bacnet: Plant, state: Path) -> None:
    async with serve(with_bacnet), running(with_bacnet, state):
        await until(lambda: _up(state, "net"))
        with pytest.raises(AgentError, match=r"bus\.not-modbus"):
            await ask(state, "ask", link="net", unit=1, request="0300000001", seconds=1.0)
        assert await _up(state, "net")


async def _up(state: Path, link: str) -> bool:
    return bool((await ask(state, "status"))["links"][link]["online"])


@pytest.mark.skipif(os.getuid() != 0, reason="the list names the account root")
async def test_who_is_taken_off_the_list_is_out_with_the_next_request(bench: Plant, state: Path) -> None:
    path = bench.directory / "people.yaml"
    async with running(bench, state):
        assert (await ask(state, "status"))["people"] is None
        path.write_text(PEOPLE, encoding="utf-8")
        told = await ask(state, "reload")
        assert told["changed"]["people"]["added"] == ["Li", "Chen"]
        assert (await ask(state, "status"))["people"] == 2
        with pytest.raises(AgentError, match=r"people\.unknown-person"):
            await ask(state, "acknowledge", alarm="tank-1/W01", by="Zhao")
        path.write_text(PEOPLE.replace("  - {name: Li, role: engineer, accounts: [root]}\n", ""), encoding="utf-8")
        assert (await ask(state, "reload"))["changed"]["people"]["removed"] == ["Li"]
        with pytest.raises(AgentError, match=r"people\.unknown-person"):
            await ask(state, "acknowledge", alarm="tank-1/W01", by="Li")


async def test_a_list_without_supervisor_changes_nothing(bench: Plant, state: Path) -> None:
    async with running(bench, state):
        (bench.directory / "people.yaml").write_text(
            "people: [{name: Li, role: engineer, accounts: [root]}]", encoding="utf-8"
        )
        findings = (await ask(state, "reload"))["findings"]
        assert [one["code"] for one in findings] == ["people.no-supervisor"]
        assert (await ask(state, "status"))["people"] is None
