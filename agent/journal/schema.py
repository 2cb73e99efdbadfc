"""The tables of the journal file."""

VERSION = 1

SCHEMA = """
    CREATE TABLE epoch (
        epoch TEXT PRIMARY KEY,
        gateway TEXT NOT NULL,
        reason TEXT NOT NULL,
        predecessor TEXT NOT NULL,
        head INTEGER NOT NULL,
        hash TEXT NOT NULL
    );

    CREATE TABLE event (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        epoch TEXT NOT NULL REFERENCES epoch (epoch),
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        source TEXT NOT NULL,
        body BLOB NOT NULL,
        hash TEXT NOT NULL,
        previous TEXT NOT NULL,
        boot TEXT NOT NULL,
        mono REAL NOT NULL,
        wall REAL NOT NULL,
        trusted INTEGER NOT NULL,
        sent INTEGER NOT NULL DEFAULT 0,
        refused INTEGER NOT NULL DEFAULT 0,
        UNIQUE (epoch, seq)
    );

    CREATE INDEX event_unsent ON event (refused, position) WHERE sent = 0;

    CREATE TRIGGER event_is_final BEFORE UPDATE OF epoch, seq, kind, source, body, hash, previous ON event
    BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;

    CREATE TABLE state (
        "table" TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY ("table", key)
    ) WITHOUT ROWID;

    CREATE TABLE consumer (
        consumer TEXT NOT NULL,
        epoch TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (consumer, epoch)
    ) WITHOUT ROWID;
"""
