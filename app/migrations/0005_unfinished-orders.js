// Finds orders whose next step does not come, without reading those that are finished.
//
// On a table that is in use an index is built CONCURRENTLY: without it every write waits for the end of the build. That
// works outside a transaction only. A build that was interrupted leaves an invalid index behind, which is dropped first.

/** @param {import("node-pg-migrate").MigrationBuilder} pgm */
exports.up = (pgm) => {
    pgm.noTransaction();
    pgm.sql("DROP INDEX CONCURRENTLY IF EXISTS orders_unfinished_idx");
    pgm.sql(
        `CREATE INDEX CONCURRENTLY orders_unfinished_idx ON orders (updated_at)
         WHERE state IN ('placed', 'stock_reserved', 'payment_authorized', 'cancelling')`,
    );
};

/** @param {import("node-pg-migrate").MigrationBuilder} pgm */
exports.down = (pgm) => {
    pgm.noTransaction();
    pgm.sql("DROP INDEX CONCURRENTLY orders_unfinished_idx");
};
