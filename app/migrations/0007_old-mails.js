// Finds the marks of mails that are old enough to be forgotten, without reading all of them. Built and dropped CONCURRENTLY, as
// 0005 says.

/** @param {import("node-pg-migrate").MigrationBuilder} pgm */
exports.up = (pgm) => {
    pgm.noTransaction();
    pgm.sql("DROP INDEX CONCURRENTLY IF EXISTS mails_sent_idx");
    pgm.sql("CREATE INDEX CONCURRENTLY mails_sent_idx ON mails (sent_at)");
};

/** @param {import("node-pg-migrate").MigrationBuilder} pgm */
exports.down = (pgm) => {
    pgm.noTransaction();
    pgm.sql("DROP INDEX CONCURRENTLY mails_sent_idx");
};
