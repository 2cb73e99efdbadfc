"""people.yaml: who works at the site, with which logins and which role."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from config.schema.base import Strict
from config.schema.values import Identifier, choice, matching
from rules.people import Access

_PERSON = re.compile(r"[^\W_](?:[\w .·'’-]{0,58}[\w.])?\Z")
_ACCOUNT = re.compile(r"@?[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{2,30}\Z")
PersonName = Annotated[
    str, BeforeValidator(matching(_PERSON, "people.name")), WithJsonSchema({"type": "string", "maxLength": 60})
]
"""As it stands in every record: letters of any script, digits, blanks, dots and hyphens."""
Account = Annotated[
    str, BeforeValidator(matching(_ACCOUNT, "people.account")), WithJsonSchema({"type": "string", "maxLength": 65})
]
"""A login of the box, or ``@group`` for everybody in a group."""
Phone = Annotated[
    str, BeforeValidator(matching(_PHONE, "people.phone")), WithJsonSchema({"type": "string", "maxLength": 32})
]


class PersonFields(Strict):
    """One person."""

    name: PersonName
    role: Annotated[Access, choice(Access)]
    accounts: list[Account] = Field(default=[])
    phone: Phone = ""
    skills: list[Identifier] = Field(default=[])


class PeopleFile(Strict):
    """A whole people.yaml."""

    socket_group: Account = "plantgate"
    """The group of the box whose members may open the socket of the gateway."""
    people: Annotated[list[PersonFields], Field(min_length=1)]
