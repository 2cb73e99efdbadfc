"""Service by running hours on the command line, over the real socket, in both languages."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent import cli
from agent.api.local import server
from agent.api.verbs.service import ServiceApi, services
from agent.cli.shell.console import Console
from config.catalogue import Catalogue
from rules.inputs import ServiceDone
from runtime.clock import Clock
from runtime.errors import UsageError
from tests.unit.agent.api.apis import api
from tests.unit.rules.procedure.test_service import Site


class Ticking:
    """The part of the ticker that is asked."""

    def __init__(self) -> None:
        self.site = Site()
        self.site.hours(9000.0)

    @property
    def state(self) -> object:
        return self.site.state

    async def submit(self, request: ServiceDone) -> None:
        before = len(self.site.refused)
        self.site.put(request)
        if len(self.site.refused) > before:
            raise self.site.errors[-1]


async def said(arguments: Sequence[str], ticking: Ticking, directory: Path) -> int:
    handlers = ServiceApi(ticking).handlers()  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group, server.serving(directory, api(handlers), group, Clock()):
        return await asyncio.to_thread(_run, [*arguments, "--state", str(directory)])


def _run(arguments: Sequence[str]) -> int:
    texts = Catalogue.load("zh" if "zh" in arguments else "en")
    options = cli.parse(arguments, texts)
    return cli._run(options, Console(texts, as_json=options.json))


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["pump-1", "--hours-reset", "--lang", "en"], 0, "pump-1 serviced by Li: its running hours count from zero."),
        (["pump-1", "--hours-reset", "--lang", "zh"], 0, "pump-1 已由 Li 保养：运行小时从零计。"),
        (["pump-1", "--hours-reset", "--json"], 0, '"counted": 9000.0'),
        (["pump-9", "--hours-reset", "--lang", "en"], 1, "pump-9"),
        (["pump-2", "--hours-reset", "--lang", "en"], 1, "pump-2 has no counter of hours since service"),
        (["", "--hours-reset", "--lang", "en"], 1, "equipment has 0 characters"),
    ],
)
async def test_what_it_says(
    arguments: list[str], code: int, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ticking = Ticking()
    assert await said(["serviced", *arguments, "--by", "Li"], ticking, tmp_path) == code
    assert sentence in "".join(capsys.readouterr())


def test_what_is_reset_must_be_said() -> None:
    with pytest.raises(UsageError, match="--hours-reset"):
        cli.parse(["serviced", "pump-1"], Catalogue.load("en"))


async def test_status_tells_the_hours_since_and_by_whom(tmp_path: Path) -> None:
    ticking = Ticking()
    assert services(ticking.site.state, ticking.site.engine.rulebook) == [
        {"equipment": "pump-1", "hours": 9000.0, "last": None}
    ]
    await said(["serviced", "pump-1", "--hours-reset", "--by", "Li", "--note", "oil"], ticking, tmp_path)
    (told,) = services(ticking.site.state, ticking.site.engine.rulebook)
    last = SimpleNamespace(**told["last"])
    assert (told["hours"], last.by, last.note, last.counted) == (0.0, "Li", "oil", 9000.0)
