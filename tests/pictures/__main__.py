"""``make docs``: what ``check``, ``alarms --why`` and ``doctor`` print, as pictures for the README."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from config.catalogue import LANGUAGES
from tests.acceptance.processes import PLANTGATE, Bench, tell, wait_until
from tests.pictures.terminal import picture

MISTAKEN = """\
- id: M01
  for_each: water-tank
  title: Tank runs low
  when: levle <= low
  severity: high
- id: M02
  for_each: water-tank
  title: Tank flows over
  when: level >= 2 m
  severity: high
"""
"""Rules as somebody in a hurry writes them."""
ELSEWHERE = "  - {id: drainage, link: booster-bus, unit: 7, template: booster-set}\n"
"""A device that does not answer under this number."""


def printed(lang: str, directory: Path, *words: str) -> str:
    """What ``plantgate`` says to these words on a terminal, standing in ``directory``."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": "110"}
    command = (PLANTGATE, *words, "--lang", lang)
    return subprocess.run(
        command, cwd=directory, env=environment, stdout=-1, stderr=subprocess.STDOUT, text=True, check=False
    ).stdout


def check(lang: str, bench: Bench) -> tuple[str, str]:
    """A rule with mistakes."""
    file = bench.site / "rules" / "mine.yaml"
    file.write_text(MISTAKEN, encoding="utf-8")
    try:
        return "plantgate check .", printed(lang, bench.site, "check", ".")
    finally:
        file.unlink()


def why(lang: str, bench: Bench) -> tuple[str, str]:
    """An alarm that is active."""
    words = ("alarms", "--why", "tank-1/W01")
    return f"plantgate {' '.join(words)}", printed(lang, bench.site, *words, "--state", str(bench.state))


def doctor(lang: str, bench: Bench) -> tuple[str, str]:
    """The devices, one after another; one has another unit number than the file says."""
    plant = bench.site / "plant.yaml"
    before = plant.read_text(encoding="utf-8")
    plant.write_text(before.replace("equipment:", ELSEWHERE + "equipment:", 1), encoding="utf-8")
    try:
        return "plantgate doctor .", printed(lang, bench.site, "doctor", ".")
    finally:
        plant.write_text(before, encoding="utf-8")


SCENES = {"check": check, "why": why, "doctor": doctor}


def main(folder: Path) -> None:
    """Write ``images/NAME.LANGUAGE.svg`` in ``folder``."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        try:
            bench.broker()
            emulator = bench.emulator()
            bench.agent()
            tell(emulator, "set booster.level 21")
            wait_until("alarm", lambda: bool(bench.ask("alarms")))
            for name, scene in SCENES.items():
                for lang in LANGUAGES:
                    command, text = scene(lang, bench)
                    (folder / "images" / f"{name}.{lang}.svg").write_text(picture(command, text), encoding="utf-8")
        finally:
            bench.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
