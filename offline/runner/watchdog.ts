/**
 * Tells when a program waits for something that never comes. Node alone would end: it does when nothing is left that could happen.
 * Here the runtime's own server and connections keep the process alive, so they have to be told from the program's.
 *
 * Whatever is not known to be ours counts as something that may still happen: a timer, a file that is read, a child, a connection.
 */
import type { Socket } from "node:net";

/** Names of `process.getActiveResourcesInfo` that are there in every program. Sockets are looked at one by one. */
const OURS = new Set(["PipeWrap", "TTYWrap", "TCPServerWrap", "TCPSocketWrap"]);
const INTERVAL_MS = 500;
export const PATIENCE_MS = 10_000;

interface Channelz {
    getChannelzHandlers(): {
        GetTopChannels(
            call: { request: { start_channel_id: number; max_results: number } },
            callback: (error: unknown, answer: { channel: { data: CallCounts }[] }) => void,
        ): void;
    };
}
interface CallCounts {
    calls_started: number | string;
    calls_succeeded: number | string;
    calls_failed: number | string;
}

export interface WatchdogOptions {
    /** The SDK's own copy of gRPC. */
    grpc: Channelz;
    /** Ports of the engine and of our own server. */
    ports: ReadonlySet<number>;
    patienceMs?: number;
}

/** Rejects once nothing has been going on for long enough; `stop` ends it. */
export function watch({ grpc, ports, patienceMs = PATIENCE_MS }: WatchdogOptions): {
    stuck: Promise<never>;
    stop: () => void;
} {
    let stop = (): void => undefined;
    const stuck = new Promise<never>((_resolve, reject) => {
        let idleSince: number | undefined;
        const timer = setInterval(() => {
            if (callsInFlight(grpc) > 0 || hasWork(ports)) {
                idleSince = undefined;
                return;
            }
            idleSince ??= performance.now();
            if (performance.now() - idleSince < patienceMs) return;
            clearInterval(timer);
            reject(new StuckError());
        }, INTERVAL_MS);
        timer.unref();
        stop = () => {
            clearInterval(timer);
        };
    });
    return { stuck, stop };
}

/** The reason is the program's alone: where it waits is in no stack. */
export class StuckError extends Error {
    override readonly name = "UserError";
    constructor() {
        super(
            "The program waits for something that never comes: a promise that is never settled, with nothing left that could settle it. " +
                "In a preview that may be one that is settled inside `apply`, which is not called for values that are not known yet.",
        );
    }
}

/** Calls to the engine without an answer yet, by gRPC's own count: a creation may take as long as it likes. */
function callsInFlight(grpc: Channelz): number {
    let count = 0;
    const request = { start_channel_id: 0, max_results: 1_000 };
    grpc.getChannelzHandlers().GetTopChannels({ request }, (error, answer) => {
        // Without a count nothing can be said.
        if (error) count = 1;
        else
            for (const { data } of answer.channel)
                count += Number(data.calls_started) - Number(data.calls_succeeded) - Number(data.calls_failed);
    });
    return count;
}

function hasWork(ports: ReadonlySet<number>): boolean {
    if (process.getActiveResourcesInfo().some((name) => !OURS.has(name))) return true;
    // Not documented, but there in every node, and the only way to tell one connection from another.
    const handles = (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles();
    return handles.some((handle) => {
        const { remotePort, localPort } = handle as Partial<Socket>;
        return remotePort !== undefined && !ports.has(remotePort) && !ports.has(localPort ?? 0);
    });
}
