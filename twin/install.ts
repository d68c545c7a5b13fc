/**
 * Fetches what the twin and the tests on real servers need and this machine lacks: Valkey or Redis, and a Node that is new
 * enough for the queue server. PostgreSQL comes with the packages. A second call fetches nothing.
 *
 *     node -r ./offline/register.js twin/install.ts
 */
import { findModernNode } from "./servers/modern-node";
import { installValkey } from "./servers/valkey-installation";

const progress = (line: string): void => {
    process.stderr.write(`${line}\n`);
};

async function install(): Promise<void> {
    await findModernNode(progress);
    await installValkey({ progress });
}

install().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
});
