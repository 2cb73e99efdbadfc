"""A new site directory: commented, in order at once, ready for its first devices."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from config.assembly.definitions import LIBRARY
from config.editing.additions import add_link
from config.editing.editor import add_modeline, unmarked, write_schemas
from config.errors import ConfigError
from config.reading import scalars
from config.site import FILE, load_site
from drivers.points import Finding

_WORDS = ("id", "title_zh", "title_en", "org", "language", "timezone", "gateway", "broker")
_PLAIN = re.compile(r"[a-z]{2,}[a-z0-9]*(?:-[a-z0-9]+)*")
"""Words that mean themselves to every reader of YAML, but for those that config.reading.scalars knows."""
STARTER = LIBRARY / "starter"
"""What every new site begins as."""


BROKER = "mqtt://127.0.0.1:1883"
"""Where events go until somebody says better."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says of a new site."""

    id: str
    title_zh: str
    title_en: str
    org: str = "local"
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    gateway: str = "gw-1"
    broker: str = BROKER
    consumers: tuple[str, ...] = ("hq",)
    links: tuple[str, ...] = ()
    """URLs."""


def start_site(directory: Path, answers: Answers) -> list[Path]:
    """Write a new site into ``directory``; every file is new. Returns the files, relative to it.

    Raises ConfigError when there is a site already or an answer does not do, OSError; then nothing is written.
    """
    if (directory / FILE).exists():
        raise ConfigError([Finding("site.exists", arguments={"path": directory / FILE})])
    with TemporaryDirectory() as made:
        draft = Path(made)
        _write(draft, answers)
        # The answers are judged as everything else is: by reading the site.
        load_site(draft)
        names = sorted(path.relative_to(draft) for path in draft.rglob("*") if path.is_file())
        taken = [directory / name for name in names if (directory / name).exists()]
        if taken:
            raise ConfigError([Finding("site.exists", arguments={"path": path}) for path in taken])
        for name in names:
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_bytes((draft / name).read_bytes())
    return names


def _write(draft: Path, answers: Answers) -> None:
    for path in (path for path in STARTER.rglob("*") if path.is_file()):
        name = path.relative_to(STARTER)
        text = path.read_text(encoding="utf-8")
        (draft / name).parent.mkdir(exist_ok=True)
        (draft / name).write_text(_filled(text, answers) if name == Path(FILE) else text, encoding="utf-8")
    write_schemas(draft)
    for path, line in list(unmarked(draft)):
        add_modeline(path, line)


def _filled(text: str, answers: Answers) -> str:
    words = {name: _quoted(getattr(answers, name)) for name in _WORDS}
    filled = Template(text).substitute(words, consumers=f"[{', '.join(map(_quoted, answers.consumers))}]")
    for url in answers.links:
        filled, _ = add_link(filled, url)
    return filled


def _quoted(text: str) -> str:
    """As a YAML scalar; JSON's strings are YAML's."""
    plain = _PLAIN.fullmatch(text) and text not in scalars.TRUTHS | dict.fromkeys(scalars.NOTHING)
    return text if plain and not scalars.ambiguous(text) else json.dumps(text, ensure_ascii=False)
