/** SQLSTATEs after which the same transaction may well succeed: serialization failure, deadlock. */
const CONFLICTS = new Set(["40001", "40P01"]);

/** What a server answers to a write that is not the primary any more. */
const READ_ONLY = "25006";

/** Class 57P: the server shuts down, or starts. */
const SHUTTING_DOWN = /^57P/;

function codeOf(error: unknown): string | undefined {
    const code = (error as { code?: unknown } | null | undefined)?.code;
    return typeof code === "string" ? code : undefined;
}

/** Two transactions were in each other's way; on a replica: a query and the replay. Nothing has been done. */
export function isConflict(error: unknown): boolean {
    return CONFLICTS.has(codeOf(error) ?? "");
}

/** The server takes no writes: it is a standby. */
export function isReadOnly(error: unknown): boolean {
    return codeOf(error) === READ_ONLY;
}

/** The server is no primary, or is about to be none: its name leads to another one, soon. */
export function hasMoved(error: unknown): boolean {
    return isReadOnly(error) || SHUTTING_DOWN.test(codeOf(error) ?? "");
}
