"""The contract with headquarters as files, from the dataclasses of ``.protocol`` and of ``rules.facts``."""

from headquarters.contract.asyncapi import files

__all__ = ["files"]
