/**
 * What happens when a process is killed, and how the next operation gets over it.
 *
 * The writes of an update, in their order, and what is left when everything dies right after one:
 *
 * 1. the engine's lock file. The next operation finds a lock whose process is gone and removes it (locks.ts).
 * 2. the state with a pending operation ("creating X"), before the provider is called. Nothing exists yet: the next update
 *    creates X; the pending operation is dropped after it.
 * 3. the stand-ins' journal line "X exists". The state does not know X: X is an orphan. (Where the stand-ins alone died, the
 *    engine takes the creation for failed and drops the pending operation: an orphan is told by the ledger, see below.) The next
 *    update declares X again, and the stand-ins give back the orphan in place of a second one (they are told what the state
 *    knows). Before a destroy, and for an orphan that the program no longer declares, X is entered in the state as condemned
 *    (`delete: true`, the engine's own mark for what is left of a replacement), so that the engine deletes it.
 * 4. the state with X. Consistent.
 *
 * The ledger is written when an operation starts: all that exists or is in the state then, orphans left out. What exists later, is
 * not in the state and not in the ledger came into being unseen. What the engine left on purpose (`retainOnDelete`) was in the
 * state, hence in the ledger, and stays.
 *
 * An update or a deletion that is cut off is simply repeated: the state still has the old inputs, and deleting what is gone
 * succeeds. The engine writes the state beside the old one and renames it, as does everything here, so a state is whole or the
 * one before. A stand-in writes a journal line at once and passes over a line that was cut off.
 *
 * When the runner dies, the program and the stand-ins see their channel to it close and end; the engine sees its calls fail, saves
 * its state, removes its lock and ends. Its next run waits for that (locks.ts).
 */
import * as fs from "node:fs";
import * as path from "node:path";

import { clearLocks, isAlive } from "./locks";
import { writeAtomically } from "./paths";
import type { StackPaths } from "./paths";
import { knownIds, readCheckpoint } from "./state-file";
import { UserError } from "./types";
import type { Deployment, ExportedState, Operation, PendingOperation, StateResource } from "./types";

export interface RecoveryContext {
    paths: StackPaths;
    note: (text: string) => void;
    exportState: () => Promise<ExportedState>;
    importState: (state: ExportedState) => Promise<void>;
    /** What exists in the stand-ins' "cloud". */
    cloud: () => Existing[];
    /** Throws when a person asked for the end. */
    checkCancelled?: () => void;
}

/** A resource that exists. */
export interface Existing {
    urn: string;
    id: string;
    type: string;
}

/** Puts right, before an operation that changes the stack, what a killed one left behind. */
export async function recoverBefore(operation: Operation, context: RecoveryContext): Promise<void> {
    const { paths, note } = context;
    await clearLocks(paths.locks, note, context);
    const state = readCheckpoint(paths.state);
    const cloud = context.cloud();
    const orphans = orphansOf(state, cloud, readLedger(paths.ledger));
    const cutOff = [
        ...new Set([
            ...pendingOf(state).map((p) => `${p.type} ${shortName(p.resource.urn)}`),
            ...orphans.map((o) => `creating ${shortName(o.urn)}`),
        ]),
    ];
    if (cutOff.length > 0) note(`The last operation was cut off while ${cutOff.join(", ")}: taking it up again.`);
    const strangers = new Set(orphans.map(keyOf));
    const accounted = [...knownIds(state), ...cloud.map(keyOf)].filter((key) => !strangers.has(key));
    writeAtomically(paths.ledger, JSON.stringify([...new Set(accounted)]));
    if (operation === "destroy" && cutOff.length > 0) await settle(context);
}

/** After an update that succeeded nothing may be left over: what was in the making is in the state now, or is condemned. */
export async function recoverAfter(operation: Operation, ok: boolean, context: RecoveryContext): Promise<void> {
    if (operation !== "up" || !ok) return;
    const state = readCheckpoint(context.paths.state);
    const pending = pendingOf(state).length > 0;
    if (pending || orphansOf(state, context.cloud(), readLedger(context.paths.ledger)).length > 0)
        await settle(context);
}

async function settle(context: RecoveryContext): Promise<void> {
    const state = await context.exportState();
    const orphans = orphansOf(state.deployment, context.cloud(), readLedger(context.paths.ledger));
    const { deployment, lost } = settled(state.deployment, orphans);
    await context.importState({ ...state, deployment });
    const condemned = orphans.filter((o) => !lost.includes(o));
    if (condemned.length > 0)
        context.note(`What was half made will be deleted: ${condemned.map(({ urn }) => shortName(urn)).join(", ")}.`);
    for (const { urn, id } of lost)
        context.note(`${shortName(urn)} (${id}) exists, but the state has no provider that could delete it.`);
}

/** What the stand-ins must not take for an orphan: what is in the state, and what was left on purpose. */
export function accountedFor(state: Deployment | undefined, ledgerFile: string): string[] {
    return [...new Set([...knownIds(state), ...(readLedger(ledgerFile) ?? [])])];
}

/** What came into being without the state knowing. Without a ledger there was no operation that could have been cut off. */
export function orphansOf(
    state: Deployment | undefined,
    cloud: Existing[],
    ledger: Set<string> | undefined,
): Existing[] {
    if (!ledger) return [];
    const known = new Set(knownIds(state));
    return cloud.filter((one) => !known.has(keyOf(one)) && !ledger.has(keyOf(one)));
}

/** The deployment with the orphans entered for deletion, and with no creation pending. */
export function settled(deployment: Deployment, orphans: Existing[]): { deployment: Deployment; lost: Existing[] } {
    const resources = [...(deployment.resources ?? [])];
    const present = new Set(resources.map((r) => r.urn));
    const pending = new Map(pendingOf(deployment).map((p) => [p.resource.urn, p.resource]));
    const lost: Existing[] = [];
    for (const orphan of orphans) {
        const { urn, id, type } = orphan;
        const planned = pending.get(urn);
        const provider = (planned?.provider as string | undefined) ?? providerFor(type, resources);
        if (!provider || !present.has(provider.slice(0, provider.lastIndexOf("::")))) {
            lost.push(orphan);
            continue;
        }
        const entry: StateResource = {
            urn,
            custom: true,
            delete: true,
            id,
            type,
            inputs: planned?.inputs ?? {},
            outputs: {},
            provider,
        };
        // A parent that was saved comes before its children; one that was not can't be named.
        if (planned?.parent && present.has(planned.parent)) entry.parent = planned.parent;
        resources.push(entry);
    }
    const rest = pendingOf(deployment).filter((p) => p.type !== "creating");
    return { deployment: { ...deployment, resources, pending_operations: rest }, lost };
}

/** The provider that other resources of the same package use, as `urn::id`. */
function providerFor(type: string, resources: StateResource[]): string | undefined {
    const pkg = `${type.split(":")[0]}:`;
    const user = resources.find(
        (r) => r.custom && r.type.startsWith(pkg) && typeof r.provider === "string" && r.provider !== "",
    );
    if (user) return user.provider as string;
    const provider = resources.find((r) => r.type === `pulumi:providers:${pkg.slice(0, -1)}`);
    return provider && `${provider.urn}::${provider.id}`;
}

function keyOf({ urn, id }: { urn: string; id: string }): string {
    return `${urn}\u0000${id}`;
}

function readLedger(file: string): Set<string> | undefined {
    try {
        const keys: unknown = JSON.parse(fs.readFileSync(file, "utf8"));
        if (Array.isArray(keys)) return new Set(keys as string[]);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        if (!(error instanceof SyntaxError)) throw error;
    }
    throw new UserError(
        `${file} can't be read: it says what existed before the last operation. Remove it, and everything that exists counts as known; what a killed operation left half made is then not cleaned up.`,
    );
}

/** To be called when a state is put in the place of the stack's own: what exists then is nobody's orphan. */
export function accountForAll(paths: StackPaths, cloud: Existing[]): void {
    const known = knownIds(readCheckpoint(paths.state));
    writeAtomically(paths.ledger, JSON.stringify([...new Set([...known, ...cloud.map(keyOf)])]));
}

function pendingOf(deployment: Deployment | undefined): PendingOperation[] {
    return deployment?.pending_operations ?? [];
}

function shortName(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

/**
 * Removes files and working folders of operations whose runner is gone. While a lock is there they stay: the engine of a killed
 * runner may still use them.
 */
export function removeLeftFiles({ stackDir, locks }: Pick<StackPaths, "stackDir" | "locks">): void {
    if (fs.existsSync(locks) && fs.readdirSync(locks).length > 0) return;
    for (const name of fs.readdirSync(stackDir)) {
        // `events-1-2.tmp`, `work-1-2`, and what is left of a file that was being written: `ledger.json.1.tmp`.
        const [, first, second] = /^(?:[a-z]+-(\d+)-\d+(?:\.tmp)?|.+\.(\d+)\.tmp)$/.exec(name) ?? [];
        const pid = second ?? first;
        if (pid !== undefined && !isAlive(Number(pid)))
            fs.rmSync(path.join(stackDir, name), { recursive: true, force: true });
    }
}
