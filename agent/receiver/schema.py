"""The tables of a receiver's store. A gateway is written ``org/site/gateway``, since sites may repeat a name."""

VERSION = 2

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
