"""What we tell always fits a message: of a body that would be too long the tails of its lists and texts are left out.

A class with thousands of pieces of equipment, a procedure of thousands of steps or a reload of everything can make one.
It is told with ``cut``: how many lists and texts were shortened. What was decided and stored is not touched.
"""

from collections.abc import Callable
from typing import Any

from headquarters.contract.protocol import canonical
from runtime.mqtt.message import MAX_BYTES

BODY_ALLOWED = MAX_BYTES - 2048
"""Bytes of a body; key, hashes and envelope take less than the rest."""
KEPT = (500, 100, 20, 5)
"""Items of a list, and four times as many characters of a text, that are tried in turn."""
MARK = "…"


def fitted(body: dict[str, Any]) -> bytes:
    """The canonical body, shortened as little as it takes."""
    found = canonical(body)
    for kept in KEPT:
        if len(found) <= BODY_ALLOWED:
            break
        cuts: list[int] = []
        shorter = _shortened(body, kept, cuts.append)
        found = canonical({**shorter, "cut": len(cuts)})
    return found


def _shortened(value: Any, kept: int, note: Callable[[int], object]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _shortened(item, kept, note) for key, item in _most(list(value.items()), max(kept, 40), note)}
    if isinstance(value, list):
        return [_shortened(item, kept, note) for item in _most(value, kept, note)]
    if isinstance(value, str) and len(value) > 4 * kept:
        note(len(value))
        return value[: 4 * kept] + MARK
    return value


def _most(items: list[Any], kept: int, note: Callable[[int], object]) -> list[Any]:
    if len(items) > kept:
        note(len(items))
    return items[:kept]
