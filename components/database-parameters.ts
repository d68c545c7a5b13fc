/** One parameter of a PostgreSQL parameter group, as RDS takes it. */
export interface DatabaseParameter {
    readonly name: string;
    readonly value: string;
    /** When a change takes effect. */
    readonly applyMethod: "immediate" | "pending-reboot";
}

/** The parameter group family of an engine version: `17` and `17.4` → `postgres17`. */
export function parameterFamily(engineVersion: string): string {
    return `postgres${engineVersion.split(".")[0] ?? ""}`;
}

/**
 * The parameters of every instance.
 *
 * @param slowQueryMilliseconds statements that take longer are logged
 * @param overrides values that replace or add to the defaults, by parameter name; applied at the next reboot, since
 *   nothing here knows which of them are static
 */
export function databaseParameters(
    slowQueryMilliseconds: number,
    overrides: Readonly<Record<string, string>> = {},
): DatabaseParameter[] {
    const defaults: DatabaseParameter[] = [
        // Refuses connections without TLS. It is on by default since PostgreSQL 15; here it cannot be lost. Applied at a
        // reboot, as RDS reports it, or every later run would show a difference.
        { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
        // MD5 passwords are refused even for users that somebody adds by hand.
        { name: "rds.accepted_password_auth_method", value: "scram", applyMethod: "immediate" },
        { name: "log_min_duration_statement", value: String(slowQueryMilliseconds), applyMethod: "immediate" },
        // The text of a slow statement is logged, the values bound to it are not: they are customers' data.
        { name: "log_parameter_max_length", value: "0", applyMethod: "immediate" },
        { name: "log_parameter_max_length_on_error", value: "0", applyMethod: "immediate" },
        // Waiting for a lock longer than deadlock_timeout (1 s) is what an outage looks like before it is one.
        { name: "log_lock_waits", value: "1", applyMethod: "immediate" },
        // Sorts and hashes that spill more than 10 MiB to disk, in kB: they eat storage and IOPS.
        { name: "log_temp_files", value: "10240", applyMethod: "immediate" },
        { name: "log_autovacuum_min_duration", value: "10000", applyMethod: "immediate" },
        // A transaction that is left open holds back vacuum and locks rows: a minute is far above any request's time.
        { name: "idle_in_transaction_session_timeout", value: "60000", applyMethod: "immediate" },
        // Finds the statements that cost most, which is the first thing that every database runbook asks for.
        { name: "shared_preload_libraries", value: "pg_stat_statements", applyMethod: "pending-reboot" },
    ];
    const kept = defaults.filter((parameter) => !(parameter.name in overrides));
    const given = Object.entries(overrides).map(([name, value]): DatabaseParameter => ({
        name,
        value,
        applyMethod: "pending-reboot",
    }));
    return [...kept, ...given].sort((a, b) => (a.name < b.name ? -1 : 1));
}
