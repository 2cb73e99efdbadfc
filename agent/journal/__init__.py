"""The journal: what happened and what the engine must not forget, durable before anybody hears of it."""

from agent.journal.entry import Entry, Epoch, QueueStats, Settlement
from agent.journal.journal import Journal

__all__ = ["Entry", "Epoch", "Journal", "QueueStats", "Settlement"]
