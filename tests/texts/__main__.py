"""``make texts``: every text side by side on one page, so that a native reader can edit it in an hour."""

import sys
from html import escape
from pathlib import Path

from config.catalogue import LANGUAGES
from tests.texts.found import Text, texts
from tests.texts.judged import faults

HEAD = """<!doctype html><meta charset="utf-8"><title>plantgate: texts</title><style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em } table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid #ccc; padding: .3em .6em; vertical-align: top; white-space: pre-wrap; width: 40% }
td:first-child { color: #666; font-size: 12px; width: 20%; overflow-wrap: anywhere } .fault { background: #fee }
</style><p>The file is named in the first column: config/messages/LANGUAGE.yaml for a code with dots alone.</p><table>
"""


def row(text: Text) -> str:
    """A line of the table; what breaks a rule is marked with it."""
    cells = [f"<td>{escape(text.place)}</td>"]
    for lang in LANGUAGES:
        said, broken = text.said.get(lang, ""), "; ".join(faults(lang, text.said.get(lang, "")))
        mark = f' class="fault" title="{escape(broken)}"' if broken else ""
        cells.append(f"<td{mark}>{escape(said)}</td>")
    return f"<tr>{''.join(cells)}</tr>\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(HEAD + "".join(map(row, texts())) + "</table>\n", encoding="utf-8")
