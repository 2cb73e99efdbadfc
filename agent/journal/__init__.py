"""The journal: what happened and what the engine must not forget, durable before anybody hears of it."""

from agent.journal.doubt import Doubt
from agent.journal.entry import Entry, Epoch, QueueStats, Settlement
from agent.journal.journal import Journal
from agent.journal.keeper import Keeper
from agent.journal.retention import Retention
from agent.journal.standing import Finding

__all__ = ["Doubt", "Entry", "Epoch", "Finding", "Journal", "Keeper", "QueueStats", "Retention", "Settlement"]
