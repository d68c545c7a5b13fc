import { z } from "zod";
import type { Setting } from "../setting";

/** Where a server listens. */
export interface Endpoint {
    readonly host: string;
    readonly port: number;
}

/** What `openDatabase` is told; see `DATABASE_SETTINGS` for what each value is good for. */
export interface DatabaseSettings {
    readonly writer: Endpoint;
    /** Empty where there are no replicas: reads go to the writer. */
    readonly readers: readonly Endpoint[];
    readonly name: string;
    readonly user: string;
    /** Who the application is in the database, told to the role `migrate`; empty where that is `user` itself. */
    readonly applicationUser: string;
    readonly auth: "iam" | "password";
    /** With `auth: "password"`. */
    readonly password: string;
    /** With `auth: "iam"`: the region that the tokens are made for. */
    readonly region: string;
    readonly tls: "verify-full" | "off";
    /** PEM file with the authorities that sign the servers' certificates; empty for the system's own. */
    readonly caFile: string;
    readonly applicationName: string;
    /** Connections at most, to each endpoint, with the one that watches it. */
    readonly poolSize: number;
    readonly connectTimeoutMs: number;
    readonly statementTimeoutMs: number;
    readonly lockTimeoutMs: number;
    readonly idleInTransactionTimeoutMs: number;
    readonly replicaMaxLagSeconds: number;
    readonly replicaCheckIntervalMs: number;
}

function whole(minimum: number, maximum: number, fallback: number, unit: string): Setting<number> {
    return {
        schema: z
            .string()
            .regex(/^\d{1,9}$/)
            .transform(Number)
            .refine((value) => value >= minimum && value <= maximum),
        fallback,
        allowed: `a whole number of ${unit} from ${minimum} to ${maximum}`,
        example: String(fallback),
    };
}

const HOST = /^[A-Za-z0-9](?:[\w.-]{0,251}[A-Za-z0-9])?$/;

function isPort(text: string): boolean {
    return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

function isEndpoint(text: string): boolean {
    const [host = "", port, ...rest] = text.split(":");
    return rest.length === 0 && HOST.test(host) && (port === undefined || isPort(port));
}

/** Of one process, to each endpoint: one that watches the server, and one for everything else. */
export const LEAST_POOL_SIZE = 2;

const HOSTS_ALLOWED = "host names or IPv4 addresses, each with or without a port, separated by commas";

/**
 * Every variable of the database. The stack's bindings (`Database.writer`, `Database.reader`, and `Database.owner` for
 * migrations) give host names, port, name, users, authentication, region and TLS; the rest has defaults.
 */
export const DATABASE_SETTINGS = {
    /** The primary; `host` or `host:port`. Empty: this process has no database. */
    DATABASE_WRITER_HOST: {
        schema: z.string().refine((text) => text === "" || isEndpoint(text)),
        fallback: "",
        allowed: "a host name or an IPv4 address, with or without a port",
        example: "app-primary.abc123.eu-central-1.rds.amazonaws.com",
    },
    /** The replicas; the primary itself where there are none. */
    DATABASE_READER_HOSTS: {
        schema: z.string().refine((text) => text === "" || text.split(",").every(isEndpoint)),
        fallback: "",
        allowed: HOSTS_ALLOWED,
        example: "replica-az1.example.com:5432,replica-az2.example.com:5432",
    },
    /** Of the hosts that are written without one. */
    DATABASE_PORT: whole(1, 65_535, 5432, "a port"),
    DATABASE_NAME: {
        schema: z.string().regex(/^[A-Za-z_][\w$-]{0,62}$/),
        fallback: "app",
        allowed: "1 to 63 letters, digits and _ $ -, not beginning with a digit",
        example: "app",
    },
    DATABASE_USER: {
        schema: z.string().regex(/^[A-Za-z_][\w$-]{0,62}$/),
        fallback: "app",
        allowed: "1 to 63 letters, digits and _ $ -, not beginning with a digit",
        example: "app",
    },
    /**
     * For the role `migrate`, which connects as the owner of the schema: the user that the application has. It is made where
     * it is missing, and may read and write the rows of all tables. Empty: the application is the owner, as on a developer's
     * machine.
     */
    DATABASE_APPLICATION_USER: {
        schema: z.string().regex(/^(|[A-Za-z_][\w$-]{0,62})$/),
        fallback: "",
        allowed: "1 to 63 letters, digits and _ $ -, not beginning with a digit",
        example: "app",
    },
    /** `iam`: tokens of RDS as passwords, renewed by themselves. `password`: DATABASE_PASSWORD. */
    DATABASE_AUTH: {
        schema: z.enum(["iam", "password"]),
        fallback: "iam",
        allowed: "one of iam, password",
        example: "iam",
    } as Setting<"iam" | "password">,
    DATABASE_PASSWORD: {
        schema: z.string().max(1_024),
        fallback: "",
        allowed: "up to 1024 characters",
        example: "<from a secret>",
        secret: true,
    } as Setting<string>,
    /** The region that IAM tokens are made for. */
    DATABASE_REGION: {
        schema: z.string().regex(/^(|[a-z]{2}(-[a-z]+)+-\d)$/),
        fallback: "",
        allowed: "a region of AWS",
        example: "eu-central-1",
    },
    /** `off` only on one machine: passwords and tokens would travel in clear text. */
    DATABASE_TLS: {
        schema: z.enum(["verify-full", "off"]),
        fallback: "verify-full",
        allowed: "one of verify-full, off",
        example: "verify-full",
    } as Setting<"verify-full" | "off">,
    /** Who may sign the servers' certificates. Empty: the authorities of RDS in every region, and those that Node knows. */
    DATABASE_CA_FILE: {
        schema: z.string().max(4_096),
        fallback: "",
        allowed: "the path of a PEM file",
        example: "/run/database-ca.pem",
    } as Setting<string>,
    /**
     * Connections to each endpoint, which the processes of the container share; one of each process watches the server. Those of
     * all containers must stay below the primary's `max_connections`, with a reserve of about 20 for people and migrations:
     * `(web + worker tasks at most) × DATABASE_POOL_SIZE`, and twice that while a deployment runs old and new ones side by side.
     * The preset `start`: (9 + 20) × 10 = 290, twice that 580, of the 897 that 8 GiB allow
     * (`LEAST(DBInstanceClassMemory / 9531392, 5000)`). Where workers are many, give them fewer. More than a few for each CPU of
     * the server does not make it faster.
     */
    DATABASE_POOL_SIZE: whole(LEAST_POOL_SIZE, 1_000, 10, "connections"),
    /** Opening a connection: TCP, TLS, authentication. Also the longest wait for a free one. */
    DATABASE_CONNECT_TIMEOUT_MS: whole(100, 60_000, 3_000, "milliseconds"),
    /** The server cancels a statement after this time: below the time-out of the request. */
    DATABASE_STATEMENT_TIMEOUT_MS: whole(100, 600_000, 5_000, "milliseconds"),
    /** The server gives up waiting for a lock after this time: below the statement's time-out, to be told which it was. */
    DATABASE_LOCK_TIMEOUT_MS: whole(50, 600_000, 2_000, "milliseconds"),
    /** The server ends a transaction that does nothing: a stuck process must not hold locks. */
    DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: whole(1_000, 600_000, 10_000, "milliseconds"),
    /** A replica further behind than this is not asked. Above the second between two looks at it. */
    DATABASE_REPLICA_MAX_LAG_SECONDS: whole(1, 3_600, 5, "seconds"),
    /** Between two looks at a replica, give or take a fifth. */
    DATABASE_REPLICA_CHECK_INTERVAL_MS: whole(100, 60_000, 1_000, "milliseconds"),
} satisfies Record<string, Setting<string> | Setting<number>>;

/** The values of `DATABASE_SETTINGS`, as read. */
export type DatabaseValues = {
    readonly [K in keyof typeof DATABASE_SETTINGS]: (typeof DATABASE_SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** What is wrong between two values; empty where nothing is. */
export function databaseProblems(values: DatabaseValues): string[] {
    if (values.DATABASE_WRITER_HOST === "") return [];
    const problems: string[] = [];
    if (values.DATABASE_AUTH === "password" && values.DATABASE_PASSWORD === "") {
        problems.push(
            "DATABASE_PASSWORD is not set, and DATABASE_AUTH=password needs it. Give the password from a secret, " +
                "or authenticate by IAM: DATABASE_AUTH=iam DATABASE_REGION=eu-central-1",
        );
    }
    if (values.DATABASE_AUTH === "iam" && values.DATABASE_REGION === "") {
        problems.push(
            "DATABASE_REGION is not set, and DATABASE_AUTH=iam needs it to make tokens. Example: DATABASE_REGION=eu-central-1",
        );
    }
    if (values.DATABASE_AUTH === "iam" && values.DATABASE_TLS === "off") {
        problems.push(
            "DATABASE_TLS=off does not go with DATABASE_AUTH=iam: tokens would travel in clear text, and RDS refuses them. " +
                "Example: DATABASE_TLS=verify-full",
        );
    }
    if (values.DATABASE_LOCK_TIMEOUT_MS > values.DATABASE_STATEMENT_TIMEOUT_MS) {
        problems.push(
            `DATABASE_LOCK_TIMEOUT_MS=${values.DATABASE_LOCK_TIMEOUT_MS} must not be more than ` +
                `DATABASE_STATEMENT_TIMEOUT_MS=${values.DATABASE_STATEMENT_TIMEOUT_MS}: the statement would end first. ` +
                "Example: DATABASE_LOCK_TIMEOUT_MS=2000 DATABASE_STATEMENT_TIMEOUT_MS=5000",
        );
    }
    return problems;
}

function endpoint(text: string, defaultPort: number): Endpoint {
    const [host = "", port] = text.split(":");
    return { host, port: port === undefined ? defaultPort : Number(port) };
}

/**
 * The settings of the database; undefined where DATABASE_WRITER_HOST is empty.
 *
 * @param applicationName what `pg_stat_activity` shows: the role of the process
 * @param processes how many share the connections
 */
export function databaseSettings(
    values: DatabaseValues,
    applicationName: string,
    processes = 1,
): DatabaseSettings | undefined {
    if (values.DATABASE_WRITER_HOST === "") return undefined;
    const writer = endpoint(values.DATABASE_WRITER_HOST, values.DATABASE_PORT);
    const hosts = values.DATABASE_READER_HOSTS.split(",").filter((host) => host !== "");
    const readers = hosts
        .map((host) => endpoint(host, values.DATABASE_PORT))
        // The binding names the primary where there are no replicas: it has a pool already.
        .filter(({ host, port }) => host !== writer.host || port !== writer.port);
    return {
        writer,
        readers,
        name: values.DATABASE_NAME,
        user: values.DATABASE_USER,
        applicationUser: values.DATABASE_APPLICATION_USER,
        auth: values.DATABASE_AUTH,
        password: values.DATABASE_PASSWORD,
        region: values.DATABASE_REGION,
        tls: values.DATABASE_TLS,
        caFile: values.DATABASE_CA_FILE,
        applicationName,
        poolSize: Math.floor(values.DATABASE_POOL_SIZE / processes),
        connectTimeoutMs: values.DATABASE_CONNECT_TIMEOUT_MS,
        statementTimeoutMs: values.DATABASE_STATEMENT_TIMEOUT_MS,
        lockTimeoutMs: values.DATABASE_LOCK_TIMEOUT_MS,
        idleInTransactionTimeoutMs: values.DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS,
        replicaMaxLagSeconds: values.DATABASE_REPLICA_MAX_LAG_SECONDS,
        replicaCheckIntervalMs: values.DATABASE_REPLICA_CHECK_INTERVAL_MS,
    };
}
