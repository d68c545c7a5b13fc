import autocannon from "autocannon";
import { createHistogram } from "node:perf_hooks";

/** One route as it is asked. */
export interface Route {
    readonly name: string;
    /** One request after the other, each connection in turn. */
    readonly next: () => {
        readonly method?: "GET" | "POST";
        readonly path: string;
        readonly headers?: Readonly<Record<string, string>>;
        readonly body?: string;
    };
}

/** What a number of connections got out of a route. */
export interface Step {
    readonly connections: number;
    /** Successes: what is shed under pressure is no answer to count. */
    readonly perSecond: number;
    /** Milliseconds, of successes; undefined where there were none. */
    readonly p50: number | undefined;
    readonly p95: number | undefined;
    readonly p99: number | undefined;
    /** Answers that are no success, and requests without an answer. */
    readonly failures: number;
}

/** Asks a route for some seconds with a number of connections, each of which waits for its answer before it asks again. */
export async function measureStep(url: string, route: Route, connections: number, seconds: number): Promise<Step> {
    const latencies = createHistogram();
    const options: autocannon.Options = {
        url,
        connections,
        duration: seconds,
        // A certificate of the process's own; the load balancer does not verify it either.
        tlsOptions: { rejectUnauthorized: false },
        requests: [
            {
                setupRequest: (request) => {
                    const { method = "GET", path, headers = {}, body } = route.next();
                    return { ...request, method, path, headers: { ...headers }, ...(body !== undefined && { body }) };
                },
            },
        ],
    };
    const result = await new Promise<autocannon.Result>((resolve, reject) => {
        const instance = autocannon(options, (error: Error | null, all) => {
            if (error) reject(error);
            else resolve(all);
        });
        instance.on("response", (_client, status, _bytes, milliseconds) => {
            if (status >= 300) return;
            // The histogram takes whole numbers from 1: microseconds.
            latencies.record(Math.max(1, Math.round(milliseconds * 1_000)));
        });
    });
    const percentile = (share: number) => (latencies.count === 0 ? undefined : latencies.percentile(share) / 1_000);
    return {
        connections,
        perSecond: result.duration === 0 ? 0 : result["2xx"] / result.duration,
        p50: percentile(50),
        p95: percentile(95),
        p99: percentile(99),
        failures: result.non2xx + result.errors + result.timeouts,
    };
}
