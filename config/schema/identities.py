"""identity.yaml: who each device said it was when it was commissioned."""

from pydantic import Field

from config.schema.base import Strict
from config.schema.template import Scalar
from config.schema.values import Identifier, Name


class IdentitiesFile(Strict):
    """A whole identity.yaml."""

    devices: dict[Identifier, dict[Name, Scalar]] = Field(default={})
    """By device; the names are those of its template's ``identity`` or ``fingerprint``."""
