import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type PostgresCluster, startPostgres } from "../../../twin/servers/postgres";
import { type QueueServer, startQueueServer } from "../../../twin/servers/queue";
import { startValkey, type ValkeyServer } from "../../../twin/servers/valkey";
import { RunningApp } from "../running-app";

/** Everything that the shop depends on, real, on free ports. */
export interface ShopServers {
    /** The bindings, as the stack gives them, and what makes tests quick. */
    readonly env: Record<string, string>;
    readonly postgres: PostgresCluster;
    readonly valkey: ValkeyServer;
    readonly queue: QueueServer;
    /** Where the mails go. */
    readonly mailFolder: string;
    stop(): Promise<void>;
}

/** Long enough for HS256; not used anywhere else. */
export const TEST_SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef";

/**
 * Starts database, cache, queue and bucket, and brings the schema up to date with the role `migrate`.
 *
 * @param main the compiled program
 */
export async function startShopServers(main: string, options: { replicas?: number } = {}): Promise<ShopServers> {
    const folder = mkdtempSync(path.join(tmpdir(), "headroom-shop-"));
    const [postgres, valkey, queue] = await Promise.all([
        startPostgres({ replicas: options.replicas ?? 1 }),
        startValkey(),
        startQueueServer({ folder: path.join(folder, "queue"), visibilitySeconds: 5 }),
    ]);
    const mailFolder = path.join(folder, "mails");
    mkdirSync(mailFolder);
    const env = {
        ...postgres.env,
        ...valkey.env,
        ...queue.env,
        TLS: "off",
        ZONE: "test",
        DEMO_SIGN_IN: "on",
        JWT_SECRETS: TEST_SECRET,
        MAIL_TRANSPORT: "file",
        MAIL_FOLDER: mailFolder,
        JOBS_WAIT_SECONDS: "1",
        OUTBOX_INTERVAL_MS: "20",
        RATE_LIMIT_PER_MINUTE: "0",
    };
    const migration = RunningApp.spawn(main, { arguments: ["migrate"], environment: { ...env, ...postgres.ownerEnv } });
    if ((await migration.exited) !== 0) throw new Error(`the migration failed:\n${migration.output}`);
    return {
        env,
        postgres,
        valkey,
        queue,
        mailFolder,
        stop: async () => {
            await Promise.all([postgres.stop(), valkey.stop(), queue.stop()]);
            rmSync(folder, { recursive: true, force: true });
        },
    };
}
