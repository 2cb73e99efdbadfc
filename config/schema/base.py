"""What every model of a file shares: strict, complete, immutable."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rules.model import Title

Text = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    """Unknown keys and changed types are mistakes."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        arbitrary_types_allowed=True,
        validate_default=False,
    )


class TitleFields(Strict):
    """A text for people, in both languages."""

    zh: Text
    en: Text


def titled(fields: TitleFields | None) -> Title:
    """The text by language; empty when it was left out."""
    return {"zh": fields.zh, "en": fields.en} if fields else {}
