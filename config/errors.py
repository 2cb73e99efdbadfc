"""The mistakes of a person in the files of a site, all of them at once."""

from collections.abc import Iterable

from drivers.points import Finding, PlantgateError


class ConfigError(PlantgateError):
    """Something written in a file is wrong; ``findings`` say what and where, in the order of the files."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep every finding; there is at least one."""
        self.findings = tuple(findings)
        super().__init__("config.invalid", count=len(self.findings))
