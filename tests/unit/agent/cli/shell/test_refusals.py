"""What a person gets wrong gives exit code and message, never a traceback."""

import json
from pathlib import Path

import pytest

from agent.cli import main

EMULATE = ["emulate", "--template", "booster-set", "--listen", "modbus-tcp://127.0.0.1:0"]
BROKER = ["listen", "--broker", "mqtt://127.0.0.1:1"]


@pytest.fixture(autouse=True)
def _kept_signals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``main`` decides how its process ends; the test's process keeps its own way."""
    monkeypatch.setattr("agent.cli._end_tidily_when_told", lambda: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "gbk").write_bytes("水箱".encode("gbk"))


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["emulate", "--template", "nope", "--listen", "modbus-tcp://127.0.0.1:0"], 2, "emulate.no-template"),
        ([*EMULATE, "--set", "nope=3"], 2, "emulator.unknown-point"),
        ([*EMULATE, "--fault", "nope"], 2, "emulator.unknown-fault"),
        ([*EMULATE, "--scenario", "nope"], 2, "file.unreadable"),
        ([*EMULATE, "--scenario", "gbk"], 2, "emulate.scenario-encoding"),
        ([*EMULATE, "--speed", "0"], 2, "usage.not-positive"),
        (["run", "nope", "--speed", "0"], 2, "usage.not-positive"),
        (["listen", "--broker", "http://x", "--store", "hq.db"], 2, "uplink.url"),
        ([*BROKER, "--store", "hq.db", "--consumer", "a/b"], 2, "listen.bad-consumer"),
        ([*BROKER, "--store", "nope/hq.db"], 1, "store.cannot-open"),
        (["listen", "--audit", "nope"], 1, "audit.no-file"),
        (["listen", "--audit", "."], 1, "audit.no-file"),
        (["listen", "--audit", "file"], 1, "audit.foreign"),
        (["status"], 1, "agent.not-running"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_refusals(arguments: list[str], exit_code: int, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--json"]) == exit_code
    assert json.loads(capsys.readouterr().out)["code"] == code
    assert not Path("hq.db").exists()


@pytest.mark.parametrize(("site", "code"), [("nope", "site.no-directory"), ("file", "site.is-a-file")])
def test_a_site_that_is_no_directory(site: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", site, "--json"]) == 2
    assert [finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]] == [code]
