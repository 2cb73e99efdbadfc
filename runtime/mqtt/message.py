"""A message as it arrives, and how long one may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Something that arrived."""

    topic: str
    payload: bytes
    retained: bool = False


MAX_BYTES = 64 * 1024
"""Longest message we send or accept."""
