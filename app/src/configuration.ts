import { getHeapStatistics } from "node:v8";
import packageJson from "../package.json";
import { AUTH_SETTINGS } from "./auth/configuration";
import { CACHE_SETTINGS, cacheProblems } from "./cache/configuration";
import { DATABASE_SETTINGS, databaseProblems, LEAST_POOL_SIZE } from "./database/configuration";
import { FLAGS_SETTINGS } from "./flags/configuration";
import { JOBS_SETTINGS } from "./jobs/configuration";
import { MAIL_SETTINGS, mailProblems } from "./mail/configuration";
import { PAYMENTS_SETTINGS } from "./payments/configuration";
import { QUEUE_SETTINGS, queueProblems } from "./queue/configuration";
import { oneOf, seconds, type Setting, text, wholeNumber } from "./setting";
import { STORAGE_SETTINGS } from "./storage/configuration";
import { TELEMETRY_SETTINGS } from "./telemetry/configuration";

/**
 * What a process of the image does. `web` answers requests and `worker` works off the queue, for as long as they are let;
 * `migrate` brings the schema up to date, `warm` fills the cache and `redrive` moves dead letters back: these three end.
 */
export const ROLES = ["web", "worker", "migrate", "warm", "redrive"] as const;
export type Role = (typeof ROLES)[number];

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const MEBIBYTE = 1024 * 1024;

/** The longest that a load balancer can be told to keep an idle connection (ALB: 4,000 s), and one second. */
const LONGEST_KEEP_ALIVE = 4_001;

/** The variables of the process itself. What it depends on has variables of its own, in the folder of each. */
const PROCESS_SETTINGS = {
    /** What the process does. The first command line argument goes before it. */
    ROLE: oneOf(ROLES, "web"),
    /** The address to listen on. `0.0.0.0` is every IPv4 address of the container, `::` every address. */
    HOST: text(/^[\w.:-]{1,253}$/, "0.0.0.0", "an IP address or a host name to listen on", "0.0.0.0"),
    /** The port to listen on; 0 takes a free one. Where it is not set: 8443 with TLS, 8080 without. */
    PORT: wholeNumber(0, 65_535, 8443),
    /** TLS between the load balancer and the container, with a certificate made at the start. */
    TLS: oneOf(["on", "off"], "on"),
    /**
     * Processes that serve the port together in the role `web`: one for each vCPU of the container, since each uses little more
     * than one. They share the connections to the database. The name is Heroku's.
     */
    WEB_CONCURRENCY: wholeNumber(1, 64, 1, " of processes"),
    LOG_LEVEL: oneOf(["fatal", "error", "warn", "info", "debug", "trace"], "info"),
    /** The version that is reported and logged: the tag of the image. */
    APP_VERSION: text(/^[\w.+-]{1,128}$/, packageJson.version, "1 to 128 letters, digits and . _ + -", "1.4.2"),
    /** The availability zone. Where it is not set, Amazon ECS is asked for it. */
    ZONE: text(/^[a-z0-9-]{1,64}$/, "", "1 to 64 lower-case letters, digits and -", "eu-central-1a"),
    /**
     * How long the process goes on serving after it said that it is not ready any more: the time that a load balancer
     * needs to stop sending it new requests. 15 s holds two health checks, 5 s apart, and the propagation of the change.
     */
    DRAIN_DELAY_SECONDS: seconds(0, 3_600, 15),
    /** The longest that a stop may take in all. 55 s leaves room before the container's stop time-out of 60 s. */
    STOP_TIMEOUT_SECONDS: seconds(0.1, 3_600, 55),
    /** How long an idle connection is kept. Above the balancer's idle time-out (60 s): the balancer must close first. */
    KEEP_ALIVE_TIMEOUT_SECONDS: wholeNumber(61, LONGEST_KEEP_ALIVE, 70, " of seconds"),
    /** The largest request body. */
    BODY_LIMIT_BYTES: wholeNumber(1_024, 100 * MEBIBYTE, 64 * 1_024, " of bytes"),
    /** Above this much used heap of a process, requests are shed. Where it is not set: 90 % of what V8 may use. */
    MAX_HEAP_USED_MIB: wholeNumber(
        1,
        1_048_576,
        Math.floor((getHeapStatistics().heap_size_limit * 0.9) / MEBIBYTE),
        " of MiB",
    ),
    /** Above this delay of the event loop, requests are shed: nobody waits longer for a turn than for the answer. */
    MAX_EVENT_LOOP_DELAY_MS: wholeNumber(10, 60_000, 1_000, " of milliseconds"),
    /**
     * How long a request may take, its body included, before it is answered 503, or 408 where the body has not come: below the
     * load balancer's idle time-out (60 s).
     */
    REQUEST_TIMEOUT_MS: wholeNumber(100, 60_000, 10_000, " of milliseconds"),
    /** Requests that one client may make in a minute; 0 sets no limit. */
    RATE_LIMIT_PER_MINUTE: wholeNumber(0, 1_000_000, 600, " of requests"),
    /**
     * How many proxies stand between client and process, each of which adds an address to X-Forwarded-For: CloudFront and the
     * load balancer. With too few all clients would share one rate limit, with too many a client could choose its address.
     */
    TRUSTED_PROXIES: wholeNumber(0, 10, 2, " of proxies"),
} satisfies Record<string, Setting<string> | Setting<number>>;

/** Every variable that the process reads. README.md lists them for people; a test keeps the two together. */
const SETTINGS = {
    ...PROCESS_SETTINGS,
    ...AUTH_SETTINGS,
    ...TELEMETRY_SETTINGS,
    ...DATABASE_SETTINGS,
    ...CACHE_SETTINGS,
    ...QUEUE_SETTINGS,
    ...STORAGE_SETTINGS,
    ...MAIL_SETTINGS,
    ...PAYMENTS_SETTINGS,
    ...JOBS_SETTINGS,
    ...FLAGS_SETTINGS,
};

type SettingName = keyof typeof SETTINGS;

/** The values of all variables, as read. */
export type Values = { [K in SettingName]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

/** The names of all variables that the process reads. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** What each role cannot do without. The stack's bindings give these variables; see `uses` of the services in index.ts. */
const REQUIRED: Readonly<Record<Role, readonly SettingName[]>> = {
    web: ["DATABASE_WRITER_HOST", "CACHE_ENDPOINT", "ASSETS_BUCKET"],
    worker: ["DATABASE_WRITER_HOST", "CACHE_ENDPOINT", "JOBS_QUEUE_URL", "ASSETS_BUCKET"],
    migrate: ["DATABASE_WRITER_HOST"],
    warm: ["DATABASE_WRITER_HOST", "CACHE_ENDPOINT"],
    redrive: ["JOBS_QUEUE_URL", "JOBS_DEAD_LETTERS_QUEUE_URL"],
};

/** Where the process listens. */
export interface Listener {
    host: string;
    port: number;
    tls: boolean;
}

/** What the process was told to do; read once, at the start. */
export interface Configuration extends Listener {
    role: Role;
    /** How many processes share what the container has: its memory, its connections to the database. */
    processes: number;
    logLevel: Values["LOG_LEVEL"];
    version: string;
    /** Empty where it has to be looked up. */
    zone: string;
    drainDelayMs: number;
    stopTimeoutMs: number;
    keepAliveTimeoutMs: number;
    bodyLimitBytes: number;
    maxHeapUsedBytes: number;
    maxEventLoopDelayMs: number;
    requestTimeoutMs: number;
    rateLimitPerMinute: number;
    trustedProxies: number;
    /** Everything that was read, for the folders that make settings of their variables. */
    values: Values;
}

/** The configuration cannot be used. It names everything that is wrong with it. */
export class ConfigurationError extends Error {
    constructor(readonly problems: readonly string[]) {
        const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
        super(`The configuration is not valid: ${count}.\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
        this.name = "ConfigurationError";
    }
}

/**
 * Reads the configuration from the environment.
 *
 * @param environment the variables, as in `process.env`
 * @param roleArgument the first command line argument; where it is given it goes before `ROLE`
 * @throws ConfigurationError with all problems at once
 */
export function loadConfiguration(environment: Environment, roleArgument?: string): Configuration {
    const problems: string[] = [];
    const given = roleArgument === undefined ? environment : { ...environment, ROLE: roleArgument };
    const values = readValues(given, problems);
    problems.push(
        ...stopProblems(values),
        ...processProblems(values),
        ...missing(values, given),
        ...databaseProblems(values),
        ...cacheProblems(values),
        ...queueProblems(values),
        ...mailProblems(values),
    );
    if (problems.length > 0) throw new ConfigurationError(problems);

    return {
        ...listener(values, given),
        role: values.ROLE,
        processes: processesOf(values),
        logLevel: values.LOG_LEVEL,
        version: values.APP_VERSION,
        zone: values.ZONE,
        drainDelayMs: values.DRAIN_DELAY_SECONDS * 1_000,
        stopTimeoutMs: values.STOP_TIMEOUT_SECONDS * 1_000,
        keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT_SECONDS * 1_000,
        bodyLimitBytes: values.BODY_LIMIT_BYTES,
        maxHeapUsedBytes: values.MAX_HEAP_USED_MIB * MEBIBYTE,
        maxEventLoopDelayMs: values.MAX_EVENT_LOOP_DELAY_MS,
        requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
        rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
        trustedProxies: values.TRUSTED_PROXIES,
        values,
    };
}

/**
 * Where the process listens, whatever else its configuration says: for the health check, which a container starts beside the
 * process and without its argument.
 *
 * @throws ConfigurationError
 */
export function loadListener(environment: Environment): Listener {
    const problems: string[] = [];
    const { HOST, PORT, TLS } = environment;
    const given = { HOST, PORT, TLS };
    const values = readValues(given, problems);
    if (problems.length > 0) throw new ConfigurationError(problems);
    return listener(values, given);
}

function listener(values: Values, given: Environment): Listener {
    const tls = values.TLS === "on";
    return { host: values.HOST, port: given.PORT === undefined && !tls ? 8080 : values.PORT, tls };
}

function readValues(given: Environment, problems: string[]): Values {
    return Object.fromEntries(
        SETTING_NAMES.map((name) => {
            const result = readSetting(name, given[name]);
            if ("problem" in result) problems.push(result.problem);
            return [name, "problem" in result ? SETTINGS[name].fallback : result.value];
        }),
    ) as Values;
}

function stopProblems(values: Values): string[] {
    if (values.DRAIN_DELAY_SECONDS < values.STOP_TIMEOUT_SECONDS) return [];
    return [
        `DRAIN_DELAY_SECONDS=${values.DRAIN_DELAY_SECONDS} must be less than STOP_TIMEOUT_SECONDS=` +
            `${values.STOP_TIMEOUT_SECONDS}: a stop has to drain first and then finish the requests that are running. ` +
            "Example: DRAIN_DELAY_SECONDS=15 STOP_TIMEOUT_SECONDS=55",
    ];
}

/** How many processes the role runs: only requests are shared out among several. */
function processesOf({ ROLE, WEB_CONCURRENCY }: Values): number {
    return ROLE === "web" ? WEB_CONCURRENCY : 1;
}

function processProblems(values: Values): string[] {
    const processes = processesOf(values);
    const least = processes * LEAST_POOL_SIZE;
    if (values.DATABASE_POOL_SIZE >= least) return [];
    return [
        `DATABASE_POOL_SIZE=${values.DATABASE_POOL_SIZE} is too few for WEB_CONCURRENCY=${processes}: each process needs ` +
            `${LEAST_POOL_SIZE} connections, one of which watches the server. Example: DATABASE_POOL_SIZE=${least}`,
    ];
}

/** Variables that the role needs and that are not set. One that is set to nonsense has been reported already. */
function missing(values: Values, given: Environment): string[] {
    // What a role needs that there is none of is not known.
    if (given.ROLE !== undefined && given.ROLE !== values.ROLE) return [];
    return REQUIRED[values.ROLE]
        .filter((name) => (given[name] ?? "") === "")
        .map((name) => {
            const { allowed, example } = SETTINGS[name];
            return `${name} is not set, and the role ${values.ROLE} needs it. Allowed: ${allowed}. Example: ${name}=${example}`;
        });
}

function readSetting(name: SettingName, given: string | undefined): { value: unknown } | { problem: string } {
    const setting: Setting<unknown> = SETTINGS[name];
    if (given === undefined) return { value: setting.fallback };
    const result = setting.schema.safeParse(given);
    return result.success ? { value: result.data } : { problem: describeProblem(name, given, setting) };
}

/** What is wrong with a variable, and what to write instead. The value of a secret is not repeated. */
export function describeProblem(
    name: string,
    given: string,
    { allowed, example, secret }: Pick<Setting<unknown>, "allowed" | "example" | "secret">,
): string {
    const value = secret ? "[redacted]" : JSON.stringify(given);
    return `${name}=${value} is not allowed. Allowed: ${allowed}. Example: ${name}=${example}`;
}
