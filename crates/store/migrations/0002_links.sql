-- Links: whom and what memories and observations name, so that the people and projects of a life can be asked for and drawn.
-- An entity lives by its mentions alone: it holds nothing but a name that stands in one of them, and goes with the last.
-- That two names are one person ("Anna", "Anna Meier") is told when it is asked, and stored nowhere.
CREATE TABLE entity (
    row   INTEGER PRIMARY KEY AUTOINCREMENT,
    id    BLOB NOT NULL UNIQUE,
    kind  INTEGER NOT NULL,
    name  TEXT NOT NULL,
    plain TEXT NOT NULL UNIQUE      -- lower case, single spaces
);

CREATE TABLE mention (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    entity      INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
    memory      INTEGER REFERENCES memory ON DELETE CASCADE,
    observation INTEGER REFERENCES observation ON DELETE CASCADE,
    start       INTEGER NOT NULL,
    end         INTEGER NOT NULL,
    CHECK ((memory IS NULL) <> (observation IS NULL))
);
CREATE INDEX mention_entity ON mention (entity);
CREATE INDEX mention_memory ON mention (memory) WHERE memory IS NOT NULL;
CREATE INDEX mention_observation ON mention (observation) WHERE observation IS NOT NULL;

CREATE TABLE relation (
    row    INTEGER PRIMARY KEY AUTOINCREMENT,
    source INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
    target INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
    label  TEXT NOT NULL,
    memory INTEGER NOT NULL REFERENCES memory ON DELETE CASCADE,
    UNIQUE (memory, source, target, label)
);
CREATE INDEX relation_source ON relation (source);
CREATE INDEX relation_target ON relation (target);
