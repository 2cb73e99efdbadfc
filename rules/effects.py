"""What a step of the engine wants done. Nothing here has happened yet: effects commit first, then act."""

from dataclasses import dataclass, field
from typing import Any

from drivers.points import PlantgateError
from rules.facts import Fact


@dataclass(frozen=True, slots=True)
class Row:
    """A durable piece of engine state that changed; ``body`` None deletes it."""

    table: str
    """``alarm``, ``order``, ``flood``, ``held``, ``window``, ``bucket``, ``observed``, or one of procedures: ``run``,
    ``command``, ``obligation``, ``lockout``, ``schedule``, ``history``, ``service``; the agent has some of its own."""
    key: str
    body: dict[str, Any] | None
    """Plain JSON values, as ``rules.plain`` writes them."""


@dataclass(frozen=True, slots=True)
class Command:
    """A verb to be carried out once its audit row is stored. Never carried out twice."""

    id: str
    run: str
    equipment: str
    verb: str
    target: str
    """``device.command``"""
    safe: bool
    """May act even when it could not be stored."""
    expires: float
    """Monotonic seconds after which it must not act any more."""


@dataclass(slots=True)
class Effects:
    """The outcome of one step; empty means nothing to commit."""

    rows: list[Row] = field(default_factory=list)
    events: list[Fact] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    """What acts on the world; each has its audit row and event beside it."""
    refused: list[PlantgateError] = field(default_factory=list)
    """Inputs that changed nothing and stored rows that could not be used, each with its reason; nothing to commit."""

    def __bool__(self) -> bool:
        return bool(self.rows or self.events or self.commands)
