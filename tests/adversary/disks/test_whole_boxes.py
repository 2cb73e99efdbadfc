"""Backed up, restored, moved, reset: whenever it ends, all of the old or all of the new is there; and disarmed."""

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from agent.backup.beginning import begin, tell
from agent.backup.retirement import DoesNotRunError
from agent.cli import main
from agent.journal import Journal, JournalMaintenance
from agent.journal.copying import copy_closed
from agent.journal.examine import examine
from runtime.clock import Clock
from runtime.sqlite import reading
from tests.adversary.disks.boxes import GATEWAY, Box, Memory, contents, held, locked, new_box, owed
from tests.adversary.disks.killing import killed_at
from tests.unit.delivery_fakes import crash_image, facts

NEW_RULE = "# made since\n[]\n"


def fresh(folder: Path) -> Box:
    folder.mkdir()
    return Box(folder)


def starts(box: Box) -> Memory:
    """The gateway of a box starts, and ends at once."""
    beginning = begin(box.state, box.site)
    assert beginning.site == box.site
    asyncio.run(tell(box.state, GATEWAY, beginning))
    return box.look()


def settings(site: Path) -> dict[str, str]:
    return {name: digest for name, digest in contents(site).items() if not name.startswith("plantgate-state")}


def test_another_box_has_all_of_it(tmp_path: Path) -> None:
    old, path = new_box(tmp_path / "old", "one", "two", procedures=locked()), tmp_path / "gw.zip"
    made = old.backup(path)
    assert (made["exit"], made["files"], made["left_out"]) == (0, 2, [])
    assert path.stat().st_mode & 0o777 == 0o600
    new = fresh(tmp_path / "new")
    told = new.restore(path)
    assert (told["exit"], told["overruled"]) == (0, [])
    assert settings(new.site) == settings(old.site)
    found = starts(new)
    assert found.names == ["one", "two"]
    assert found.acts == ["restore"]
    assert [one.by for one in found.procedures.lockouts.values()] == ["Wang"]
    assert found.disarmed
    assert found.epoch != old.look().epoch
    assert not old.look().disarmed
    assert new.look().epoch == found.epoch, "it begins anew once"


@pytest.mark.parametrize("stands", [owed, held, locked])
def test_what_stood_at_the_time_of_the_backup_stands_again(tmp_path: Path, stands: object) -> None:
    old, path = new_box(tmp_path / "old", procedures=stands()), tmp_path / "gw.zip"  # type: ignore[operator]
    before = old.look().procedures
    old.backup(path)
    new = fresh(tmp_path / "new")
    new.restore(path)
    found = new.look()
    assert found.procedures.obligations.keys() == before.obligations.keys()
    assert found.procedures.lockouts == before.lockouts
    assert found.procedures.hold == before.hold
    assert found.disarmed


def test_the_same_box_never_numbers_twice_what_it_had_told_since(tmp_path: Path) -> None:
    box, path = new_box(tmp_path / "box", "one"), tmp_path / "gw.zip"
    box.backup(path)
    before = box.look()
    box.remember("two", "three")
    told = box.restore(path)
    assert told["exit"] == 0
    found = starts(box)
    assert found.names == ["one"]
    assert found.epoch != before.epoch
    assert found.disarmed
    assert {"agent.store-restored", "agent.store-lost"} <= {*found.findings}
    kept = Path(told["aside"])
    assert {"journal.db", "journal.mark"} <= {path.name for path in kept.iterdir()}
    with reading(kept / "journal.db") as db:
        kinds = [kind for (kind,) in db.execute("SELECT kind FROM event ORDER BY position")]
    assert kinds[-1] == "audit", "what went knows who put it away"


def test_the_files_of_the_site_are_those_of_the_backup(tmp_path: Path) -> None:
    box, path = new_box(tmp_path / "box"), tmp_path / "gw.zip"
    (box.site / "mqtt.password").write_text("secret", encoding="utf-8")
    box.backup(path)
    before = settings(box.site)
    (box.site / "rules" / "more.yaml").write_text(NEW_RULE, encoding="utf-8")
    (box.site / "rules" / "quick.yaml").write_text(NEW_RULE, encoding="utf-8")
    told = box.restore(path)
    assert settings(box.site) == before
    kept = Path(told["aside"]) / "site" / "rules"
    assert {one.name: one.read_text(encoding="utf-8") for one in kept.iterdir()} == {
        "more.yaml": NEW_RULE,
        "quick.yaml": NEW_RULE,
    }


@pytest.mark.parametrize("wanted", [True, False])
def test_secrets_only_when_they_are_wanted(tmp_path: Path, wanted: bool) -> None:
    old, path = new_box(tmp_path / "old"), tmp_path / "gw.zip"
    (old.site / "own.pem").write_text("-----BEGIN PRIVATE KEY-----\nMII\n", encoding="utf-8")
    (old.site / "word.txt").write_text("sesame", encoding="utf-8")
    (old.site / "word.txt").chmod(0o600)
    uplink = f'uplink: {{username: gw, password: "file:{old.site}/word.txt", '
    old.plant.write_text(old.plant.read_text(encoding="utf-8").replace("uplink: {", uplink), encoding="utf-8")
    made = old.backup(path, *(["--secrets"] if wanted else []))
    assert [*made["left_out"]] == ([] if wanted else ["own.pem", "word.txt"])
    assert (b"own.pem" in path.read_bytes()) is wanted
    new = fresh(tmp_path / "new")
    new.restore(path)
    assert (new.site / "own.pem").exists() is wanted
    assert (new.site / "word.txt").exists() is wanted
    if wanted:
        assert (new.site / "word.txt").stat().st_mode & 0o777 == 0o600


def test_what_is_no_file_of_the_site_is_named(tmp_path: Path) -> None:
    old, path = new_box(tmp_path / "old"), tmp_path / "gw.zip"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "more.yaml").write_text(NEW_RULE, encoding="utf-8")
    (old.site / "folder").symlink_to(tmp_path / "elsewhere")
    (old.site / "out.yaml").symlink_to(tmp_path / "elsewhere" / "more.yaml")
    (old.site / "nowhere.yaml").symlink_to(tmp_path / "nowhere")
    (old.site / "same.yaml").symlink_to(old.plant)
    (old.site / "two\nlines.yaml").write_text(NEW_RULE, encoding="utf-8")
    (old.site / ".hidden").write_text("x", encoding="utf-8")
    os.mkfifo(old.site / "pipe.yaml")
    made = old.backup(path)
    assert made["left_out"] == ["folder", "nowhere.yaml", "out.yaml", "pipe.yaml", "two\\x0alines.yaml"]
    new = fresh(tmp_path / "new")
    assert new.restore(path)["exit"] == 0
    assert {*settings(new.site)} == {"plant.yaml", "rules/quick.yaml", "same.yaml"}


def test_what_only_the_redo_log_holds_is_in_it(tmp_path: Path) -> None:
    async def build() -> None:
        journal = await Journal.open(tmp_path / "live.db", GATEWAY, Clock())
        for number in range(20):
            await journal.commit(facts(f"event {number}"), Clock().now())
        crash_image(tmp_path / "live.db", tmp_path / "dead.db")
        await journal.close()

    asyncio.run(build())
    with reading(tmp_path / "dead.db") as db:
        assert db.execute("SELECT count(*) FROM event").fetchone()[0] < 20, "else this shows nothing"
    before = contents(tmp_path)
    asyncio.run(copy_closed(tmp_path / "dead.db", tmp_path / "copy.db", lambda *_: None))
    with reading(tmp_path / "copy.db") as db:
        assert db.execute("SELECT count(*) FROM event").fetchone()[0] == 20
    assert {name: digest for name, digest in contents(tmp_path).items() if name in before} == before


async def test_a_copy_is_of_one_moment_while_commits_go_on(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal.db", GATEWAY, Clock())
    keeper, copy = JournalMaintenance(journal, Clock()), tmp_path / "copy.db"
    for number in range(400):
        await journal.commit(facts(f"event {number} {'水' * 200}"), Clock().now())
    seen: list[tuple[int, int]] = []

    def told(done: int, total: int) -> None:
        seen.append((done, total))
        asyncio.run_coroutine_threadsafe(journal.commit(facts("meanwhile"), Clock().now()), loop).result(10)

    loop = asyncio.get_running_loop()
    await keeper.copy(copy, told)
    examine(copy, Event(), pause=0.0)
    with reading(copy) as db:
        assert db.execute("SELECT count(*), max(seq) FROM event").fetchone() == (400, 400)
    assert seen[-1][0] == seen[-1][1]
    assert journal.head == 400 + len(seen)
    assert copy.stat().st_mode & 0o777 == 0o600
    await journal.close()


@pytest.mark.timeout(600)
def test_a_restore_killed_at_any_step_leaves_the_old_or_the_new_whole(tmp_path: Path) -> None:
    old, path = new_box(tmp_path / "old", "new one", procedures=owed()), tmp_path / "gw.zip"
    (old.site / "rules" / "quick.yaml").write_text(NEW_RULE, encoding="utf-8")
    old.backup(path)
    there = new_box(tmp_path / "there", "old one")
    outcomes, sites = [], (settings(there.site), settings(old.site))
    for step in itertools.count(1):
        box = Box(tmp_path / f"killed-{step}")
        shutil.copytree(there.folder, box.folder)
        killed = killed_at(step, box.folder, lambda box=box: box.restore(path))
        found = starts(box)
        new = "new one" in found.names
        assert settings(box.site) == sites[new]
        assert found.names == (["new one"] if new else ["old one"])
        assert bool(found.procedures.obligations) is new
        assert found.disarmed is new
        assert [*box.state.glob("restore.*")] == []
        told = [code for code in found.codes if code.startswith("agent.restore")]
        outcomes.append((new, *told))
        if not killed:
            break
    assert outcomes[-1] == (True,), "nothing to tell of what came to its end"
    assert [new for new, *_ in outcomes] == sorted(new for new, *_ in outcomes), "never back again"
    assert (False, "agent.restore-abandoned") in outcomes
    assert outcomes.count((True, "agent.restore-finished")) >= 4


def test_a_site_that_cannot_be_written_runs_from_what_was_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway's own account may not write the site: it runs from the new one, and root puts it in place later."""
    old, path, box = new_box(tmp_path / "old", "new one"), tmp_path / "gw.zip", new_box(tmp_path / "box", "old one")
    (old.site / "rules" / "quick.yaml").write_text(NEW_RULE, encoding="utf-8")
    old.backup(path)
    with monkeypatch.context() as power:
        power.setattr("agent.backup.installing.finish", _power_cut)
        assert box.restore(path)["exit"] == 130
    with monkeypatch.context() as rights:
        rights.setattr("agent.backup.installing.replace_file", _forbidden)
        beginning = begin(box.state, box.site)
    assert settings(beginning.site) == settings(old.site)
    asyncio.run(tell(box.state, GATEWAY, beginning))
    found = box.look()
    assert found.names == ["new one"]
    assert found.disarmed
    assert found.codes == ["agent.restore-unfinished"]
    assert box.does("restore", "--finish", "--state", str(box.state))["exit"] == 0
    assert settings(box.site) == settings(old.site)
    assert starts(box).names == ["new one"]


def _power_cut(*_: object) -> None:
    raise KeyboardInterrupt


def _forbidden(path: Path, _: bytes) -> None:
    raise PermissionError(13, "Permission denied", str(path))


def test_a_box_that_was_moved_never_runs_again_by_itself(tmp_path: Path) -> None:
    old, path = new_box(tmp_path / "old", "one", procedures=locked()), tmp_path / "gw.zip"
    assert old.move(path)["code"] == "backup.standing"
    old.undelivered("late")
    assert old.move(path, "--force")["exit"] == 0
    with pytest.raises(DoesNotRunError, match=r"retired\.moved"):
        begin(old.state, old.site)
    assert main(["run", *old.where, "--json"]) == 3
    new = fresh(tmp_path / "new")
    assert new.restore(path)["exit"] == 0
    found = starts(new)
    assert found.names == ["one", "late"], "events that headquarters does not have come along"
    assert found.acts == ["move", "restore"]
    assert found.procedures.lockouts
    assert found.disarmed
    back = old.does(
        "move", "--take-back", "--site", str(old.site), "--state", str(old.state), "--by", "Li", "--reason", "x"
    )
    assert back["exit"] == 0
    again = starts(old)
    assert again.disarmed
    assert again.acts == ["move", "move-back"]
    assert again.epoch not in (found.epoch, *(body.get("epoch") for body in found.told))


def test_taking_back_what_was_not_moved(tmp_path: Path) -> None:
    box = new_box(tmp_path / "box")
    told = box.does("move", "--take-back", "--site", str(box.site), "--state", str(box.state), "--reason", "x")
    assert told["code"] == "retired.not"
    assert not starts(box).disarmed


def test_a_move_killed_at_any_step_never_leaves_two_that_run(tmp_path: Path) -> None:
    there = new_box(tmp_path / "there", "one")
    outcomes = set()
    for step in itertools.count(1, 2):
        box, path = Box(tmp_path / f"killed-{step}"), tmp_path / f"killed-{step}" / "gw.zip"
        shutil.copytree(there.folder, box.folder)
        killed = killed_at(step, box.folder, lambda box=box, path=path: box.move(path))
        retired = (box.state / "retired.json").exists()
        assert retired or not path.exists()
        outcomes.add((retired, path.exists()))
        if not path.exists():
            assert box.move(path)["exit"] == 0, "begun again it comes to its end"
        assert fresh(tmp_path / f"new-{step}").restore(path)["exit"] == 0
        if not killed:
            break
    assert {(False, False), (True, True)} <= outcomes


def test_a_reset_lists_and_asks_first(tmp_path: Path) -> None:
    box = new_box(tmp_path / "box", "one")
    before = contents(box.folder)
    told = box.reset()
    assert (told["code"], told["exit"]) == ("factory-reset.needs-yes", 2)
    assert contents(box.folder) == before
    box.undelivered("late")
    before = contents(box.folder)
    assert box.reset("--yes")["code"] == "backup.undelivered"
    assert contents(box.folder) == before


def test_after_a_reset_nothing_is_left_and_the_next_gateway_tells(tmp_path: Path) -> None:
    box = new_box(tmp_path / "box", "one", "two")
    before = box.look()
    (box.site / "own.key").write_text("x", encoding="utf-8")
    assert box.reset("--yes")["exit"] == 0
    assert [*contents(box.site)] == []
    assert {*contents(box.state)} == {"journal.mark", "reset.json"}
    shutil.copytree(new_box(tmp_path / "other").site, box.site, dirs_exist_ok=True)
    found = starts(box)
    assert found.names == []
    assert found.acts == ["factory-reset"]
    assert found.disarmed
    assert found.epoch != before.epoch
    assert not (box.state / "reset.json").exists()
    assert starts(box).acts == ["factory-reset"], "once"


def test_a_reset_killed_at_any_step_goes_on_and_nothing_runs_meanwhile(tmp_path: Path) -> None:
    there = new_box(tmp_path / "there", "one")
    begun = 0
    for step in itertools.count(1):
        box = Box(tmp_path / f"killed-{step}")
        shutil.copytree(there.folder, box.folder)
        killed = killed_at(step, box.folder, lambda box=box: box.reset("--yes"))
        note = box.state / "reset.json"
        if not note.exists():
            assert settings(box.site) == settings(there.site)
            assert starts(box).names == ["one"]
        elif not json.loads(note.read_text(encoding="utf-8"))["done"]:
            begun += 1
            with pytest.raises(DoesNotRunError, match=r"retired\.reset"):
                begin(box.state, box.site)
            assert box.reset("--yes")["exit"] == 0
            assert [*contents(box.site)] == []
        if not killed:
            break
    assert begun >= 4


def owners(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_uid for path in [folder, *folder.rglob("*")]}


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes things for another account")
@pytest.mark.parametrize(
    "act",
    [
        lambda box, path: box.restore(path, "--lose-events"),
        lambda box, path: box.move(path.with_name("moved.zip")),
        lambda box, _: box.reset("--yes", "--lose-events"),
    ],
    ids=["restore", "move", "reset"],
)
def test_what_root_makes_belongs_to_the_account_of_the_gateway(
    act: Callable[[Box, Path], dict[str, Any]], tmp_path: Path
) -> None:
    box, path = new_box(tmp_path / "box", "one"), tmp_path / "gw.zip"
    box.backup(path)
    (box.plant).write_text(box.plant.read_text() + "# changed since\n")
    for one in [box.state, *box.state.rglob("*")]:
        os.chown(one, 12_345, 12_345)
    assert act(box, path)["exit"] == 0
    found = owners(box.state)
    assert {*found.values()} == {12_345}, found


def test_what_a_gateway_stored_while_a_restore_was_unfinished_is_kept(tmp_path: Path) -> None:
    """The old journal is aside already, a gateway has begun another one: that one is nowhere else."""
    there, path = new_box(tmp_path / "there", "one"), tmp_path / "gw.zip"
    there.backup(path)
    for step in itertools.count(1):
        box = Box(tmp_path / f"killed-{step}")
        shutil.copytree(there.folder, box.folder)
        assert killed_at(step, box.folder, lambda box=box: box.restore(path)), "it was never without a journal"
        if not (box.state / "journal.db").exists():
            break
    box.remember("told meanwhile")
    made = (box.state / "journal.db").read_bytes()
    starts(box)
    (aside,) = box.state.glob("replaced-*")
    assert made in [one.read_bytes() for one in aside.iterdir()]
