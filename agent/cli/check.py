"""``plantgate check``: every mistake of a site at once, or what the site consists of and how busy its buses are.

A serial port that is missing, forbidden or in use is a mistake only on the machine it belongs to: ``--here`` says that
this is the one. Everywhere else, such as on the laptop of whoever writes the files, it is a warning.
"""

import argparse

from agent.cli.buses import load_lines, plain_loads, port_troubles, tight, unsteady_ports
from agent.cli.console import Console
from agent.cli.explained import plain, tree
from agent.cli.tree import tree_lines
from config.assembly.buses import loads
from config.assembly.equipment import IMPLICIT
from config.assembly.explain import explain
from config.errors import ConfigError
from config.rule_tests import load_suite
from config.site import load_site


def run(options: argparse.Namespace, console: Console) -> int:
    """Load the site and its rule tests; ConfigError carries the mistakes to the caller."""
    plant = load_site(options.site)
    load_suite(options.site)
    counts = {
        "links": len(plant.links),
        "devices": len(plant.devices),
        "points": sum(len(device.template.points) for device in plant.devices),
        "equipment": sum(item.cls not in IMPLICIT for item in plant.equipment),
        "rules": len(plant.rules),
    }
    troubles = list(port_troubles(plant.links))
    if options.here and troubles:
        raise ConfigError(troubles)
    buses = dict(loads(plant.links, plant.devices))
    warnings = [*troubles, *tight(buses), *unsteady_ports(plant.links)]
    explained = explain(plant) if options.explain else None
    if console.as_json:
        shown = {"buses": plain_loads(buses), "warnings": [console.plain(warning) for warning in warnings]}
        console.emit({"ok": True, "site": plant.site.id, **counts, **shown, **(plain(explained) if explained else {})})
        return 0
    for line in tree_lines(tree(explained, console)) if explained else ():
        console.line(line)
    for line in load_lines(buses, console.texts):
        console.line(line)
    for warning in warnings:
        console.line(console.paint(console.texts.text("check.warning", text=console.texts.finding(warning)), "yellow"))
    console.say("check.good", site=plant.site.id, **counts)
    return 0
