"""The tables of the journal file."""

VERSION = 2

BASE = """
    CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE epoch (
        ref INTEGER PRIMARY KEY,
        epoch TEXT NOT NULL UNIQUE,
        gateway TEXT NOT NULL,
        reason TEXT NOT NULL,
        predecessor TEXT NOT NULL,
        head INTEGER NOT NULL,
        hash BLOB NOT NULL
    );

    CREATE TABLE boot (
        ref INTEGER PRIMARY KEY,
        boot TEXT NOT NULL UNIQUE
    );

    -- Two copies of each: one flipped bit in a dictionary would cost thousands of bodies.
    CREATE TABLE dictionary (
        ref INTEGER NOT NULL,
        copy INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        PRIMARY KEY (ref, copy)
    );

    CREATE TABLE event (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        epoch INTEGER NOT NULL REFERENCES epoch (ref),
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        keep INTEGER NOT NULL,
        dictionary INTEGER NOT NULL,
        body BLOB NOT NULL,
        hash BLOB NOT NULL,
        previous BLOB NOT NULL,
        boot INTEGER NOT NULL REFERENCES boot (ref),
        mono REAL NOT NULL,
        wall REAL NOT NULL,
        trusted INTEGER NOT NULL,
        sent INTEGER NOT NULL DEFAULT 0,
        refused INTEGER NOT NULL DEFAULT 0,
        UNIQUE (epoch, seq)
    );

    CREATE INDEX event_unsent ON event (refused, position) WHERE sent = 0;
    CREATE INDEX event_keep ON event (keep);

    CREATE TRIGGER event_is_final
    BEFORE UPDATE OF epoch, seq, kind, keep, dictionary, body, hash, previous ON event
    BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;

    -- What is left of a pruned event, until nothing else of its segment is kept: then only the segment's end hash.
    CREATE TABLE digest (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (epoch, seq)
    ) WITHOUT ROWID;

    CREATE TABLE segment (
        epoch INTEGER NOT NULL,
        number INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (epoch, number)
    ) WITHOUT ROWID;

    -- Events this store once held and no longer can show; each range was reported.
    CREATE TABLE lost (
        epoch INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY (epoch, first)
    ) WITHOUT ROWID;

    -- A row without body was deleted while the journal was volatile; see Journal.
    CREATE TABLE state (
        "table" TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB,
        crc INTEGER NOT NULL,
        PRIMARY KEY ("table", key)
    ) WITHOUT ROWID;

    CREATE TABLE consumer (
        consumer TEXT NOT NULL,
        epoch TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (consumer, epoch)
    ) WITHOUT ROWID;
"""

ADDED = """
    -- What the queue is asked for each few seconds; counted by whoever changes it, since counting 300,000 takes 45 ms.
    CREATE TABLE IF NOT EXISTS tally (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        events INTEGER NOT NULL,
        unsent INTEGER NOT NULL,
        refused INTEGER NOT NULL
    );

    INSERT OR IGNORE INTO tally
    SELECT 1, count(*), coalesce(sum(sent = 0), 0), coalesce(sum(sent = 0 AND refused), 0) FROM event;

    -- Epochs of which a consumer must say, or has said, up to which seq it holds them; and what was told again since.
    CREATE TABLE IF NOT EXISTS doubt (
        epoch TEXT NOT NULL,
        consumer TEXT NOT NULL,
        agreed INTEGER,
        again TEXT,
        PRIMARY KEY (epoch, consumer)
    ) WITHOUT ROWID;

    CREATE TABLE IF NOT EXISTS again (
        epoch INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        under INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (epoch, first)
    ) WITHOUT ROWID;

    CREATE TRIGGER IF NOT EXISTS event_added AFTER INSERT ON event
    BEGIN UPDATE tally SET
        events = events + 1, unsent = unsent + (NEW.sent = 0), refused = refused + (NEW.sent = 0 AND NEW.refused);
    END;

    CREATE TRIGGER IF NOT EXISTS event_delivered AFTER UPDATE OF sent, refused ON event
    BEGIN UPDATE tally SET
        unsent = unsent + (NEW.sent = 0) - (OLD.sent = 0),
        refused = refused + (NEW.sent = 0 AND NEW.refused) - (OLD.sent = 0 AND OLD.refused);
    END;

    CREATE TRIGGER IF NOT EXISTS event_removed AFTER DELETE ON event
    BEGIN UPDATE tally SET
        events = events - 1, unsent = unsent - (OLD.sent = 0), refused = refused - (OLD.sent = 0 AND OLD.refused);
    END;
"""
"""What later programs have beside the tables of this version; put into an older file when it is opened. A program that
does not know it keeps it right: the file itself does the counting."""

SCHEMA = BASE + ADDED
