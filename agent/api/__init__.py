"""What may be asked of the running gateway and by whom: all that the asking side needs. ``api`` answers."""

from agent.api import requests
from agent.api.table import BY_NAME, LINE_ALLOWED, VERBS, Verb, parse, read, written

__all__ = [
    "BY_NAME",
    "LINE_ALLOWED",
    "VERBS",
    "Verb",
    "parse",
    "read",
    "requests",
    "written",
]
