"""``make docs``: writes the files into the folder named on the command line."""

import sys
from pathlib import Path

from headquarters.contract import files


def main() -> None:
    """Write every file anew and remove those that are of it no more."""
    folder, wanted = Path(sys.argv[1]), files()
    for path in folder.rglob("*.json"):
        if str(path.relative_to(folder)) not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
