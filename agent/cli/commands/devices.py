"""``plantgate devices``: the devices we know, so that an installer finds the name to write into plant.yaml."""

import argparse

from agent.cli.shell.console import Console
from agent.cli.shell.options import CommandOptions
from config.device_list import devices_page, known_templates, matching
from drivers.templates import Template
from rules.model import pick

_COLOURS = {"manual": "green", "source": "cyan", "partial": "yellow"}


def declare(to: CommandOptions) -> None:
    """Its arguments; their texts are ``cli.option.*``."""
    to.value("word", "WORD", nargs="?", default="")
    to.flag("--markdown")


def run(options: argparse.Namespace, console: Console) -> int:
    """List them, or those with a word; 1 when there is none."""
    if options.markdown:
        console.line(devices_page(known_templates()).rstrip("\n"))
        return 0
    found = matching(known_templates(), options.word)
    for template in found:
        if console.as_json:
            console.emit(_plain(template))
        else:
            console.line(_line(template, console))
    if not found:
        console.say("devices.none", word=options.word)
    elif not console.as_json:
        console.say("devices.confidence")
    return int(not found)


def _line(template: Template, console: Console) -> str:
    confidence = console.paint(f"{template.verified:8}", _COLOURS[template.verified])
    title = pick(template.title, console.texts.lang)
    return f"{template.id:26}{confidence}{template.protocol:8}{len(template.points):4}  {title}"


def _plain(template: Template) -> dict[str, object]:
    return {
        "template": template.id,
        "title": template.title,
        "protocol": template.protocol,
        "points": [point.name for point in template.points],
        "commands": [command.name for command in template.commands],
        "equipment": sorted({offer.cls for offer in template.offers}),
        "verified": template.verified,
        "source": template.source,
        "page": template.page,
    }
