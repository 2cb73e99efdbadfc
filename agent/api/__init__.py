"""What may be asked of the running gateway, by whom, and the answer."""

from agent.api import requests
from agent.api.api import Api, Handler, Handlers, refusal
from agent.api.table import BY_NAME, LINE_ALLOWED, VERBS, Verb, parse, read, written

__all__ = [
    "BY_NAME",
    "LINE_ALLOWED",
    "VERBS",
    "Api",
    "Handler",
    "Handlers",
    "Verb",
    "parse",
    "read",
    "refusal",
    "requests",
    "written",
]
