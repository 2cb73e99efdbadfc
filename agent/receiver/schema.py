"""The tables of a receiver's store."""

VERSION = 1

SCHEMA = """
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
        seq INTEGER NOT NULL DEFAULT 0,
        hash TEXT NOT NULL,
        redelivered INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (gateway, epoch)
    );
"""
