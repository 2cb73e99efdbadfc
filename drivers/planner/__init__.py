"""Points of one device -> the block reads that cost its link the least time. Pure."""

from drivers.planner.blocks import ROUND_TRIP, Block, Cost, PlanError, RequestLimits, block_of, halve, payload_size
from drivers.planner.plan import alone, plan

__all__ = [
    "ROUND_TRIP",
    "Block",
    "Cost",
    "PlanError",
    "RequestLimits",
    "alone",
    "block_of",
    "halve",
    "payload_size",
    "plan",
]
