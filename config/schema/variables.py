"""The variables of a site: what differs between sites that are else alike."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from config.schema.base import Strict
from config.schema.title import TitleField
from config.schema.values import Name, UnitField, choice


class VariableType(StrEnum):
    """What a variable may stand for."""

    NUMBER = "number"
    """With ``unit`` a quantity such as ``85 %``, else a bare number."""
    TEXT = "text"
    BOOLEAN = "boolean"
    HOST = "host"
    """A name or an address on a network."""
    IDENTIFIER = "identifier"
    """Of a site, a gateway, a device: small letters, digits and hyphens."""


class VariableFields(Strict):
    """One variable."""

    type: Annotated[VariableType, choice(VariableType)]
    unit: UnitField | None = None
    """Of a number."""
    title: TitleField | None = None
    """What it is for."""
    value: str | int | float | bool | None = None
    """Of this site alone: a copy has to be given its own."""
    default: str | int | float | bool | None = None
    """Where there is no value; copies have it too."""

    @property
    def said(self) -> str | int | float | bool | None:
        """The value, else the default."""
        return self.default if self.value is None else self.value


class VariablesPart(Strict):
    """The part of a plant.yaml that is read before all others."""

    variables: dict[Name, VariableFields] = Field(default={})
