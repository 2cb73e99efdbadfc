"""The contract with headquarters as files, from the dataclasses of ``agent.uplink.wire`` and ``rules.facts``."""

from agent.contract.asyncapi import files

__all__ = ["files"]
