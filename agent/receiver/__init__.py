"""Headquarters' side: what ``plantgate listen`` runs, and the proof that nothing is missing."""

from agent.receiver.audit import AuditReport, EpochAudit, audit
from agent.receiver.receiver import Received, Receiver
from agent.receiver.store import ReceiverStore, SqliteStore
from agent.receiver.values import Arrival, From, Herald, Verdict, Watermark

__all__ = [
    "Arrival",
    "AuditReport",
    "EpochAudit",
    "From",
    "Herald",
    "Received",
    "Receiver",
    "ReceiverStore",
    "SqliteStore",
    "Verdict",
    "Watermark",
    "audit",
]
