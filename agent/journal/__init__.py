"""The journal: what happened and what the engine must not forget, durable before anybody hears of it."""

from agent.journal.doubt import Doubt
from agent.journal.entry import Entry, Epoch, QueueStats, Settlement
from agent.journal.journal import Journal
from agent.journal.maintenance import JournalMaintenance
from agent.journal.numbering import StoreFinding
from agent.journal.retention import Retention

JOURNAL = "journal.db"
"""Its file, in the state directory."""

__all__ = [
    "JOURNAL",
    "Doubt",
    "Entry",
    "Epoch",
    "Journal",
    "JournalMaintenance",
    "QueueStats",
    "Retention",
    "Settlement",
    "StoreFinding",
]
