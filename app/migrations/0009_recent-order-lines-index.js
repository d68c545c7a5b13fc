// A product's latest orders. It does what order_lines_product_idx does as well: that one may go when no release before this one
// runs any more. Built and dropped CONCURRENTLY, as 0005 says.

/** @param {import("node-pg-migrate").MigrationBuilder} pgm */
exports.up = (pgm) => {
    pgm.noTransaction();
    pgm.sql("DROP INDEX CONCURRENTLY IF EXISTS order_lines_recent_idx");
    pgm.sql("CREATE INDEX CONCURRENTLY order_lines_recent_idx ON order_lines (product_id, created_at DESC, order_id)");
};

/** @param {import("node-pg-migrate").MigrationBuilder} pgm */
exports.down = (pgm) => {
    pgm.noTransaction();
    pgm.sql("DROP INDEX CONCURRENTLY order_lines_recent_idx");
};
