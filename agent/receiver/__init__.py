"""Headquarters' side: what ``plantgate listen`` runs, and the proof that nothing is missing."""

from agent.receiver.audit import AuditReport, EpochAudit, audit
from agent.receiver.receiver import Received, Receiver
from agent.receiver.store import ReceiverStore, SqliteStore, Verdict, Watermark

__all__ = [
    "AuditReport",
    "EpochAudit",
    "Received",
    "Receiver",
    "ReceiverStore",
    "SqliteStore",
    "Verdict",
    "Watermark",
    "audit",
]
