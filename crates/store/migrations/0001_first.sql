-- The first format: everything a profile keeps but its pictures.
-- Row numbers are never used twice (AUTOINCREMENT): the vector index and the full-text index know rows by number.
-- Times are milliseconds since 1970 UTC; ids are UUIDs of 16 bytes; enums are the numbers in `src/table/code.rs`.

-- Counters: `sequence` (commits so far), `index_generation` (raised when something is forgotten), `index_text` (version of the indexed form).
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE frame (
    row     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      BLOB NOT NULL UNIQUE,
    at      INTEGER NOT NULL,
    monitor TEXT NOT NULL,
    width   INTEGER NOT NULL,
    height  INTEGER NOT NULL,
    app     TEXT NOT NULL,      -- of the window in front
    title   TEXT NOT NULL,
    windows TEXT NOT NULL,      -- JSON, front first
    masks   TEXT NOT NULL,      -- JSON
    hash    INTEGER NOT NULL
);
CREATE INDEX frame_at ON frame (at);
CREATE INDEX frame_monitor ON frame (monitor, at);

-- Which apps a picture shows, so that forgetting an app finds its pictures.
CREATE TABLE frame_app (
    frame INTEGER NOT NULL REFERENCES frame ON DELETE CASCADE,
    app   TEXT NOT NULL,
    PRIMARY KEY (frame, app)
) WITHOUT ROWID;
CREATE INDEX frame_app_app ON frame_app (app);

-- A picture's file and the key that opens it: without the row the file is noise.
CREATE TABLE picture (
    row   INTEGER PRIMARY KEY AUTOINCREMENT,
    frame INTEGER NOT NULL REFERENCES frame ON DELETE CASCADE,
    size  INTEGER NOT NULL,
    name  TEXT NOT NULL UNIQUE,
    key   BLOB NOT NULL,        -- wrapped
    mime  TEXT NOT NULL,
    bytes INTEGER NOT NULL,     -- of the sealed file
    UNIQUE (frame, size)
);

CREATE TABLE observation (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          BLOB NOT NULL UNIQUE,
    at          INTEGER NOT NULL,
    stream      TEXT NOT NULL,  -- conversation, app or document
    app         TEXT NOT NULL,
    frame       BLOB,           -- id; the frame may be gone
    origin      TEXT NOT NULL,  -- JSON
    text        TEXT NOT NULL,
    words       BLOB NOT NULL,  -- packed numbers, see observation.rs
    fresh       BLOB NOT NULL,
    trust       INTEGER NOT NULL,
    external_id TEXT UNIQUE,
    redactions  INTEGER NOT NULL
);
CREATE INDEX observation_at ON observation (at);
CREATE INDEX observation_stream ON observation (stream, at, row);
CREATE INDEX observation_app ON observation (app, at);
CREATE INDEX observation_frame ON observation (frame) WHERE frame IS NOT NULL;

CREATE TABLE memory (
    row           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            BLOB NOT NULL UNIQUE,
    kind          INTEGER NOT NULL,
    title         TEXT NOT NULL,
    details       TEXT NOT NULL,
    body          TEXT NOT NULL,    -- JSON, typed by kind; a secret is empty here
    secret        BLOB,             -- sealed with the vault's key
    tree_path     TEXT NOT NULL,    -- JSON
    tags          TEXT NOT NULL,    -- JSON
    trust         INTEGER NOT NULL,
    confidence    REAL NOT NULL,
    valid_from    INTEGER NOT NULL,
    valid_to      INTEGER,
    superseded_by BLOB,             -- id
    state         INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    pinned        INTEGER NOT NULL,
    access_count  INTEGER NOT NULL
);
CREATE INDEX memory_list ON memory (state, kind, updated_at);
CREATE INDEX memory_valid_from ON memory (valid_from);

-- Every edit, with the memory as it was before.
CREATE TABLE memory_version (
    memory  INTEGER NOT NULL REFERENCES memory ON DELETE CASCADE,
    version INTEGER NOT NULL,   -- the version this edit made
    before  TEXT,               -- JSON; NULL when the edit made the memory
    secret  BLOB,               -- sealed, as it was before
    author  TEXT NOT NULL,      -- JSON
    at      INTEGER NOT NULL,
    PRIMARY KEY (memory, version)
) WITHOUT ROWID;

CREATE TABLE memory_source (
    memory      INTEGER NOT NULL REFERENCES memory ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    observation INTEGER NOT NULL REFERENCES observation ON DELETE CASCADE,
    start       INTEGER NOT NULL,
    end         INTEGER NOT NULL,
    PRIMARY KEY (memory, position)
) WITHOUT ROWID;
CREATE INDEX memory_source_observation ON memory_source (observation);

-- Words. The tables keep no text of their own; rows are taken out with the text they were put in with.
CREATE VIRTUAL TABLE observation_words USING fts5 (
    text, context,
    content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE memory_words USING fts5 (
    title, body,
    content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TABLE model (
    row  INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    dims INTEGER NOT NULL
);

CREATE TABLE vector (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    memory      INTEGER REFERENCES memory ON DELETE CASCADE,
    observation INTEGER REFERENCES observation ON DELETE CASCADE,
    model       INTEGER NOT NULL REFERENCES model ON DELETE CASCADE,
    part        INTEGER NOT NULL,
    scale       REAL NOT NULL,      -- value = code * scale
    codes       BLOB NOT NULL,      -- [dims] signed bytes; the vector has length 1
    UNIQUE (memory, model, part),
    UNIQUE (observation, model, part)
);
CREATE INDEX vector_model ON vector (model, row);

CREATE TABLE thread (
    row        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB NOT NULL UNIQUE,
    title      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE TABLE turn (
    observation INTEGER PRIMARY KEY REFERENCES observation ON DELETE CASCADE,
    thread      INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE,
    answer      TEXT            -- JSON; NULL for the user's turns
);
CREATE INDEX turn_thread ON turn (thread);

CREATE TABLE job (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          BLOB NOT NULL UNIQUE,
    kind        INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    key         BLOB NOT NULL UNIQUE,   -- kind and documents, hashed: the same work is queued once
    attempts    INTEGER NOT NULL,
    not_before  INTEGER NOT NULL,
    lease_until INTEGER,
    queued_at   INTEGER NOT NULL,
    reason      TEXT                    -- code of the last failure
);
CREATE INDEX job_due ON job (kind, state, row);

CREATE TABLE job_doc (
    job         INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    memory      INTEGER REFERENCES memory ON DELETE CASCADE,
    observation INTEGER REFERENCES observation ON DELETE CASCADE,
    PRIMARY KEY (job, position)
) WITHOUT ROWID;
CREATE INDEX job_doc_memory ON job_doc (memory) WHERE memory IS NOT NULL;
CREATE INDEX job_doc_observation ON job_doc (observation) WHERE observation IS NOT NULL;

CREATE TABLE gap (
    row    INTEGER PRIMARY KEY AUTOINCREMENT,
    start  INTEGER NOT NULL,
    end    INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    count  INTEGER NOT NULL
);
CREATE INDEX gap_start ON gap (start);

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL         -- JSON
) WITHOUT ROWID;

CREATE TABLE receipt (
    row    INTEGER PRIMARY KEY AUTOINCREMENT,
    id     BLOB NOT NULL UNIQUE,
    at     INTEGER NOT NULL,
    what   TEXT NOT NULL,
    counts TEXT NOT NULL        -- JSON
);

-- Keyed hashes of ids that were forgotten: they are not stored again.
CREATE TABLE tombstone (
    print BLOB PRIMARY KEY
) WITHOUT ROWID;
