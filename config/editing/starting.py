"""A new site directory: commented, in order at once, ready for its first devices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from config.assembly.definitions import LIBRARY
from config.editing.additions import add_link
from config.editing.editor import write_schemas
from config.editing.values import quoted
from config.errors import ConfigError
from config.plant import Plant
from config.replacing import replace_file
from config.schema.export import file_kind, modeline
from config.site import FILE, load_site
from drivers.points import Finding

_WORDS = ("id", "title_zh", "title_en", "org", "language", "timezone", "gateway", "broker")
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

    Raises ConfigError when there is a site already or an answer does not do, OSError; then there is no new site.
    """
    files: dict[Path, bytes] = {}
    for path in (path for path in STARTER.rglob("*") if path.is_file()):
        name, text = path.relative_to(STARTER), path.read_text(encoding="utf-8")
        text = _filled(text, answers) if name == Path(FILE) else text
        files[name] = (f"{modeline(name)}\n{text}" if file_kind(name) else text).encode()
    return put_site(directory, files)


def put_site(directory: Path, files: Mapping[Path, bytes], judge: Callable[[Plant], None] | None = None) -> list[Path]:
    """Write a site of ``files`` and its schemas into ``directory``; returns their names.

    It is judged as every site is, by reading it, and by ``judge``, before anything is written; plant.yaml comes last,
    so that half of a site is none. What was begun and cut off goes on when it is done again.

    Raises ConfigError when there is a site already, or a file with other contents, or the site is not in order;
    OSError.
    """
    if (directory / FILE).exists():
        raise ConfigError([Finding("site.exists", arguments={"path": directory / FILE})])
    with TemporaryDirectory() as made:
        draft = Path(made)
        for name, content in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(content)
        write_schemas(draft)
        plant = load_site(draft)
        if judge is not None:
            judge(plant)
        names = sorted(path.relative_to(draft) for path in draft.rglob("*") if path.is_file())
        taken = [directory / name for name in names if _other(directory / name, draft / name)]
        if taken:
            raise ConfigError([Finding("site.exists", arguments={"path": path}) for path in taken])
        for name in sorted(names, key=lambda name: name == Path(FILE)):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(directory / name, (draft / name).read_bytes())
    return names


def _other(path: Path, draft: Path) -> bool:
    """Whether something else than ``draft`` is at ``path`` already."""
    return path.exists() and not (path.is_file() and path.read_bytes() == draft.read_bytes())


def _filled(text: str, answers: Answers) -> str:
    words = {name: quoted(getattr(answers, name)) for name in _WORDS}
    filled = Template(text).substitute(words, consumers=f"[{', '.join(map(quoted, answers.consumers))}]")
    for url in answers.links:
        filled, _ = add_link(filled, url)
    return filled
