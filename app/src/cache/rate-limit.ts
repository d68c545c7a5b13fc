import type { RateLimitPluginOptions } from "@fastify/rate-limit";
import { createHash } from "node:crypto";
import type { DependencyPolicy } from "../resilience/policies";
import type { Cache } from "./cache";

export interface RateLimitSettings {
    /** Requests of one client within the window, over all processes. */
    max: number;
    windowSeconds: number;
}

type Callback = (error: unknown, result?: unknown) => void;
type Value = string | number | boolean;
/** The key, then the values, then what is called with the result. */
type CallParameters = [...Value[], Callback];
type Script = (...parameters: Value[]) => Promise<unknown>;

/**
 * Options for @fastify/rate-limit that count in the cache: a client has one limit, whichever processes answer it. With the cache
 * down nobody is limited: load shedding still protects the process, and the limit is there to be fair.
 *
 * ```ts
 * await server.register(rateLimit, { ...rateLimitOptions(cache, policies.for("cache"), settings), keyGenerator });
 * ```
 */
export function rateLimitOptions(
    cache: Pick<Cache, "client" | "keyPrefix">,
    policy: DependencyPolicy,
    { max, windowSeconds }: RateLimitSettings,
): RateLimitPluginOptions {
    return {
        max,
        timeWindow: windowSeconds * 1_000,
        redis: new Counters(cache.client, policy),
        nameSpace: `${cache.keyPrefix}:rate:`,
        skipOnError: true,
    };
}

/**
 * What the plugin uses of a client, through the policy of the cache: with the breaker open it is told so at once, where the
 * client alone would let every request wait for the time-out.
 */
class Counters {
    constructor(
        private readonly client: Cache["client"],
        private readonly policy: DependencyPolicy,
    ) {}

    /** The plugin's scripts become commands of the client, which sends their text once. It asks by name whether they are there. */
    defineCommand(name: string, definition: { numberOfKeys: number; lua: string }): void {
        this.client.defineCommand(name, definition);
        Object.assign(this, {
            [name]: (...parameters: CallParameters) => {
                this.#call(name, parameters);
            },
        });
    }

    #call(name: string, parameters: CallParameters): void {
        const callback = parameters.at(-1) as Callback;
        const [key, ...values] = parameters.slice(0, -1) as [string, ...Value[]];
        const scripts = this.client as unknown as Record<string, Script | undefined>;
        this.policy
            .run(async () => scripts[name]?.call(this.client, anonymous(key), ...values.map(String)))
            .then(
                (result) => {
                    setImmediate(callback, null, result);
                },
                (error: unknown) => {
                    setImmediate(callback, error);
                },
            );
    }
}

/** Keys name clients, by address or by user: who looks into the cache shall not see whom. The prefix stays readable. */
function anonymous(key: string): string {
    const end = key.indexOf(":rate:") + ":rate:".length;
    return key.slice(0, end) + createHash("sha256").update(key.slice(end)).digest("base64url");
}
