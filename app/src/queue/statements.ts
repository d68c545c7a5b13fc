import type { Statement } from "../database/database";

/** Every statement of the outbox, the inbox and the leases. */

export const addToOutbox: Statement = {
    name: "outbox-add",
    text: `INSERT INTO outbox (id, type, version, payload, correlation_id, traceparent, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};

/**
 * The oldest messages that wait, for this relay alone: others skip them until the transaction ends, by a commit or by the
 * death of its process. Types that this version does not know wait for one that does, as while a deployment runs. `$3`: what
 * the queue has just refused, and what would otherwise stand at the head for ever.
 */
export const takeFromOutbox: Statement = {
    name: "outbox-take",
    text: `SELECT id, type, version, payload, correlation_id, traceparent, created_at
           FROM outbox
           WHERE sent_at IS NULL AND type = ANY($2::text[]) AND id <> ALL($3::uuid[])
           ORDER BY created_at, id
           LIMIT $1
           FOR UPDATE SKIP LOCKED`,
};

export const markAsSent: Statement = {
    name: "outbox-mark-as-sent",
    text: `UPDATE outbox SET sent_at = now() WHERE id = ANY($1::uuid[])`,
};

/** Bounded: with a long backlog its exact length matters less than that counting it is cheap. */
export const measureBacklog: Statement = {
    name: "outbox-measure-backlog",
    text: `SELECT count(*)::int AS waiting,
                  greatest(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest_seconds
           FROM (SELECT created_at FROM outbox WHERE sent_at IS NULL ORDER BY created_at, id LIMIT 10000) AS backlog`,
};

/**
 * In portions, so that no lock is held for long. By `ctid`, the place of a row: a portion is then found by the index and
 * deleted without another search, however large the table is. What another worker deletes is left to it: nobody waits.
 */
export const forgetSent: Statement = {
    name: "outbox-forget-sent",
    text: `DELETE FROM outbox
           WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM outbox WHERE sent_at < now() - make_interval(secs => $1)
               ORDER BY sent_at LIMIT 1000 FOR UPDATE SKIP LOCKED))
           RETURNING 1 AS forgotten`,
};

/** No row: the message was done before. A second process that is at it waits here until the first has committed. */
export const markAsDone: Statement = {
    name: "inbox-mark-as-done",
    text: `INSERT INTO inbox (message_id, handler) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1 AS new`,
};

export const isDone: Statement = {
    name: "inbox-is-done",
    text: `SELECT 1 AS done FROM inbox WHERE message_id = $1 AND handler = $2`,
};

export const forgetDone: Statement = {
    name: "inbox-forget-done",
    text: `DELETE FROM inbox
           WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM inbox WHERE done_at < now() - make_interval(secs => $1)
               ORDER BY done_at LIMIT 1000 FOR UPDATE SKIP LOCKED))
           RETURNING 1 AS forgotten`,
};

/** No row: another process has it. Who only looks locks nothing and writes nothing. */
export const takeLease: Statement = {
    name: "lease-take",
    text: `UPDATE leases SET holder = $2, expires_at = now() + make_interval(secs => $3)
           WHERE name = $1 AND (holder = $2 OR expires_at < now())
           RETURNING 1 AS taken`,
};

export const giveLeaseBack: Statement = {
    name: "lease-give-back",
    text: `UPDATE leases SET expires_at = '-infinity' WHERE name = $1 AND holder = $2`,
};
