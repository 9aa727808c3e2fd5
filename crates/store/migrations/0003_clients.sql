-- Programs that are not ours and were let in. The token stands nowhere: only what a key of the profile makes of it.
CREATE TABLE client (
    row        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    token      BLOB NOT NULL,       -- keyed hash
    granted    TEXT NOT NULL,       -- JSON
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used  INTEGER,
    revoked_at INTEGER
);

-- What was handed out to a client, for as long as it counts against its budget.
CREATE TABLE client_read (
    client INTEGER NOT NULL REFERENCES client ON DELETE CASCADE,
    at     INTEGER NOT NULL,
    items  INTEGER NOT NULL
);
CREATE INDEX client_read_at ON client_read (client, at);

-- Who asked for what, by day. Names of requests and numbers, never content.
CREATE TABLE access (
    day     INTEGER NOT NULL,       -- midnight, UTC
    client  BLOB NOT NULL,          -- id; empty for a program of the owner's own
    reader  TEXT NOT NULL,          -- what it is called
    request TEXT NOT NULL,
    asked   INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    items   INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    PRIMARY KEY (day, client, reader, request)
) WITHOUT ROWID;
