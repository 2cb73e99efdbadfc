"""``plantgate doctor``: each finding with what to do, in both languages; 1 when there is anything to do."""

from io import StringIO
from pathlib import Path

import pytest

from agent.cli import parse
from agent.cli.commands import doctor
from agent.cli.shell.console import Console
from agent.doctor.finding import ill
from config.catalogue import LANGUAGES, Catalogue
from config.editing.additions import add_devices, add_link
from config.editing.starting import Answers, start_site
from config.identities import write_identities
from config.site import load_site
from drivers.points import Value
from emulators.modbus.server import ModbusServer
from emulators.modbus.unit import ModbusUnit
from runtime.errors import UsageError
from tests.shipped import library
from tests.unit.agent.cli.commands.test_init import BOOSTER, VALUES
from tests.unit.agent.cli.looking import looked


async def test_a_site_without_a_broker(tmp_path: Path) -> None:
    site = tmp_path / "site"
    start_site(site, Answers("s", "s", "s", broker="mqtt://127.0.0.1:1"))
    async with ModbusServer({1: ModbusUnit(BOOSTER, VALUES)}) as server:
        text, link = add_link((site / "plant.yaml").read_text(encoding="utf-8"), server.url)
        text = add_devices(text, [f"{{id: pumps, link: {link}, unit: 1, template: booster-set}}"])
        (site / "plant.yaml").write_text(text, encoding="utf-8")
        code, told = await looked(doctor, str(site), "--state", str(tmp_path / "state"))
    found = {entry["check"]: entry for entry in told}
    assert code == 1
    assert (found["broker-away"]["ok"], found["device"]["ok"]) == (False, True)
    assert found["broker-away"]["advice"]
    assert found["device"]["advice"] == ""


GENSET = library().templates["dse-genset"]
TOLD: dict[str, Value] = {"manufacturer": 1, "model": 32840, "serial": 70001}


@pytest.mark.parametrize(
    ("recorded", "record", "check", "after"),
    [
        (None, None, "identity-unrecorded", None),
        (None, [], "identity-recorded", TOLD),
        (TOLD, [], "identity", TOLD),
        (TOLD | {"serial": 7}, None, "identity-other", TOLD | {"serial": 7}),
        # An exchange is recorded only where it is named.
        (TOLD | {"serial": 7}, [], "identity-other", TOLD | {"serial": 7}),
        (TOLD | {"serial": 7}, ["genset"], "identity-recorded", TOLD),
    ],
)
async def test_who_a_device_is_gets_on_record(
    recorded: dict[str, Value] | None,
    record: list[str] | None,
    check: str,
    after: dict[str, Value] | None,
    tmp_path: Path,
) -> None:
    site = tmp_path / "site"
    start_site(site, Answers("s", "s", "s", broker="mqtt://127.0.0.1:1"))
    if recorded is not None:
        write_identities(site, {"genset": recorded})
    async with ModbusServer({1: ModbusUnit(GENSET, dict(TOLD))}) as server:
        text, link = add_link((site / "plant.yaml").read_text(encoding="utf-8"), server.url)
        text = add_devices(text, [f"{{id: genset, link: {link}, unit: 1, template: dse-genset}}"])
        (site / "plant.yaml").write_text(text, encoding="utf-8")
        asked = [] if record is None else ["--record", *record]
        _, told = await looked(doctor, str(site), "--state", str(tmp_path / "state"), *asked)
    (found,) = (entry for entry in told if entry.get("check", "").startswith("identity"))
    assert found["check"] == check
    assert "70001" in found["message"]
    assert load_site(site).recorded == ({} if after is None else {"genset": after})


async def test_who_is_to_be_recorded_must_be_there(tmp_path: Path) -> None:
    site = tmp_path / "site"
    start_site(site, Answers("s", "s", "s", broker="mqtt://127.0.0.1:1"))
    with pytest.raises(UsageError, match=r"doctor\.no-device"):
        await looked(doctor, str(site), "--state", str(tmp_path / "state"), "--record", "nobody")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_people_read_what_to_do(lang: str) -> None:
    out = StringIO()
    doctor._show(
        ill("port-forbidden", port="/dev/ttyUSB0", group="dialout", user="li"), Console(Catalogue.load(lang), out=out)
    )
    first, second = out.getvalue().splitlines()
    assert first.startswith("!! ")
    assert "usermod -aG dialout li" in second


@pytest.mark.parametrize("code", sorted(code for code in Catalogue.load("en").texts if code.startswith("doctor.")))
def test_every_advice_belongs_to_a_finding(code: str) -> None:
    assert code.removesuffix("-do") in Catalogue.load("en").texts


def test_the_site_is_named() -> None:
    assert parse(["doctor", "here"], Catalogue.load("en")).site == Path("here")
