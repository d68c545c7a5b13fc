-- The version of each message that waits: written by who added it, since the one that sends it may be of another release. Empty
-- for what the release before has added. And who does the work that one process is enough for.
-- An expansion: code that does not know the column and the table goes on as before.

-- Up Migration

ALTER TABLE outbox ADD COLUMN version integer;

CREATE TABLE leases (
    name text PRIMARY KEY,
    holder uuid,
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);

INSERT INTO leases (name) VALUES ('outbox');

-- Down Migration

DROP TABLE leases;
ALTER TABLE outbox DROP COLUMN version;
