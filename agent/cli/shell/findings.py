"""The mistakes that the running gateway found in its files, as the command line tells its own."""

from collections.abc import Mapping
from typing import Any

from config.errors import ConfigError
from drivers.points import Finding
from rules.plain import from_plain


def raise_findings(answer: Mapping[str, Any]) -> None:
    """Raise ConfigError with the mistakes that ``answer`` has under ``findings``; without that word it has none."""
    if "findings" in answer:
        raise ConfigError(from_plain(Finding, finding) for finding in answer["findings"])
