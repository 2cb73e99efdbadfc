"""The list of devices, as a person and as a program sees it."""

from io import StringIO

from agent.cli import parse
from agent.cli.commands import devices
from agent.cli.shell.console import Console
from config.catalogue import Catalogue
from config.device_list import devices_page, known_templates
from tests.unit.agent.cli.looking import looked


async def test_as_json_with_what_a_program_needs() -> None:
    code, (device,) = await looked(devices, "intesis")
    assert code == 0
    assert (device["template"], device["verified"]) == ("intesis-dali-luminaire", "manual")
    assert device["equipment"] == ["emergency-luminaire"]
    assert "lamp_failure" in device["points"]


async def test_nothing_found_is_a_finding() -> None:
    assert await looked(devices, "no such maker") == (1, [])


def _printed(lang: str, *arguments: str) -> str:
    out, texts = StringIO(), Catalogue.load(lang)
    assert devices.run(parse(["devices", *arguments], texts), Console(texts, out=out)) == 0
    return out.getvalue()


def test_in_the_language_of_the_reader() -> None:
    assert "Grundfos MPC booster set" in _printed("en", "mpc")
    assert "格兰富 MPC 供水机组" in _printed("zh", "mpc")


def test_the_page() -> None:
    assert _printed("zh", "--markdown") == devices_page(known_templates())
