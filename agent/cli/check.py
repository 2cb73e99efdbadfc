"""``plantgate check``: every mistake of a site at once, or what the site consists of."""

import argparse

from agent.cli.console import Console
from agent.cli.explained import plain, tree
from agent.cli.tree import tree_lines
from config.assembly.explain import explain
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
        "equipment": sum(item.cls not in ("device", "link") for item in plant.equipment),
        "rules": len(plant.rules),
    }
    explained = explain(plant) if options.explain else None
    if console.as_json:
        console.emit({"ok": True, "site": plant.site.id, **counts, **(plain(explained) if explained else {})})
        return 0
    for line in tree_lines(tree(explained, console)) if explained else ():
        console.line(line)
    console.say("check.good", site=plant.site.id, **counts)
    return 0
