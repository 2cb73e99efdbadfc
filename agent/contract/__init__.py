"""The contract with headquarters as files, derived from the dataclasses of ``agent.wire`` and ``rules.facts``."""

from agent.contract.asyncapi import files

__all__ = ["files"]
