// @ts-check
"use strict";

/**
 * Rows of text in columns: the first to the left, the others, which hold numbers, to the right.
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
    const widths = head.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
    );
    /** @param {readonly string[]} row */
    const line = (row) =>
        widths
            .map((width, column) => (column === 0 ? (row[0] ?? "").padEnd(width) : (row[column] ?? "").padStart(width)))
            .join("  ")
            .trimEnd();
    return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

module.exports = { table };
