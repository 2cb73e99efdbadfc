"""``make docs``: the picture of the house, and its figures in the page about it."""

import sys
from pathlib import Path

from tests.architecture.imports import ROOT, Sources, packages
from tests.architecture.page import renewed
from tests.architecture.picture import picture


def main(folder: Path) -> None:
    """Write ``architecture.svg`` and renew ``architecture.md`` in ``folder``."""
    sources = Sources(ROOT, packages())
    (folder / "architecture.svg").write_text(picture(sources), encoding="utf-8")
    page = folder / "architecture.md"
    page.write_text(renewed(page.read_text(encoding="utf-8"), sources), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
