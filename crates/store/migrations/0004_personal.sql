-- Personal details: of which kinds a text holds some, as bits (numbers in src/table/code.rs). NULL: nobody has looked yet.
ALTER TABLE observation ADD COLUMN personal INTEGER;
ALTER TABLE memory ADD COLUMN personal INTEGER;

-- What is still to be looked at, found without reading the rest.
CREATE INDEX observation_unread ON observation (row) WHERE personal IS NULL;
CREATE INDEX memory_unread ON memory (row) WHERE personal IS NULL;

-- A memory that says something else is looked at again.
CREATE TRIGGER memory_reads_anew AFTER UPDATE OF title, details, body ON memory
WHEN old.title IS NOT new.title OR old.details IS NOT new.details OR old.body IS NOT new.body
BEGIN
    UPDATE memory SET personal = NULL WHERE row = new.row;
END;
