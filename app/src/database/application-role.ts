import { type Client, DatabaseError, escapeIdentifier } from "pg";
import type { Logger } from "pino";

/** Members of it authenticate by IAM. RDS has it; elsewhere there is none. */
const IAM_ROLE = "rds_iam";

/** `duplicate_object`, and `unique_violation` where two make the same at the same moment. */
const EXISTS = new Set(["42710", "23505"]);

/**
 * Makes the role that the application has, where it is missing, and lets it read and write the rows of all tables, those that
 * come later included: it is called before the steps, so that a table can be used from the moment on that it is there.
 *
 * The role is not the owner of anything and cannot change the schema. What it owned, as in a database that was set up when the
 * application migrated by itself, is taken over. The password of a role that exists is left as it is.
 *
 * @param client connected as the owner of the schema
 */
export async function admitApplication(client: Client, role: string, log: Logger): Promise<void> {
    const name = escapeIdentifier(role);
    if (!(await exists(client, role))) {
        await tolerateExisting(client.query(`CREATE ROLE ${name} LOGIN`));
        log.info({ role }, "the application's role was made");
    }
    await authenticateByIam(client, role);
    await takeOver(client, role, log);
    await client.query(`
        GRANT USAGE ON SCHEMA public TO ${name};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${name};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${name};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${name}`);
}

/** What was run is no business of the application. */
export async function hideTable(client: Client, table: string, role: string): Promise<void> {
    await client.query(`REVOKE ALL ON TABLE public.${escapeIdentifier(table)} FROM ${escapeIdentifier(role)}`);
}

async function exists(client: Client, role: string): Promise<boolean> {
    const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
    return rowCount === 1;
}

async function authenticateByIam(client: Client, role: string): Promise<void> {
    if (!(await exists(client, IAM_ROLE))) return;
    const { rows } = await client.query<{ member: boolean }>("SELECT pg_has_role($1, $2, 'MEMBER') AS member", [
        role,
        IAM_ROLE,
    ]);
    if (rows[0]?.member) return;
    await tolerateExisting(client.query(`GRANT ${IAM_ROLE} TO ${escapeIdentifier(role)}`));
}

/** To hand something over, one must be a member of who gives it and of who gets it. */
async function takeOver(client: Client, role: string, log: Logger): Promise<void> {
    const text = `SELECT EXISTS (SELECT FROM pg_class WHERE relowner = owner.oid AND relnamespace = 'public'::regnamespace)
                OR EXISTS (SELECT FROM pg_database WHERE datdba = owner.oid AND datname = current_database()) AS owns
        FROM pg_roles AS owner WHERE rolname = $1`;
    const { rows } = await client.query<{ owns: boolean }>(text, [role]);
    if (!rows[0]?.owns) return;
    const name = escapeIdentifier(role);
    await client.query(`
        GRANT ${name} TO CURRENT_USER;
        REASSIGN OWNED BY ${name} TO CURRENT_USER;
        REVOKE ${name} FROM CURRENT_USER`);
    log.info({ role }, "what the application owned is the owner's now");
}

/** Roles belong to the server, and another of its databases may be migrated at the same moment. */
async function tolerateExisting(query: Promise<unknown>): Promise<void> {
    await query.catch((error: unknown) => {
        if (!(error instanceof DatabaseError) || !EXISTS.has(error.code ?? "")) throw error;
    });
}
