"""Files that are not what they seem: pipes, devices, links, huge ones; and who may read what we write."""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.cli.commands import check
from agent.journal import Journal
from config.assembly.definitions import LIBRARY
from config.errors import ConfigError
from config.reading.shape import check as shaped
from config.reading.yamlfile import MAX_BYTES, YamlFile, read_yaml
from config.schema.equipment_class import ClassFile
from config.schema.identities import IdentitiesFile
from config.schema.people import PeopleFile
from config.schema.plant import PlantFile
from config.schema.procedure import ProcedureFile
from config.schema.rule import RuleFile
from config.schema.rule_test import RuleTestFile
from config.schema.template import TemplateFile
from config.site import load_site
from drivers.points import Instant
from headquarters.receiver import SqliteStore
from runtime.clock import ManualClock
from tests.unit.agent.cli.looking import looked
from tests.unit.delivery_fakes import numbered

AT = Instant("boot-1", 1000.0, 1_800_000_000.0)
PLANT = """\
site: {id: bench, title: {zh: 试验, en: Bench}}
gateway: gw-1
uplink: {broker: "BROKER"}
"""
FILES = (
    "plant.yaml", "people.yaml", "rules/a.yaml", "rules/a.test.yaml", "procedures/a.yaml", "classes/a.yaml",
    "templates/a.yaml",
)  # fmt: skip


def site(path: Path, broker: str = "mqtt://127.0.0.1:1883") -> Path:
    for name in FILES:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
    (path / "plant.yaml").write_text(PLANT.replace("BROKER", broker), encoding="utf-8")
    return path


def unix_socket(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as made:
        made.bind(str(path))


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024 * 1024)


KINDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "file.not-regular"),
    "device that never ends": (lambda path: path.symlink_to("/dev/zero"), "file.not-regular"),
    "terminal": (lambda path: path.symlink_to("/dev/tty"), "file."),
    "folder": (Path.mkdir, "file.not-regular"),
    "socket": (unix_socket, "file."),
    "link to itself": (lambda path: path.symlink_to(path.name), "file.unreadable"),
    "link to nowhere": (lambda path: path.symlink_to("nowhere"), "file.missing"),
    "huge": (huge, "yaml.too-big"),
    "link to memory": (lambda path: path.symlink_to("/proc/self/mem"), ""),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.timeout(20)
def test_what_is_no_regular_file_is_a_finding(tmp_path: Path, name: str, kind: str) -> None:
    make, code = KINDS[kind]
    path = site(tmp_path) / name
    path.unlink(missing_ok=True)
    make(path)
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, name)
    assert any(one.code.startswith(code) for one in caught.value.findings)


SHAPES: dict[str, type[object]] = {
    "examples/harbour-tower/plant.yaml": PlantFile,
    "examples/harbour-plaza/people.yaml": PeopleFile,
    "examples/harbour-tower/identity.yaml": IdentitiesFile,
    "examples/harbour-tower/rules/site.yaml": RuleFile,
    "examples/harbour-tower/rules/site.test.yaml": RuleTestFile,
    "examples/harbour-tower/procedures/short.yaml": ProcedureFile,
    "templates/generators/dse-genset.yaml": TemplateFile,
    "templates/generators/smartgen-hgm4000.yaml": TemplateFile,
    "templates/fire/bacnet-fire-panel.yaml": TemplateFile,
    "classes/generator.yaml": ClassFile,
}
ANYTHING: tuple[object, ...] = (True, 10**18 - 1, float("inf"), "", {"a": {"b": 1}}, [["x"]])

FREE = {"simulation", "events"}
"""Keys below which words are read by the emulator, or compared with what was told."""


@pytest.mark.parametrize("name", SHAPES)
def test_whatever_stands_at_any_place_of_a_file_is_fine_or_a_finding(name: str) -> None:
    good = read_yaml((LIBRARY / name).read_bytes(), name)
    assert shaped(good, SHAPES[name])[1] == []
    # One item of a list stands for its neighbours.
    places = {tuple(part for part in path if isinstance(part, str)): path for path in good.values}
    for path in places.values():
        found = [shaped(with_value(good, path, value), SHAPES[name])[1] for value in ANYTHING]
        assert any(found) or not FREE.isdisjoint(path), f"{path} takes anything"


def with_value(file: YamlFile, path: tuple[str | int, ...], value: object) -> YamlFile:
    """The same file with another value at one place."""
    return YamlFile(file.name, file.lines, _put(file.data, path, value), file.keys, file.values)


def _put(data: object, path: tuple[str | int, ...], value: object) -> object:
    if not path:
        return value
    first, *rest = path
    inside = dict(data) if isinstance(data, dict) else dict(enumerate(data)) if isinstance(data, list) else {}
    inside[first] = _put(inside[first], tuple(rest), value)
    return list(inside.values()) if isinstance(data, list) else inside


SPARED = ("people.yaml", "identity.yaml")
"""Files without which a plant is watched all the same."""
MISTAKES: dict[str, Callable[[Path], object]] = {
    "not YAML": lambda path: path.write_text("people: [{name: "),
    "empty": lambda path: path.write_text(""),
    "another shape": lambda path: path.write_text("persons: []\n"),
    "nobody who may do everything": lambda path: path.write_text("people: [{name: Li, role: view}]\n"),
    **{kind: make for kind, (make, _) in KINDS.items()},
}


@pytest.mark.parametrize("name", SPARED)
@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.timeout(20)
def test_a_mistake_in_what_watching_can_do_without_blinds_no_building(tmp_path: Path, name: str, mistake: str) -> None:
    path = site(tmp_path) / name
    MISTAKES[mistake](path)
    with pytest.raises(ConfigError) as caught:
        load_site(tmp_path)
    plant = load_site(tmp_path, start=True)
    assert {one.code for one in caught.value.findings} <= {one.code for one in plant.doubts}
    assert (plant.people, plant.recorded) == (None, {})


@pytest.mark.parametrize("other", ["Li", "LI", "\uff2c\uff49"], ids=["the same", "in capitals", "in full width"])
def test_two_people_of_one_name_are_refused_and_neither_gets_in(tmp_path: Path, other: str) -> None:
    """A record could mean either, and the second could have what the first may do."""
    people = f"people:\n  - {{name: Li, role: supervisor, accounts: [li]}}\n  - {{name: {other}, role: view}}\n"
    (site(tmp_path) / "people.yaml").write_text(people, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_site(tmp_path)
    told = [(one.code, one.place and one.place.line, one.arguments) for one in caught.value.findings]
    assert told == [("people.twice", 3, {"name": other, "first": 2})]
    assert load_site(tmp_path, start=True).people is None


def _load(directory: Path, name: str) -> None:
    if name.endswith(".test.yaml"):
        from config.rule_tests import load_rule_tests

        load_rule_tests(directory)
    load_site(directory)


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = site(tmp_path) / "rules/a.yaml"
    path.write_bytes(b"#" * MAX_BYTES)
    with pytest.raises(ConfigError) as caught:
        load_site(tmp_path)
    assert [one.code for one in caught.value.findings] == ["yaml.empty-file"]


async def test_a_link_out_of_the_site_fails_check_and_stops_no_plant(tmp_path: Path) -> None:
    directory = site(tmp_path / "site")
    (tmp_path / "elsewhere.yaml").write_bytes((directory / "plant.yaml").read_bytes())
    (directory / "plant.yaml").unlink()
    (directory / "plant.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert load_site(directory).site.id == "bench"
    code, (told,) = await looked(check, str(directory))
    assert (code, "file.outside" in [one["code"] for one in told["warnings"]]) == (1, True)


async def test_a_link_within_the_site_and_a_linked_site_are_fine(tmp_path: Path) -> None:
    directory = site(tmp_path / "site")
    (directory / "plant.yaml").rename(directory / "real.yaml")
    (directory / "plant.yaml").symlink_to("real.yaml")
    (tmp_path / "linked").symlink_to(directory)
    assert load_site(tmp_path / "linked").doubts == ()


@pytest.mark.parametrize(
    ("broker", "words", "refused"),
    [
        ("mqtt://10.0.0.9:1883", 'password: "env:P"', True),
        ("mqtt://hq.example.com:1883", 'password: "env:P"', True),
        ("mqtt://[2001:db8::1]:1883", 'password: "env:P"', True),
        ("mqtt://10.0.0.9:1883", 'password: "env:P", insecure: true', False),
        ("mqtt://10.0.0.9:1883", 'password: "env:P", insecure: false', True),
        ("mqtt://10.0.0.9:1883", "username: gw", False),
        ("mqtts://10.0.0.9:8883", 'password: "env:P"', False),
        ("mqtt://127.0.0.1:1883", 'password: "env:P"', False),
        ("mqtt://127.8.9.1:1883", 'password: "env:P"', False),
        ("mqtt://[::1]:1883", 'password: "env:P"', False),
        ("mqtt://localhost:1883", 'password: "env:P"', False),
    ],
)
async def test_no_password_goes_over_a_network_in_clear_unless_it_is_written(
    tmp_path: Path, broker: str, words: str, refused: bool
) -> None:
    site(tmp_path, f'{broker}", {words}}}#')
    code, (told,) = await looked(check, str(tmp_path))
    assert (code, "uplink.password-in-clear" in [one["code"] for one in told["warnings"]]) == (int(refused), refused)
    load_site(tmp_path)


@pytest.mark.parametrize("mask", [0, 0o022, 0o177])
async def test_only_the_owner_may_read_what_we_keep(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        journal = await Journal.open(tmp_path / "journal.db", "gw-1", ManualClock())
        await journal.commit(numbered(1, 3), AT)
        store = await SqliteStore.open(tmp_path / "hq.db")
        modes = await asyncio.to_thread(_modes, tmp_path)
        await journal.close()
        await store.close()
    finally:
        os.umask(before)
    assert {"journal.db", "journal.db-wal", "hq.db"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode != 0o600} == {}


async def test_what_an_older_version_left_open_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = await Journal.open(path, "gw-1", ManualClock())
    await journal.close()
    await asyncio.to_thread(path.chmod, 0o644)
    journal = await Journal.open(path, "gw-1", ManualClock())
    modes = await asyncio.to_thread(_modes, tmp_path)
    await journal.close()
    assert {name: mode for name, mode in modes.items() if mode != 0o600} == {}


def _modes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
