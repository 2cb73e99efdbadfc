"""Headquarters' side: what ``plantgate listen`` runs, and the proof that nothing is missing."""

from headquarters.audit import AuditReport, EpochAudit, audit
from headquarters.receiver.receiver import Received, Receiver
from headquarters.stores.sqlite import ReceiverStore, SqliteStore
from headquarters.stores.values import Announcement, Arrival, ArrivalVerdict, GatewayMessage, Watermark

__all__ = [
    "Announcement",
    "Arrival",
    "ArrivalVerdict",
    "AuditReport",
    "EpochAudit",
    "GatewayMessage",
    "Received",
    "Receiver",
    "ReceiverStore",
    "SqliteStore",
    "Watermark",
    "audit",
]
