"""Every walk of a guide is a script: its ``sh`` blocks run one after the other, its ``output`` blocks must appear."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.processes import free_port

ROOT = Path(__file__).parents[2]
GUIDES = sorted(path.name for path in (ROOT / "docs").glob("*.md") if "```sh" in path.read_text(encoding="utf-8"))
PORT = re.compile(r"\b1(?:50|88)[0-9]{2}\b")
"""Ports of the pages: 15021 for a device, 18830 for a broker."""
BLOCK = re.compile(r"^```(sh|output)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def subject(guide: str) -> str:
    """What it is about in any language."""
    return guide.removesuffix(".md").removesuffix(".zh")


def blocks(guide: str) -> list[tuple[str, str]]:
    """Kind and text of each block, with ports nobody uses in place of those of the page."""
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    for port in sorted(set(PORT.findall(text))):
        text = re.sub(rf"\b{port}\b", str(free_port()), text)
    return BLOCK.findall(text)


def script(written: list[tuple[str, str]]) -> str:
    """The shell blocks as one script, in a shell with job control in which somebody else's job runs already."""
    steps = [text for kind, text in written if kind == "sh"]
    return "set -euo pipefail -m\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\nsleep 1000 &\n" + "\n".join(
        steps
    )


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder that looks like the clone, so that a walk leaves nothing behind in the real one.

    Its example has a port of its own: other tests and other walks run emulators meanwhile.
    """
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    shutil.copytree(ROOT / "config", tmp_path / "config")
    plant = tmp_path / "config" / "examples" / "harbour-plaza" / "plant.yaml"
    plant.write_text(plant.read_text(encoding="utf-8").replace(":5020", f":{free_port()}"), encoding="utf-8")
    return tmp_path


@pytest.mark.timeout(900)
@pytest.mark.acceptance
@pytest.mark.parametrize("guide", GUIDES)
def test_walk(guide: str, desk: Path) -> None:
    written = blocks(guide)
    done = subprocess.run(
        ["bash", "-c", script(written)], cwd=desk, capture_output=True, text=True, timeout=800, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    expected = [line for kind, text in written if kind == "output" for line in text.splitlines()]
    assert [line for line in expected if line not in said] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_no_walk_counts_jobs(guide: str) -> None:
    """Whoever walks it may have other jobs: they are neither named by number nor waited for."""
    steps = "".join(text for kind, text in blocks(guide) if kind == "sh")
    assert re.findall(r"%[0-9]|\bwait[ \t]*$|\bwait[ \t]*[;&|]|jobs -p|kill 0\b", steps, re.MULTILINE) == []


def test_every_guide_has_a_walk_in_both_languages() -> None:
    assert {subject(name) for name in GUIDES} == {
        "alarms",
        "classes",
        "electrician",
        "headquarters",
        "installer",
        "plans",
        "procedures",
    }
    assert len(GUIDES) == 14
