"""The tables of a receiver's store. A gateway is written ``org/site/gateway``, since sites may repeat a name."""

VERSION = 2

BASE = """
    CREATE TABLE event (
        gateway TEXT NOT NULL,
        epoch TEXT NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        hash TEXT NOT NULL,
        previous TEXT NOT NULL,
        body TEXT NOT NULL,
        envelope TEXT NOT NULL,
        received REAL NOT NULL,
        PRIMARY KEY (gateway, epoch, seq)
    );

    CREATE TABLE conflict (
        gateway TEXT NOT NULL,
        epoch TEXT NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        hash TEXT NOT NULL,
        previous TEXT NOT NULL,
        body TEXT NOT NULL,
        envelope TEXT NOT NULL,
        received REAL NOT NULL,
        PRIMARY KEY (gateway, epoch, seq, hash)
    );

    CREATE TABLE chain (
        gateway TEXT NOT NULL,
        epoch TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        seq INTEGER NOT NULL DEFAULT 0,
        hash TEXT NOT NULL,
        announced INTEGER NOT NULL DEFAULT 0,
        redelivered INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (gateway, epoch)
    );

    CREATE TABLE gone (
        gateway TEXT NOT NULL,
        epoch TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        told REAL NOT NULL,
        PRIMARY KEY (gateway, epoch, first)
    );

    CREATE TABLE current (
        gateway TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        epoch TEXT NOT NULL,
        seq INTEGER NOT NULL,
        status TEXT NOT NULL,
        PRIMARY KEY (gateway, kind, id)
    );

    CREATE TABLE gateway (
        gateway TEXT PRIMARY KEY,
        online INTEGER NOT NULL,
        at REAL NOT NULL,
        birth TEXT NOT NULL
    );

    CREATE TABLE telemetry (
        gateway TEXT NOT NULL,
        equipment TEXT NOT NULL,
        role TEXT NOT NULL,
        value TEXT NOT NULL,
        unit TEXT NOT NULL,
        quality TEXT NOT NULL,
        reason TEXT NOT NULL,
        sampled REAL NOT NULL,
        PRIMARY KEY (gateway, equipment, role)
    );
"""

ADDED = """
    -- Of an epoch: what its gateway told again under another one, and beyond which it never had what is here.
    CREATE TABLE IF NOT EXISTS again (
        gateway TEXT NOT NULL,
        epoch TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        under TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (gateway, epoch, under, first)
    );
"""
"""What later programs have beside the tables of this version; put into an older file when it is opened."""

SCHEMA = BASE + ADDED

TOLD_AGAIN = """
    EXISTS (
        SELECT 1 FROM again JOIN event
        ON event.gateway = again.gateway AND event.epoch = again.under
        AND event.seq = again.at + conflict.seq - again.first
        WHERE again.gateway = conflict.gateway AND again.epoch = conflict.epoch
        AND conflict.seq BETWEEN again.first AND again.last AND event.body = conflict.body
    )
"""
"""Of a row of ``conflict``: its event has come again under another epoch, so nothing of it is missing."""
