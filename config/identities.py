"""identity.yaml of a site: who each device said it was when it was commissioned; written by ``doctor --record``."""

import json
from pathlib import Path

from config.plant import Recorded
from config.reading.files import Files
from config.replacing import replace_file
from config.schema.identities import IdentitiesFile
from drivers.points import Value
from drivers.templates import Device

FILE = "identity.yaml"
_HEAD = (
    "# 调试时各装置报告的身份 / who each device said it was when it was commissioned: plantgate doctor SITE --record\n"
)


def read_identities(site: Path, files: Files) -> Recorded:
    """What ``site`` has on record; nothing after findings."""
    path = site / FILE
    if not path.is_symlink() and not path.exists():
        return {}
    loaded = files.load(path, FILE, IdentitiesFile)
    devices = loaded.fields.devices.items() if loaded else ()
    return {name: {key: _value(value) for key, value in told.items()} for name, told in devices}


def write_identities(site: Path, recorded: Recorded) -> Path:
    """Put ``recorded`` in the place of what ``site`` had; whole or not at all, also in a power cut. Raises OSError."""
    lines = [f"  {name}: {{{', '.join(_line(*entry) for entry in told.items())}}}" for name, told in recorded.items()]
    path = site / FILE
    replace_file(path, (_HEAD + "\n".join(["devices:", *lines]) + "\n").encode())
    return path


def unknown_names(device: Device) -> list[str]:
    """What is on record of ``device`` and its template does not list."""
    known = {point.name for point in device.template.identity}
    return [name for name in device.identity if name not in known]


def not_recorded(device: Device) -> list[str]:
    """What its template asks a device, and nobody has recorded."""
    return [point.name for point in device.template.identity if point.name not in device.identity]


def _line(name: str, value: Value) -> str:
    return f"{name}: {json.dumps(value, ensure_ascii=False)}"


def _value(value: object) -> Value:
    if not isinstance(value, bool | int | float | str):
        raise TypeError(value)
    return value
