"""The box itself: its clock, the place of its state, and the way to headquarters."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from agent.doctor.finding import Check, ill, well
from agent.uplink.broker import find_trouble
from config.catalogue import Catalogue
from config.plant import Plant
from runtime.clock import Clock

ROOM_WANTED = 500_000_000
"""Bytes that should be free for the journal: weeks of a busy plant room without headquarters."""
BROKER_SECONDS = 5.0


def check_clock(clock: Clock) -> Check:
    """Whether the wall clock is synchronised."""
    return (well if clock.now().trusted else ill)("clock")


def check_state(directory: Path) -> Iterator[Check]:
    """Whether the journal can be kept in ``directory``."""
    # The daemon makes it; until then its parent must allow that.
    place = next(path for path in (directory, *directory.absolute().parents) if path.is_dir())
    if not os.access(place, os.W_OK | os.X_OK):
        yield ill("state-forbidden", directory=directory, user=os.getuid())
        return
    free = shutil.disk_usage(place).free
    found = well if free >= ROOM_WANTED else ill
    yield found("state-room", directory=directory, free=free // 1_000_000, wanted=ROOM_WANTED // 1_000_000)


async def check_uplink(plant: Plant, clock: Clock, texts: Catalogue, deadline: float = BROKER_SECONDS) -> Check:
    """Whether the broker lets us in."""
    trouble = await find_trouble(plant, clock, deadline)
    if trouble is None:
        return well("broker", broker=plant.uplink.broker)
    return ill("broker-away", broker=plant.uplink.broker, reason=texts.error(trouble))
