import { getHeapStatistics } from "node:v8";
import { z } from "zod";
import packageJson from "../package.json";

/** What a process of the image does: answer requests, or work off a queue. */
export const ROLES = ["web", "worker"] as const;
export type Role = (typeof ROLES)[number];

/** One environment variable: how it is read, and what a person is told who got it wrong. */
export interface Setting<T> {
    /** Reads the text of the variable. */
    schema: z.ZodType<T, string>;
    /** Used where the variable is not set. */
    fallback: T;
    /** What is allowed, in words. */
    allowed: string;
    /** A value that works. */
    example: string;
    /** The value is never repeated in an error. */
    secret?: true;
}

const MEBIBYTE = 1024 * 1024;

/** The longest that a load balancer can be told to keep an idle connection (ALB: 4,000 s), and one second. */
const LONGEST_KEEP_ALIVE = 4_001;

function oneOf<const T extends string>(values: readonly T[], fallback: NoInfer<T>): Setting<T> {
    return { schema: z.enum(values), fallback, allowed: `one of ${values.join(", ")}`, example: fallback };
}

function wholeNumber(minimum: number, maximum: number, fallback: number, unit = ""): Setting<number> {
    return {
        schema: z
            .string()
            .regex(/^\d{1,15}$/)
            .transform(Number)
            .refine((value) => value >= minimum && value <= maximum),
        fallback,
        allowed: `a whole number${unit} from ${minimum} to ${maximum}`,
        example: String(fallback),
    };
}

function seconds(minimum: number, maximum: number, fallback: number): Setting<number> {
    return {
        schema: z
            .string()
            .regex(/^\d{1,9}(\.\d{1,3})?$/)
            .transform(Number)
            .refine((value) => value >= minimum && value <= maximum),
        fallback,
        allowed: `a number of seconds from ${minimum} to ${maximum}`,
        example: String(fallback),
    };
}

function text(pattern: RegExp, fallback: string, allowed: string, example: string): Setting<string> {
    return { schema: z.string().regex(pattern), fallback, allowed, example };
}

/** Every variable that the process reads. README.md lists them for people; a test keeps the two together. */
const SETTINGS = {
    /** What the process does. The first command line argument goes before it. */
    ROLE: oneOf(ROLES, "web"),
    /** The address to listen on. `0.0.0.0` is every IPv4 address of the container, `::` every address. */
    HOST: text(/^[\w.:-]{1,253}$/, "0.0.0.0", "an IP address or a host name to listen on", "0.0.0.0"),
    /** The port to listen on; 0 takes a free one. Where it is not set: 8443 with TLS, 8080 without. */
    PORT: wholeNumber(0, 65_535, 8443),
    /** TLS between the load balancer and the container, with a certificate made at the start. */
    TLS: oneOf(["on", "off"], "on"),
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
    /** Above this much used heap, requests are shed. Where it is not set: 90 % of what V8 may use. */
    MAX_HEAP_USED_MIB: wholeNumber(
        1,
        1_048_576,
        Math.floor((getHeapStatistics().heap_size_limit * 0.9) / MEBIBYTE),
        " of MiB",
    ),
    /** Above this delay of the event loop, requests are shed: nobody waits longer for a turn than for the answer. */
    MAX_EVENT_LOOP_DELAY_MS: wholeNumber(10, 60_000, 1_000, " of milliseconds"),
} satisfies Record<string, Setting<string | number>>;

type SettingName = keyof typeof SETTINGS;
type Values = { [K in SettingName]: (typeof SETTINGS)[K]["fallback"] };

/** The names of all variables that the process reads. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** What the process was told to do; read once, at the start. */
export interface Configuration {
    role: Role;
    host: string;
    port: number;
    tls: boolean;
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
export function loadConfiguration(
    environment: Readonly<Record<string, string | undefined>>,
    roleArgument?: string,
): Configuration {
    const problems: string[] = [];
    const given = roleArgument === undefined ? environment : { ...environment, ROLE: roleArgument };

    const values = Object.fromEntries(
        SETTING_NAMES.map((name) => {
            const result = readSetting(name, given[name]);
            if ("problem" in result) problems.push(result.problem);
            return [name, "problem" in result ? SETTINGS[name].fallback : result.value];
        }),
    ) as Values;

    if (values.DRAIN_DELAY_SECONDS >= values.STOP_TIMEOUT_SECONDS) {
        problems.push(
            `DRAIN_DELAY_SECONDS=${values.DRAIN_DELAY_SECONDS} must be less than STOP_TIMEOUT_SECONDS=` +
                `${values.STOP_TIMEOUT_SECONDS}: a stop has to drain first and then finish the requests that are running. ` +
                "Example: DRAIN_DELAY_SECONDS=15 STOP_TIMEOUT_SECONDS=55",
        );
    }
    if (problems.length > 0) throw new ConfigurationError(problems);

    const tls = values.TLS === "on";
    return {
        role: values.ROLE,
        host: values.HOST,
        port: given.PORT === undefined && !tls ? 8080 : values.PORT,
        tls,
        logLevel: values.LOG_LEVEL,
        version: values.APP_VERSION,
        zone: values.ZONE,
        drainDelayMs: values.DRAIN_DELAY_SECONDS * 1_000,
        stopTimeoutMs: values.STOP_TIMEOUT_SECONDS * 1_000,
        keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT_SECONDS * 1_000,
        bodyLimitBytes: values.BODY_LIMIT_BYTES,
        maxHeapUsedBytes: values.MAX_HEAP_USED_MIB * MEBIBYTE,
        maxEventLoopDelayMs: values.MAX_EVENT_LOOP_DELAY_MS,
    };
}

function readSetting(name: SettingName, given: string | undefined): { value: string | number } | { problem: string } {
    const setting: Setting<string | number> = SETTINGS[name];
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
