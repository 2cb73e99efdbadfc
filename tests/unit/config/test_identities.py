"""identity.yaml: what is recorded comes back as it was, reaches its device, and what fits nothing is told."""

import os
from pathlib import Path

import pytest

from config.assembly.doubts import doubts
from config.errors import ConfigError
from config.identities import FILE, read_identities, write_identities
from config.reading.files import Files
from config.site import compile_site, load_site
from drivers.points import Value

SITE = """\
site: {id: power, title: {zh: 电, en: Power}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:9"}
links: [{id: bus, url: "modbus-tcp://127.0.0.1:502"}]
devices:
  - {id: genset, link: bus, unit: 2, template: dse-genset}
"""
GENSET: dict[str, Value] = {"manufacturer": 1, "model": 32840, "serial": 4294967295}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "plant.yaml").write_text(SITE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("value", [7, 4294967295, 2.5, True, 'InteliLite4 "-', "柴发: {1}", "0x10", "yes", ""])
def test_what_is_written_is_read(site: Path, value: Value) -> None:
    write_identities(site, {"genset": {"serial": value}})
    files = Files()
    assert read_identities(site, files) == {"genset": {"serial": value}}
    assert files.findings == []


def test_it_is_on_the_disk_before_it_takes_its_place(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, int]] = []
    sync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        done.append(("sync", os.fstat(descriptor).st_size))
        sync(descriptor)

    def put(old: Path, new: Path) -> None:
        done.append(("put", old.stat().st_size))
        replace(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", put)
    size = write_identities(site, {"genset": GENSET}).stat().st_size
    assert done == [("sync", size), ("put", size)]


def test_it_is_not_written_through_a_link(site: Path) -> None:
    other = site / "other"
    other.write_text("mine")
    (site / f".{FILE}.new").symlink_to(other)
    assert not write_identities(site, {"genset": GENSET}).is_symlink()
    assert other.read_text() == "mine"


def test_a_site_without_it_has_recorded_nothing(site: Path) -> None:
    assert load_site(site).devices[0].identity == {}


def test_it_belongs_to_the_device_and_to_the_fingerprint_of_the_site(site: Path) -> None:
    before = load_site(site)
    write_identities(site, {"genset": GENSET})
    after = load_site(site)
    assert after.devices[0].identity == GENSET
    assert after.fingerprint != before.fingerprint
    assert doubts(*compile_site(site)) == []


@pytest.mark.parametrize(
    ("recorded", "code"),
    [
        ({"renamed": GENSET}, "doubt.recorded-nobody"),
        ({"genset": GENSET | {"firmware": 3}}, "doubt.recorded-nothing"),
    ],
)
def test_what_fits_nothing_is_told_and_stops_nobody(
    site: Path, recorded: dict[str, dict[str, Value]], code: str
) -> None:
    write_identities(site, recorded)
    assert [finding.code for finding in doubts(*compile_site(site))] == [code]


def test_a_file_that_cannot_be_understood_is_told_with_its_line(site: Path) -> None:
    (site / FILE).write_text("devices:\n  genset: {serial: [7]}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_site(site)
    (finding,) = caught.value.findings
    assert (finding.place.file, finding.place.line) == (FILE, 2)
