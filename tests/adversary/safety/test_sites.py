"""Sites that would make the gateway unsafe, each as a small change of a good one, and what ``check`` finds in them.

A new case is a new row: what is changed in plant.yaml or which files are added, and which findings stand against whom.
The site still loads, and everything in it is watched: only commands are refused.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from agent.cli import main
from config.catalogue import LANGUAGES, Catalogue
from config.plant import Plant
from config.site import load_site
from drivers.points import Instant
from rules.engine.state import EngineState
from rules.engine.step import Engine
from rules.inputs import GiveCommand
from rules.model import Origin
from tests.adversary.safety.sites import (
    AGAINST,
    ENGINE,
    GENERATOR_COMMANDS,
    IDENTITY,
    OWN,
    OWN_CLASS,
    OWN_POINTS,
    OWN_SAFE,
    TEMPLATE_COPY,
    TWO_SETS,
    Case,
    bound,
    codes,
    command,
    grouped,
    shipped,
    site_of,
    template,
)

PROCEDURE = """\
- id: own
  for_each: generator
  title: {zh: 自检, en: Own test}
  needs: [manual, start, auto]
  steps: [{command: manual}, {expect: by_hand, within: 30 s}]
  always: [%s]
"""
AUTO = "{command: auto}, {expect: automatic, within: 30 s}"
FORGED = template(
    "copy",
    "{class: engine}",
    command("start", "signal", "{at: holding 4104, key: 35705}"),
)
BOTH = {AGAINST: {"commanded-twice"}, "spare": {"commanded-twice"}}
KEYS = ("start", "stop", "manual", "auto", "cancel")
RECORDED = """\
devices:
  set-1: {manufacturer: 1, model: 32840, serial: %s}
  set-2: {manufacturer: 1, model: 32840, serial: %s}
"""
CASES = [
    # --- the command is not what the verb says
    Case("cancel starts", bound("cancel: set-1.start"), against={AGAINST: {"effect"}}, at="cancel: set-1.start"),
    Case("auto stops", bound("auto: set-1.stop"), against={AGAINST: {"effect"}}),
    Case("stop starts", bound("stop: set-1.start"), against={AGAINST: {"effect"}}),
    Case(
        "a template from before effects",
        OWN,
        {
            "templates/copy.yaml": template(
                "copy",
                "{class: generator}",
                OWN_SAFE + command("start", "", "{at: coil 71, value: true}"),
                *OWN_POINTS,
            )
        },
        against={AGAINST: {"no-effect"}},
        at="templates/copy.yaml: name: start",
    ),
    Case(
        "a start called safe",
        OWN,
        {
            "templates/copy.yaml": template(
                "copy",
                "{class: generator, commands: {cancel: start}}",
                OWN_SAFE + command("start", "safe", "{at: coil 71, value: true}"),
                *OWN_POINTS,
            )
        },
        against={AGAINST: {"misnamed"}},
    ),
    Case(
        "a start that nothing takes back",
        OWN,
        {
            "templates/copy.yaml": template(
                "copy", "{class: generator}", command("start", "start", "{at: coil 71, value: true}"), *OWN_POINTS
            )
        },
        against={AGAINST: {"no-safe"}},
    ),
    Case(
        "a start of a machine that nothing tells from another",
        OWN,
        {
            "templates/copy.yaml": template(
                "copy",
                "{class: generator}",
                OWN_SAFE + command("start", "start", "{at: coil 71, value: true}"),
                *OWN_POINTS,
            ).replace(IDENTITY, "")
        },
        against={AGAINST: {"no-identity"}},
    ),
    # --- a class of the site's own
    Case(
        "a class of its own commands a set",
        (("packs:", ENGINE % ("set-2", "")),),
        {"classes/engine.yaml": OWN_CLASS % "start"},
        against={"engine-1": {"own-class", "other-class", "no-safe"}},
        at="class: engine",
    ),
    Case(
        "a class of its own calls the start of a set a signal",
        (("packs:", ENGINE % ("set-2", "")),),
        {"classes/engine.yaml": OWN_CLASS % "signal"},
        against={"engine-1": {"effect", "other-class", "no-safe"}},
    ),
    Case(
        "a class of its own on a copied template whose start is called a signal",
        (
            *TEMPLATE_COPY,
            (
                "device: set-1\n    relations: {mains: mains, fire: fire-1}",
                "device: set-2\n    relations: {mains: mains, fire: fire-1}",
            ),
            ("packs:", ENGINE % ("set-1", "")),
        ),
        {"classes/engine.yaml": OWN_CLASS % "signal", "templates/copy.yaml": FORGED},
        against={"engine-1": {"copied", "misnamed"}},
    ),
    Case(
        "a class of its own tests a UPS",
        (("packs:", ENGINE % ("ups", ", commands: {start: ups.start_test}")),),
        {"classes/engine.yaml": OWN_CLASS % "test"},
        against={"engine-1": {"own-class", "other-class"}},
    ),
    Case(
        "a signal on what a fire panel is read from",
        (
            ('2001", template: bacnet-fire-panel', '2001", template: copy'),
            ("packs:", ENGINE % ("panel", ", commands: {start: panel.silence}")),
        ),
        {
            "classes/engine.yaml": OWN_CLASS % "signal",
            "templates/copy.yaml": shipped("bacnet-fire-panel")
            + "commands:\n"
            + command("silence", "signal", "{point: zone_1, value: quiet}"),
        },
        against={"engine-1": {"not-offered", "read-only", "copied-class"}, AGAINST: {"unproved"}},
    ),
    # --- a template of the site's own
    Case(
        "a copied template whose stop is called safe",
        TEMPLATE_COPY,
        {
            "templates/copy.yaml": shipped(
                "dse-genset",
                ("{name: stop, effect: stop", "{name: stop, effect: safe"),
                ("roles: {voltage: voltage_l1_l2}", "roles: {voltage: voltage_l1_l2}, commands: {cancel: stop}"),
            )
        },
        against={AGAINST: {"copied", "unproved"}},
    ),
    Case(
        "a copied template under another class",
        (*TEMPLATE_COPY, ("packs:", ENGINE % ("set-1", "")), ("    device: set-1\n", "    device: set-2\n")),
        {
            "classes/engine.yaml": OWN_CLASS % "start",
            "templates/copy.yaml": shipped(
                "dse-genset", ("{class: generator, roles: {voltage: voltage_l1_l2}}", "{class: engine}")
            ),
        },
        against={"engine-1": {"own-class", "copied-class", "no-safe"}},
    ),
    Case(
        "a template of its own, nobody saw its points",
        TEMPLATE_COPY,
        {
            "templates/copy.yaml": template(
                "copy",
                "{class: generator}",
                OWN_SAFE + command("start", "start", "{at: coil 71, value: true}"),
                *OWN_POINTS,
            )
        },
        against={AGAINST: {"unproved"}},
    ),
    Case(
        "BACnet priority of life safety",
        (
            (
                '2001", template: bacnet-fire-panel',
                '2001", template: bacnet-fire-panel}\n'
                '  - {id: horn, link: building, address: "10.0.0.8/2002", template: copy',
            ),
            ("packs:", ENGINE % ("horn", "")),
        ),
        {
            "classes/engine.yaml": OWN_CLASS % "signal",
            "templates/copy.yaml": template(
                "copy",
                "{class: engine}",
                command("start", "signal", "{point: engine_running, value: true, priority: 2}").replace(
                    "start,", "start,", 1
                ),
                "  - {name: engine_running, title: {zh: 响, en: Lit}, at: binary-value 7}\n",
                protocol="bacnet",
            ),
        },
        against={"engine-1": {"priority", "misnamed"}},
    ),
    # --- what protection relies on
    Case("a convenient mains meter", (("device: meter", "device: other-meter"),), against={AGAINST: {"unproved"}}),
    Case(
        "no fire panel named",
        ((", fire: fire-1", ""),),
        against={AGAINST: {"undeclared"}},
        at="relations: {mains: mains}",
    ),
    Case("no fire panel, no reason", (("fire: fire-1", "fire: none"),), against={AGAINST: {"no-reason"}}),
    Case(
        "no fire panel, a reason of blanks",
        (("fire: fire-1}", "fire: none}\n    reasons: {fire: '   '}"),),
        against={AGAINST: {"no-reason"}},
    ),
    Case("no mains, no reason", (("mains: mains,", "mains: none,"),), against={AGAINST: {"no-reason"}}),
    Case(
        "fuel is the load",
        ((GENERATOR_COMMANDS, f"{GENERATOR_COMMANDS}    roles: {{fuel: set-1.load}}\n"),),
        against={AGAINST: {"unproved"}},
        at="roles: {fuel: set-1.load}",
    ),
    Case(
        "the mode of another set",
        (
            (
                GENERATOR_COMMANDS,
                f"{GENERATOR_COMMANDS}    roles: {{mode: set-2.mode, state: set-2.state}}\n"
                "    commands: {start: set-1.start, stop: set-1.stop, manual: set-1.manual, auto: set-1.auto, "
                "cancel: set-1.cancel}\n",
            ),
        ),
        against={AGAINST: {"unproved"}},
    ),
    Case(
        "commands to another set",
        bound("start: set-2.start, stop: set-2.stop, manual: set-2.manual, auto: set-2.auto, cancel: set-2.cancel"),
        against={AGAINST: {"unproved"}},
    ),
    Case(
        "proved, then bound anew",
        (
            (
                GENERATOR_COMMANDS,
                f"{GENERATOR_COMMANDS}    roles: {{fuel: set-1.load}}\n"
                '    proved: {fuel: {point: level.level, by: Li Wei, date: "2026-11-20"}}\n',
            ),
        ),
        against={AGAINST: {"proved-other"}},
    ),
    Case(
        "a limit of no use",
        ((GENERATOR_COMMANDS, f"{GENERATOR_COMMANDS}    parameters: {{fuel_low: 0 %}}\n"),),
        against={AGAINST: {"parameter"}},
        at="fuel_low: 0 %",
    ),
    Case(
        "a mains that is healthy at half its voltage",
        (("device: meter}", "device: meter, parameters: {low_voltage: 100 V}}"),),
        against={AGAINST: {"parameter"}},
    ),
    # --- one machine, two names
    Case(
        "two equipment on one device",
        (
            (
                "packs:",
                "  - {id: spare, class: generator, title: {zh: 备用, en: Spare}, device: set-1, "
                "relations: {mains: mains, fire: fire-1}}\npacks:",
            ),
        ),
        against={AGAINST: {"commanded-twice"}, "spare": {"commanded-twice"}},
    ),
    Case(
        "two links to one controller",
        (
            ("modbus-tcp://10.0.0.5:502", "modbus-tcp://localhost:502"),
            ("modbus-tcp://10.0.0.6:502", "modbus-tcp://127.0.0.1:502"),
            ("id: set-2, link: bus, unit: 3", "id: set-2, link: bus-2, unit: 2"),
            (
                "packs:",
                "  - {id: spare, class: generator, title: {zh: 备用, en: Spare}, device: set-2, "
                "relations: {mains: mains, fire: fire-1}}\npacks:",
            ),
        ),
        against={AGAINST: {"commanded-twice", "named-twice"}, "spare": {"commanded-twice", "named-twice"}},
    ),
    Case(
        "one serial number on record at two addresses",
        files={"identity.yaml": RECORDED % ("70001", "70001")},
        against={AGAINST: {"recorded-twice"}},
        at="plant.yaml: id: generator-1",
    ),
    Case(
        "one serial number on record of two commanded sets",
        (
            (
                "packs:",
                "  - {id: spare, class: generator, title: {zh: 备用, en: Spare}, device: set-2, "
                "relations: {mains: mains, fire: fire-1}}\npacks:",
            ),
        ),
        {"identity.yaml": RECORDED % ("70001", "70001")},
        against={AGAINST: {"recorded-twice"}, "spare": {"recorded-twice"}},
    ),
    Case(
        "one controller behind an offset that a copied template takes back",
        (
            (
                "id: set-2, link: bus, unit: 3, template: dse-genset",
                "id: set-2, link: bus, unit: 2, offset: 100, template: copy",
            ),
            (
                "packs:",
                "  - {id: spare, class: generator, title: {zh: 备用, en: Spare}, device: set-2, "
                "relations: {mains: mains, fire: fire-1}}\npacks:",
            ),
        ),
        {"templates/copy.yaml": shipped("dse-genset", ("holding 4104", "holding 4004"))},
        against={AGAINST: {"commanded-twice"}, "spare": {"commanded-twice", "unproved"}},
    ),
    Case(
        "another name for a commanded controller",
        (
            ("modbus-tcp://10.0.0.5:502", "modbus-tcp://localhost:502"),
            ("modbus-tcp://10.0.0.6:502", "modbus-tcp://[::1]:502"),
            ("id: set-2, link: bus, unit: 3", "id: set-2, link: bus-2, unit: 2"),
        ),
        against={AGAINST: {"named-twice"}},
    ),
    Case(
        "two sets of one group",
        TWO_SETS,
        {"templates/copy.yaml": grouped(start_a="a", auto_a="a", start_b="a", auto_b="a")},
        against=BOTH,
    ),
    Case(
        "two sets on a device without groups",
        TWO_SETS,
        {"templates/copy.yaml": grouped()},
        against=BOTH,
    ),
    Case(
        "a group, and another set that is the device as a whole",
        TWO_SETS,
        {"templates/copy.yaml": grouped(start_a="a", auto_a="a")},
        against=BOTH,
    ),
    Case(
        "a start that another group takes back",
        OWN + bound("start: set-1.start_a, auto: set-1.auto_b"),
        {"templates/copy.yaml": grouped(start_a="a", auto_a="a", start_b="b", auto_b="b")},
        against={AGAINST: {"no-safe"}},
    ),
    Case(
        "a copied template whose start is of a group",
        TEMPLATE_COPY,
        {
            "templates/copy.yaml": shipped(
                "dse-genset", *((f"{{name: {name}, effect", f"{{name: {name}, group: one, effect") for name in KEYS)
            )
        },
        against={AGAINST: {"copied-group", "unproved"}},
        at="templates/copy.yaml: name: start",
    ),
    # --- procedures
    Case(
        "a start in always",
        files={"procedures/own.yaml": PROCEDURE % f"{AUTO}, {{command: start}}"},
        against={AGAINST: {"always"}},
        at="procedures/own.yaml: command: start",
    ),
    Case(
        "a proof that proves nothing",
        files={"procedures/own.yaml": PROCEDURE % "{command: auto}, {expect: fuel >= 0 %, within: 30 s}"},
        against={AGAINST: {"proof"}},
        at="procedures/own.yaml: fuel >= 0 %",
    ),
    Case("no supply of the gateway", ((", gateway_supply: ups", ""),), unscheduled=True, at="site: "),
    Case("the gateway dies with the mains", (("gateway_supply: ups", "gateway_supply: mains"),), unscheduled=True),
]


@pytest.fixture(scope="module")
def plant_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Plant]:
    """The plant of a case; what it is asked for afterwards changes nothing in it."""

    @cache
    def loaded(number: int) -> Plant:
        return load_site(site_of(CASES[number], tmp_path_factory.mktemp("site")))

    return lambda case: loaded(CASES.index(case))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_site_is_watched_and_takes_no_commands(case: Case, plant_of: Callable[[Case], Plant]) -> None:
    plant = plant_of(case)
    assert codes(plant) == case.against
    assert bool(plant.safety.unscheduled) is case.unscheduled
    scheduled = [one.id for one in plant.procedures if one.schedule is not None and one.withheld is None]
    assert scheduled == ([] if case.unscheduled else ["generator-weekly"])
    rulebook, mistakes = plant.compile()
    assert (set(rulebook.unarmed), mistakes) == (set(case.against), [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_finding_says_where_and_what_to_do(case: Case, lang: str, plant_of: Callable[[Case], Plant]) -> None:
    texts = Catalogue.load(lang)
    findings = plant_of(case).safety.findings
    shown = [texts.finding(finding) for finding in findings]
    assert all(
        finding.place and text.startswith(f"{finding.place.file}:{finding.place.line}:")
        for finding, text in zip(findings, shown, strict=True)
    )
    file, _, line = case.at.rpartition("yaml: ")
    assert any(file in text and line in text for text in shown)


def test_check_fails_and_lists_them_under_safety(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = site_of(CASES[0], tmp_path)
    assert main(["check", str(site), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in told["safety"]["unarmed"]["generator-1"]] == ["safety.effect"]
    assert told["ok"] is False
    assert main(["--lang", "en", "check", str(site)]) == 1
    assert "generator-1 takes no commands" in capsys.readouterr().out


def test_the_engine_refuses_commands_to_what_is_unarmed(tmp_path: Path) -> None:
    rulebook, _ = load_site(site_of(CASES[0], tmp_path)).compile()
    at = Instant(0.0, 0.0, True)
    engine, state = Engine(rulebook, Origin("gw-1", "e")), EngineState.initial(rulebook, at)
    state, _ = engine.step(state, [], at)
    _, effects = engine.step(state, [GiveCommand("c/1", "generator-1", "start", "Li Wei")], at)
    assert "unarmed.equipment" in [error.code for error in effects.refused]
    assert effects.commands == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_refusal_says_in_a_sentence_what_check_has_found(tmp_path: Path, lang: str) -> None:
    plant = load_site(site_of(CASES[0], tmp_path))
    rulebook, _ = plant.compile()
    at = Instant(0.0, 0.0, True)
    engine, state = Engine(rulebook, Origin("gw-1", "e")), EngineState.initial(rulebook, at)
    _, effects = engine.step(state, [GiveCommand("c/1", "generator-1", "start", "Li Wei")], at)
    refusal = next(error for error in effects.refused if error.code == "unarmed.equipment")
    texts = Catalogue.load(lang)
    found = plant.unarmed["generator-1"][0]
    assert texts.text(found.code, **found.arguments) in texts.error(refusal)
    assert found.code not in texts.error(refusal)
