"""A box with a site and a memory, for what is done to a whole box; and files that only look like backups."""

import asyncio
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from agent.cli import main
from agent.journal import Journal
from rules.effects import Row
from rules.facts import When
from rules.procedure.disarm import judged
from rules.procedure.standing import Armed, CommandHold, LockedOut
from rules.procedure.state import CommandRecord, Obligation, ProcedureState
from runtime.clock import Clock
from runtime.machine import machine_id
from tests.unit.delivery_fakes import facts

SITE = Path(__file__).parents[2] / "acceptance" / "site"
GATEWAY = "gw-bench"
AT = When(1_800_000_000.0, True, "boot-1", 1000.0)
ALARM = Row("alarm", "tank-1/W01", {"state": "active"})
WHO = ("--by", "Li", "--reason", "new card")


def locked() -> ProcedureState:
    one = LockedOut("pump-1", "Wang", "bearing", AT)
    return ProcedureState(lockouts={one.key: one})


def owed() -> ProcedureState:
    one = Obligation("pump-1", "auto", "booster.auto", "", "Wang", Clock().now())
    return ProcedureState(obligations={one.key: one})


def held() -> ProcedureState:
    return ProcedureState(hold=CommandHold("Wang", "people in the shaft", AT))


def commanded() -> ProcedureState:
    one = CommandRecord("by-hand/1", "", "pump-1", "start", "booster.start", False, "Wang", AT)
    return ProcedureState(commands={one.id: one})


@dataclass
class Box:
    """A computer with a gateway that does not run."""

    folder: Path

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def plant(self) -> Path:
        return self.site / "plant.yaml"

    @property
    def where(self) -> tuple[str, ...]:
        return (str(self.site), "--state", str(self.state))

    def remember(self, *names: str, procedures: ProcedureState | None = None, gateway: str = GATEWAY) -> None:
        """Store events of these names, which nobody has, and what stands in ``procedures``; arm the epoch."""
        asyncio.run(self._remember(names, procedures or ProcedureState(), gateway))

    async def _remember(self, names: Sequence[str], procedures: ProcedureState, gateway: str) -> None:
        self.state.mkdir(mode=0o700, exist_ok=True)
        journal = await Journal.open(self.state / "journal.db", gateway, Clock(), machine_id())
        procedures.armed = Armed(journal.epoch.id, "Wang", "seen", AT)
        entries = await journal.commit(facts(*names, rows=(ALARM, *procedures.rows())), Clock().now())
        await journal.mark_sent(entries)
        if entries:
            await journal.settle("hq", entries[-1].epoch, entries[-1].seq, entries[-1].hash)
        await journal.close()

    def undelivered(self, *names: str) -> None:
        """Store events that headquarters does not have."""

        async def store() -> None:
            journal = await Journal.open(self.state / "journal.db", GATEWAY, Clock(), machine_id())
            await journal.commit(facts(*names), Clock().now())
            await journal.close()

        asyncio.run(store())

    def does(self, *arguments: str) -> dict[str, Any]:
        """What ``plantgate`` answers: its object, and its exit code."""
        return answer(*arguments)

    def backup(self, path: Path, *more: str) -> dict[str, Any]:
        return self.does("backup", str(path), "--site", str(self.site), "--state", str(self.state), *more)

    def restore(self, path: Path, *more: str) -> dict[str, Any]:
        return self.does("restore", str(path), *self.where, *WHO, *more)

    def move(self, path: Path, *more: str) -> dict[str, Any]:
        return self.does("move", str(path), "--site", str(self.site), "--state", str(self.state), *WHO, *more)

    def reset(self, *more: str) -> dict[str, Any]:
        return self.does("factory-reset", *self.where, *WHO, *more)

    def look(self) -> "Memory":
        """What a gateway finds that starts now."""
        return asyncio.run(self._look())

    async def _look(self) -> "Memory":
        journal = await Journal.open(self.state / "journal.db", GATEWAY, Clock(), machine_id())
        procedures = ProcedureState()
        rows = await journal.load_rows()
        for row in rows:
            procedures.take(row)
        disarmed = judged(procedures, journal.epoch.id, journal.epoch.reason, AT) is not None
        epochs = [one.epoch for one in await journal.former_epochs()]
        told = []
        for epoch in [*epochs, journal.epoch.id]:
            told += [json.loads(entry.body) for entry in await journal.read_range(epoch, 1, 10_000)]
        found = Memory(
            journal.durable, journal.epoch.id, disarmed, told, procedures, [one.code for one in journal.findings]
        )
        await journal.close()
        return found


@dataclass(frozen=True)
class Memory:
    durable: bool
    epoch: str
    disarmed: bool
    told: list[dict[str, Any]]
    """Bodies of all events, oldest first."""
    procedures: ProcedureState
    findings: list[str]

    @property
    def names(self) -> list[str]:
        return [body["arguments"]["name"] for body in self.told if body.get("code") == "test.fact"]

    @property
    def acts(self) -> list[str]:
        return [body["action"] for body in self.told if body["kind"] == "audit"]

    @property
    def codes(self) -> list[str]:
        return [body["code"] for body in self.told if body["kind"] == "system" and body["code"] != "test.fact"]


def answer(*arguments: str) -> dict[str, Any]:
    """What the command line prints as JSON, with its exit code."""
    out, errors = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = main([*arguments, "--json"])
    lines = [line for line in out.getvalue().splitlines() if line.startswith("{")]
    return {"exit": code, **(json.loads(lines[-1]) if lines else {"said": errors.getvalue()})}


def new_box(folder: Path, *names: str, procedures: ProcedureState | None = None) -> Box:
    """A box with a site and the events ``names``, all of them delivered."""
    folder.mkdir()
    box = Box(folder)
    shutil.copytree(SITE, box.site)
    box.remember(*names, procedures=procedures)
    return box


def contents(folder: Path) -> dict[str, str]:
    """Digest of every file below a folder, without what SQLite makes to read."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal")) and not path.is_symlink()
    }


def forged(
    good: Path,
    to: Path,
    members: Callable[[dict[str, bytes]], None] = lambda _: None,
    manifest: Callable[[dict[str, Any]], None] = lambda _: None,
    *,
    honest: bool = True,
    attributes: int = 0,
) -> Path:
    """A copy of a backup with other members and another manifest; ``honest`` about sizes and digests."""
    with zipfile.ZipFile(good) as archive:
        held = {info.filename: archive.read(info) for info in archive.infolist()}
    said = json.loads(held.pop("manifest.json"))
    members(held)
    if honest:
        said["members"] = [
            {"name": name, "size": len(body), "sha256": hashlib.sha256(body).hexdigest(), "mode": 0o644}
            for name, body in held.items()
        ]
    manifest(said)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in held.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = attributes << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
        archive.writestr("manifest.json", json.dumps(said))
    return to
