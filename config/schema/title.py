"""A text for people, in as many languages as its author writes."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from config.catalogue import LANGUAGES
from config.schema.base import Text
from config.schema.values import refuse
from rules.suggest import nearest

_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""A language tag as far as anybody needs one (BCP 47, section 2.1)."""
_TEXT = {"type": "string", "minLength": 1}


def _by_language(text: object) -> object:
    if text == "":
        raise refuse("schema.empty")
    if isinstance(text, str):
        return dict.fromkeys(LANGUAGES, text)
    if isinstance(text, dict):
        for tag in text:
            if not (isinstance(tag, str) and _TAG.fullmatch(tag)):
                raise refuse("title.language", nearest(str(tag), LANGUAGES), tag=tag, known=", ".join(LANGUAGES))
    return text


TitleField = Annotated[
    dict[str, Text],
    Field(min_length=1),
    BeforeValidator(_by_language),
    WithJsonSchema(
        {
            "anyOf": [
                _TEXT,
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": f"^{_TAG.pattern}$"},
                    "properties": dict.fromkeys(LANGUAGES, _TEXT),
                    "additionalProperties": _TEXT,
                },
            ]
        }
    ),
]
"""A text by language; a plain text serves every language that the program speaks."""
