-- Messages that wait to be sent, messages that were done, and mails that were sent.

-- Up Migration

CREATE TABLE outbox (
    id uuid PRIMARY KEY,
    type text NOT NULL,
    payload jsonb NOT NULL,
    correlation_id text NOT NULL,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz
);

-- What waits: as small as the backlog, however many were sent.
CREATE INDEX outbox_waiting_idx ON outbox (created_at, id) WHERE sent_at IS NULL;
-- What was sent and may be forgotten.
CREATE INDEX outbox_sent_idx ON outbox (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE inbox (
    message_id uuid NOT NULL,
    handler text NOT NULL,
    done_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, handler)
);

CREATE INDEX inbox_done_idx ON inbox (done_at);

CREATE TABLE mails (
    message_id uuid PRIMARY KEY,
    sent_at timestamptz NOT NULL DEFAULT now()
);

-- Rows come and go all the time: vacuum early, or the indexes grow with what is dead.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- Down Migration

DROP TABLE mails;
DROP TABLE inbox;
DROP TABLE outbox;
