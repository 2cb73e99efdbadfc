"""A site directory becomes a Plant. What is refused, and how it reads, stands in tests/contract/bad."""

from pathlib import Path
from shutil import copytree

import pytest

from config.assembly.definitions import LIBRARY
from config.errors import ConfigError
from config.plant import DAY, Plant, Storage
from config.site import compile_site, load_site
from drivers.templates import WordWrite
from rules.model import Binding
from tests.unit.config.edits import edit

METER = """\
id: meter
title: {zh: 水表, en: Meter}
protocol: modbus
base: 1
points:
  - {name: pressure, title: {zh: 压力, en: Pressure}, at: input 10, type: u16, unit: bar}
  - {name: temperature, title: {zh: 温度, en: Temperature}, at: input 11, type: i16, unit: °F}
  - {name: mode, title: {zh: 模式, en: Mode}, at: coil 1}
"""
PIPE = """\
id: pipe
title: {zh: 管道, en: Pipe}
roles:
  pressure: {kind: analog, unit: kPa, title: {zh: 压力, en: Pressure}}
  temperature: {kind: analog, unit: °C, title: {zh: 温度, en: Temperature}}
"""


def add_own_definitions(site: Path) -> None:
    for folder, name, text in (("templates", "meter", METER), ("classes", "pipe", PIPE)):
        (site / folder).mkdir()
        (site / folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    edit(site / "plant.yaml", "equipment:", "  - {id: meter-1, link: bus, unit: 2, template: meter}\nequipment:")
    roles = "{pressure: meter-1.pressure, temperature: meter-1.temperature}"
    pipe = f"  - {{id: pipe-1, class: pipe, title: {{zh: 管, en: Pipe}}, roles: {roles}}}"
    edit(site / "plant.yaml", "packs:", f"{pipe}\npacks:")


def test_plant(site: Path) -> None:
    plant = load_site(site)
    assert (plant.site.org, plant.site.language, plant.gateway) == ("local", "zh", "gw-1")
    assert [rule.id for rule in plant.rules] == [
        "S01",
        "S06",
        "S02",
        "S03",
        "S04",
        "S05",
        "S07",
        "S08",
        "S20",
        "S21",
        "S22",
        "S23",
        "S24",
        "H01",
    ]
    assert plant.devices[0].polls == {"fast": 2.0, "normal": 10.0, "slow": 300.0}


def test_equipment_has_defaults_and_overrides(site: Path) -> None:
    tank = load_site(site).equipment[0]
    assert {name: tank.parameters[name] for name in ("low", "low_low", "high")} == {
        "low": 35.0,
        "low_low": 15.0,
        "high": 90.0,
    }
    assert tank.roles == {"level": Binding("booster.level")}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", Storage(90 * DAY, 1830 * DAY, 2**30)),
        ("storage: {}\n", Storage()),
        ("storage: {keep: 1 year, size: 64 MiB}\n", Storage(365.25 * DAY, 1830 * DAY, 2**26)),
        ("storage: {keep: 5 year, keep_proof: 5 year}\n", Storage(1826.25 * DAY, 1826.25 * DAY, 2**30)),
    ],
)
def test_what_the_journal_keeps(site: Path, written: str, expected: Storage) -> None:
    edit(site / "plant.yaml", "uplink:", f"{written}uplink:")
    assert load_site(site).storage == expected


def test_devices_links_and_the_gateway_are_equipment(site: Path) -> None:
    made = {entry.id: (entry.cls, entry.roles["online"].point) for entry in load_site(site).equipment[1:-1]}
    assert made == {
        "booster": ("device", "booster.online"),
        "bus": ("link", "bus.online"),
        "gw-1": ("gateway", "gw-1.online"),
    }


def test_rule_keeps_the_place_of_its_condition(site: Path) -> None:
    rule = next(rule for rule in load_site(site).rules if rule.id == "H01")
    assert rule.when.place is not None
    assert (rule.when.place.file, rule.when.place.line, rule.when.place.column) == ("rules/site.yaml", 4, 9)
    assert rule.work_order is not None
    assert (rule.on_delay, rule.work_order.materials) == (60.0, ("fill valve",))


def test_own_template_counts_from_its_base(site: Path) -> None:
    add_own_definitions(site)
    template = load_site(site).devices[1].template
    assert [point.source.address for point in template.points] == [9, 10, 0]


def test_binding_converts_units(site: Path) -> None:
    add_own_definitions(site)
    pipe = next(entry for entry in load_site(site).equipment if entry.id == "pipe-1")
    assert pipe.roles["pressure"].factor == pytest.approx(100)
    assert 212 * pipe.roles["temperature"].factor + pipe.roles["temperature"].offset == pytest.approx(100)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("plant.yaml", "gw-1", "gw-2"), ("rules/site.yaml", "1 min", "2 min")],
)
def test_fingerprint_follows_every_file(site: Path, name: str, old: str, new: str) -> None:
    before = load_site(site).fingerprint
    assert load_site(site).fingerprint == before
    edit(site / name, old, new)
    assert load_site(site).fingerprint != before


def test_rule_tests_are_not_rules(site: Path) -> None:
    before = load_site(site).rules
    (site / "rules" / "site.test.yaml").write_text("not read here", encoding="utf-8")
    assert load_site(site).rules == before


def test_a_secret_is_nowhere_in_the_error(site: Path) -> None:
    edit(site / "plant.yaml", "uplink: {", "uplink: {password: hunter2, ")
    with pytest.raises(ConfigError) as caught:
        load_site(site)
    assert "hunter2" not in repr(caught.value.findings)


GENSET = """\
site: {id: plaza, title: {zh: 广场, en: Plaza}}
gateway: gw-1
uplink: {broker: "mqtt://127.0.0.1:1883"}
links:
  - {id: bus, url: "modbus-tcp://127.0.0.1:5020"}
  - {id: ip, url: "bacnet://127.0.0.1:47808"}
devices:
  - {id: genset, link: bus, unit: 1, template: dse-genset}
  - {id: meter, link: bus, unit: 2, template: mains-meter}
  - {id: lamp-1, link: bus, unit: 3, offset: 100, template: intesis-dali-luminaire}
  - {id: lamp-2, link: bus, unit: 3, offset: 200, template: intesis-dali-luminaire}
  - {id: panel, link: ip, address: "127.0.0.1:47901/2001", template: bacnet-fire-panel}
equipment:
  - id: mains-1
    class: mains-supply
    title: {zh: 市电, en: Mains}
    roles:
      {voltage_l1: meter.voltage_l1, voltage_l2: meter.voltage_l2, voltage_l3: meter.voltage_l3,
       frequency: meter.frequency}
  - id: genset-1
    class: generator
    title: {zh: 发电机, en: Generator}
    roles:
      {mode: genset.mode, state: genset.state, voltage: genset.voltage_l1_l2, frequency: genset.frequency,
       oil_pressure: genset.oil_pressure, coolant: genset.coolant, battery_voltage: genset.battery_voltage,
       fuel: genset.fuel, load: genset.load}
    relations: {mains: mains-1}
    commands: {cancel: genset.auto}
"""


@pytest.fixture
def genset(tmp_path: Path) -> Plant:
    (tmp_path / "plant.yaml").write_text(GENSET, encoding="utf-8")
    return load_site(tmp_path)


def test_devices_of_both_protocols_stand_at_their_places(genset: Plant) -> None:
    devices = {device.id: device for device in genset.devices}
    assert (devices["genset"].address, devices["panel"].address) == ("1", "127.0.0.1:47901/2001")
    lamps = [devices[name].template.points[0].modbus.address for name in ("lamp-1", "lamp-2")]
    assert lamps == [142, 242]
    assert devices["panel"].template.points[0].bacnet.object_type == "life-safety-point"


def test_commands_go_to_the_bound_device_unless_written(genset: Plant) -> None:
    machine = next(one for one in genset.equipment if one.id == "genset-1")
    verbs = ("start", "stop", "manual", "auto")
    assert machine.commands == {**{verb: f"genset.{verb}" for verb in verbs}, "cancel": "genset.auto"}
    assert (machine.relations, machine.supply) == ({"mains": "mains-1"}, "")


def test_a_key_is_written_with_its_complement(genset: Plant) -> None:
    template = next(device.template for device in genset.devices if device.id == "genset")
    command = template.command("start")
    assert command is not None
    assert command.writes == (WordWrite(4104, (35705, 29830)),)


def test_a_class_says_what_is_safe_and_what_forbids_a_test(genset: Plant) -> None:
    cls = genset.classes["generator"]
    assert {name for name, command in cls.commands.items() if command.safe} == {"auto", "cancel"}
    aborting = {lock.id: lock.aborts for lock in cls.interlocks}
    assert aborting == {"fire": True, "mains-lost": True, "fuel-low": False, "battery-low": False}
    assert cls.terms["stopped"].text == "state == stopped"
    assert genset.classes["mains-supply"].read_only


@pytest.mark.parametrize(
    ("old", "new", "ignored"),
    [
        ("when: level >= high", "when: level > 5 % / 0", ["condition.division-by-zero"]),
        ("  for: 1 min", "  clear: level < 5 % / 0", ["condition.division-by-zero"]),
        ("when: level >= high", "when: levl >= high", None),
    ],
    ids=["a condition that never comes out otherwise", "such a clear condition", "any other mistake"],
)
def test_what_an_earlier_version_let_pass_stops_no_plant(
    site: Path, old: str, new: str, ignored: list[str] | None
) -> None:
    edit(site / "rules/site.yaml", old, new)
    check_start(site, ignored)


def test_nor_does_such_a_term_of_a_class(site: Path) -> None:
    add_own_definitions(site)
    edit(site / "classes/pipe.yaml", "roles:", 'terms: {cold: "temperature < 5 °C / 0"}\nroles:')
    rule = "- {id: H02, for_each: pipe, title: {zh: 冷, en: Cold}, when: cold, severity: low}\n- id: H01"
    edit(site / "rules/site.yaml", "- id: H01", rule)
    check_start(site, ["condition.division-by-zero", "condition.term"])


def check_start(site: Path, ignored: list[str] | None) -> None:
    with pytest.raises(ConfigError):
        load_site(site)
    if ignored is None:
        with pytest.raises(ConfigError):
            load_site(site, start=True)
    else:
        assert [finding.code for finding in load_site(site, start=True).ignored] == ignored


@pytest.mark.parametrize(("supply", "by_hand"), [("ups", False), ("mains", True)])
def test_the_rulebook_of_the_load_is_that_of_the_plant(tmp_path: Path, supply: str, by_hand: bool) -> None:
    """Also where a schedule is refused, which is found after the rules were compiled."""
    site = copytree(LIBRARY / "examples" / "harbour-tower", tmp_path / "tower")
    edit(site / "plant.yaml", "gateway_supply: ups", f"gateway_supply: {supply}")
    plant, rulebook = compile_site(site)
    compiled, _ = plant.compile()
    assert [watch.id for watch in rulebook.watches] == [watch.id for watch in compiled.watches]
    assert (rulebook.feeds, rulebook.hold, rulebook.unarmed) == (compiled.feeds, compiled.hold, compiled.unarmed)
    schedules = {key: job.procedure.schedule for key, job in rulebook.jobs.items()}
    assert schedules == {key: job.procedure.schedule for key, job in compiled.jobs.items()}
    assert bool(plant.safety.unscheduled) == by_hand


def test_a_site_is_compiled_once(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def again(plant: Plant) -> None:
        raise AssertionError(plant)

    monkeypatch.setattr(Plant, "compile", again)
    assert compile_site(site)[1].watches
