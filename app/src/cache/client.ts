import { Cluster, type ClusterOptions, type CommonRedisOptions, Valkey } from "iovalkey";
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { CacheSettings } from "./configuration";

/** A connection to a cluster or to a single server; both take the same commands. */
export type ValkeyClient = Cluster | Valkey;

/** How often a command is sent again after a redirection, or after a node went away. */
const MOST_REDIRECTIONS = 4;
/** Between two attempts to connect: up to two seconds. */
const LONGEST_RECONNECT_MS = 2_000;
const FIRST_RECONNECT_MS = 50;

/** Nodes that came are found by redirections; those that only serve as replicas, and those that went, by looking. */
const REFRESH_SLOTS_MS = 30_000;

/** A connection over which nothing comes back for so long is cut and opened anew: the other end may be gone without a word. */
const SILENCE_MS = 10_000;

/** Keeps idle connections open through whatever forgets them; ElastiCache's own time-out is off by default. */
const KEEP_ALIVE_MS = 30_000;

/** What every connection has, to whatever node. Cluster nodes are opened with the very object, so that changing its password works. */
export interface ConnectionParts {
    readonly settings: CacheSettings;
    readonly common: CommonRedisOptions & { tls?: ConnectionOptions };
}

export function connectionParts(settings: CacheSettings, password: string): ConnectionParts {
    return {
        settings,
        common: {
            ...(settings.user !== "" && { username: settings.user }),
            ...(password !== "" && { password }),
            ...(settings.tls && { tls: tlsOptions(settings) }),
            connectionName: settings.connectionName,
            connectTimeout: settings.connectTimeoutMs,
            commandTimeout: settings.commandTimeoutMs,
            socketTimeout: SILENCE_MS + settings.commandTimeoutMs,
            keepAlive: KEEP_ALIVE_MS,
            // Who repeats a command must know whether it may be repeated: the caller, not the connection.
            maxRetriesPerRequest: 0,
            autoResendUnfulfilledCommands: false,
        },
    };
}

/** The certificate is verified, against the name that was asked for. */
function tlsOptions({ caFile }: CacheSettings): ConnectionOptions {
    return { minVersion: "TLSv1.2", ...(caFile !== "" && { ca: readFileSync(caFile) }) };
}

/**
 * Opens the connection for commands. While there is none, commands fail at once: nothing is queued for a server that may not
 * come back for minutes.
 */
export function createClient({ settings, common }: ConnectionParts): ValkeyClient {
    const { endpoint } = settings;
    return settings.mode === "cluster"
        ? new QuietCluster([endpoint], {
              redisOptions: common,
              enableOfflineQueue: false,
              clusterRetryStrategy: reconnectDelay,
              maxRedirections: MOST_REDIRECTIONS,
              slotsRefreshInterval: REFRESH_SLOTS_MS,
              slotsRefreshTimeout: settings.connectTimeoutMs,
              // Names are left to the connection: resolved here, the certificate would be compared with an address.
              dnsLookup: (name, callback) => {
                  callback(null, name);
              },
          } satisfies ClusterOptions)
        : new QuietValkey({ ...common, ...endpoint, enableOfflineQueue: false, retryStrategy: reconnectDelay });
}

/**
 * Opens a connection that listens to events. Always to the endpoint alone: in a cluster every node passes on what any of them
 * is told. It subscribes again by itself after it was lost.
 */
export function createSubscriber({ settings, common }: ConnectionParts): Valkey {
    const { commandTimeout: _none, socketTimeout: _neither, ...options } = common;
    return new QuietValkey({
        ...options,
        ...settings.endpoint,
        connectionName: `${settings.connectionName}-events`,
        retryStrategy: reconnectDelay,
        // The subscription waits for the connection.
        maxRetriesPerRequest: null,
    });
}

/** Full jitter below a limit that doubles: the processes that lost the same node do not come back at the same moment. */
export function reconnectDelay(attempt: number): number {
    const limit = Math.min(LONGEST_RECONNECT_MS, FIRST_RECONNECT_MS * 2 ** Math.min(attempt, 10));
    return Math.ceil(Math.random() * limit);
}

/**
 * The client puts a command's arguments into the errors of the server: keys, values, and those of AUTH. Here they are taken
 * out before anybody sees the error, since whoever logs an error logs all that it holds.
 */
function withoutArguments(command: { promise: Promise<unknown> }): void {
    command.promise.catch((error: unknown) => {
        const held = (error as { command?: { args?: unknown } } | undefined)?.command;
        if (held !== undefined) delete held.args;
    });
}

class QuietCluster extends Cluster {
    override sendCommand(...parameters: Parameters<Cluster["sendCommand"]>): unknown {
        withoutArguments(parameters[0]);
        return super.sendCommand(...parameters);
    }
}

class QuietValkey extends Valkey {
    override sendCommand(...parameters: Parameters<Valkey["sendCommand"]>): unknown {
        withoutArguments(parameters[0]);
        return super.sendCommand(...parameters);
    }
}
