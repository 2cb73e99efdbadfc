"""``plantgate check``: every mistake of a site at once, or what the site consists of and how busy its buses are.

A serial port that is missing, forbidden or in use is a mistake only on the machine it belongs to: ``--here`` says that
this is the one. Everywhere else, such as on the laptop of whoever writes the files, it is a warning; of the logins of
people.yaml a laptop knows nothing at all. Rules that make no sense are warnings too, but ones with exit code 1: they
are wrong wherever the files go. So are safety findings: what they are about is watched and takes no commands.
"""

import argparse

from agent.api.local.accounts import unknown_accounts
from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from agent.cli.views import agenda, explained, explained_rules
from agent.cli.views.buses import load_lines, plain_loads, port_troubles, tight, unsteady_ports
from agent.cli.views.safety import plain_safety, safety_lines
from agent.cli.views.tree import tree_lines
from config.assembly.buses import loads
from config.assembly.doubts import NOTES, doubts
from config.assembly.explain import explain
from config.errors import ConfigError
from config.plant import IMPLICIT, Plant
from config.rule_tests import load_suite
from config.site import compile_site
from drivers.points import Finding
from rules.engine.rulebook import Rulebook


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.site()
    to.flag("--explain")
    to.flag("--here")


def run(options: argparse.Namespace, console: Console) -> int:
    """Load the site and its rule tests; ConfigError carries the mistakes to the caller."""
    plant, rulebook = compile_site(options.site)
    load_suite(options.site, plant)
    counts = {
        "links": len(plant.links),
        "devices": len(plant.devices),
        "points": sum(len(device.template.points) for device in plant.devices),
        "equipment": sum(item.cls not in IMPLICIT for item in plant.equipment),
        "rules": len(plant.rules),
    }
    troubles = list(port_troubles(plant.links))
    if options.here and (here := [*troubles, *unknown_accounts(plant.people)]):
        raise ConfigError(here)
    unlisted = [] if plant.people else [Finding("people.none")]
    buses = dict(loads(plant.links, plant.devices))
    found, unsafe = doubts(plant, rulebook), plant.safety.findings
    doubtful = [finding for finding in found if finding.code not in NOTES]
    warnings = [*troubles, *tight(buses), *unsteady_ports(plant.links), *unlisted, *found]
    code = int(bool(doubtful or unsafe))
    if console.as_json:
        shown = {"buses": plain_loads(buses), "warnings": [console.plain(warning) for warning in warnings]}
        safety = {"safety": plain_safety(plant.safety, console)}
        console.emit(
            {
                "ok": not unsafe,
                "site": plant.site.id,
                **counts,
                **shown,
                **safety,
                **_plain(plant, rulebook, options, console),
            }
        )
        return code
    if options.explain:
        _explain(plant, rulebook, console)
    for line in load_lines(buses, console.texts):
        console.line(line)
    for warning in warnings:
        console.line(console.paint(console.texts.text("check.warning", text=console.texts.finding(warning)), "yellow"))
    for line in safety_lines(plant, console):
        console.line(line)
    if unsafe:
        console.say("check.unsafe", site=plant.site.id, count=len(unsafe))
        return code
    console.say("check.doubtful" if doubtful else "check.good", site=plant.site.id, count=len(doubtful), **counts)
    return code


def _explain(plant: Plant, rulebook: Rulebook, console: Console) -> None:
    roots = [explained.tree(explain(plant), console), explained_rules.tree(plant, rulebook, console)]
    if planned := agenda.plain(plant, rulebook, agenda.desk_time()):
        roots.append(agenda.tree(planned, console))
    for root in roots:
        for line in tree_lines(root):
            console.line(line)


def _plain(plant: Plant, rulebook: Rulebook, options: argparse.Namespace, console: Console) -> dict[str, object]:
    if not options.explain:
        return {}
    planned = agenda.plain(plant, rulebook, agenda.desk_time())
    return {
        **explained.plain(explain(plant)),
        **explained_rules.plain(plant, rulebook),
        "plans": [agenda.with_words(one, console) for one in planned],
    }
