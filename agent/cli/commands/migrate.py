"""``plantgate migrate``: the files of a site in the words of today."""

import argparse

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from config.assembly.former import renamed
from config.editing.migration import migrate
from config.site import load_site


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.site()


def run(options: argparse.Namespace, console: Console) -> int:
    """Rename what was renamed; ConfigError carries mistakes of the site to the caller."""
    plant = load_site(options.site)
    renames = migrate(options.site, [*plant.doubts, *renamed(plant)])
    for finding in renames:
        if console.as_json:
            console.emit(console.plain(finding))
        else:
            console.line(console.texts.finding(finding))
    if not console.as_json:
        console.say("migrate.done" if renames else "migrate.nothing", count=len(renames))
    return 0
