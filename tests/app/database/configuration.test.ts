import {
    DATABASE_SETTINGS,
    databaseProblems,
    databaseSettings,
    type DatabaseValues,
} from "../../../app/src/database/configuration";

const DEFAULTS = Object.fromEntries(
    Object.entries(DATABASE_SETTINGS).map(([name, { fallback }]) => [name, fallback]),
) as unknown as DatabaseValues;

const IAM = { ...DEFAULTS, DATABASE_WRITER_HOST: "primary.example.com", DATABASE_REGION: "eu-central-1" };

describe("the settings of the database", () => {
    it("take what the stack's bindings give", () => {
        const values = {
            ...IAM,
            DATABASE_READER_HOSTS: "replica-1.example.com:5432,replica-2.example.com:5433",
        };
        expect(databaseProblems(values)).toEqual([]);
        expect(databaseSettings(values, "web")).toMatchObject({
            writer: { host: "primary.example.com", port: 5432 },
            readers: [
                { host: "replica-1.example.com", port: 5432 },
                { host: "replica-2.example.com", port: 5433 },
            ],
            auth: "iam",
            tls: "verify-full",
            applicationName: "web",
        });
    });

    it("have no replica where the reader binding names the primary", () => {
        const values = { ...IAM, DATABASE_READER_HOSTS: "primary.example.com:5432" };
        expect(databaseSettings(values, "web")?.readers).toEqual([]);
    });

    it("give each of several processes its share of the connections", () => {
        const values = { ...IAM, DATABASE_POOL_SIZE: 7 };
        expect([1, 2, 3].map((count) => databaseSettings(values, "web", count)?.poolSize)).toEqual([7, 3, 2]);
    });

    it("are none where no writer is named", () => {
        expect(databaseSettings(DEFAULTS, "web")).toBeUndefined();
        expect(databaseProblems(DEFAULTS)).toEqual([]);
    });

    it.each([
        ["a password is asked for and not given", { DATABASE_AUTH: "password" }, "DATABASE_PASSWORD is not set"],
        ["tokens have no region", { DATABASE_REGION: "" }, "DATABASE_REGION is not set"],
        ["tokens would go in clear text", { DATABASE_TLS: "off" }, "DATABASE_TLS=off does not go with"],
        [
            "a lock is waited for longer than a statement may take",
            { DATABASE_LOCK_TIMEOUT_MS: 6_000 },
            "DATABASE_LOCK_TIMEOUT_MS=6000 must not be more than DATABASE_STATEMENT_TIMEOUT_MS=5000",
        ],
    ] as const)("are refused where %s", (_, given, problem) => {
        const problems = databaseProblems({ ...IAM, ...given });
        expect(problems).toHaveLength(1);
        expect(problems[0]).toContain(problem);
    });

    it("never repeat the password", () => {
        const values = { ...IAM, DATABASE_TLS: "off", DATABASE_PASSWORD: "hunter2", DATABASE_LOCK_TIMEOUT_MS: 9_999 };
        expect(databaseProblems(values as DatabaseValues).join()).not.toContain("hunter2");
        expect(DATABASE_SETTINGS.DATABASE_PASSWORD.secret).toBe(true);
    });

    it.each([
        [
            "DATABASE_WRITER_HOST",
            ["db.example.com", "db:5432", "10.0.0.1"],
            ["db:0", "db:65536", "a b", "-db", "db:1:2"],
        ],
        ["DATABASE_READER_HOSTS", ["a:1,b:2", "a"], ["a,,b", "a;b", "a:x"]],
        ["DATABASE_NAME", ["app", "_a$"], ["1a", "a b", "", "a;b"]],
        ["DATABASE_REGION", ["eu-central-1", "us-gov-east-1", ""], ["Frankfurt", "eu"]],
        ["DATABASE_POOL_SIZE", ["2", "1000"], ["1", "1001", "1.5", "-1", "ten"]],
    ] as const)("allow for %s what they say and nothing else", (name, good, bad) => {
        const { schema, example } = DATABASE_SETTINGS[name];
        for (const text of [...good, example]) expect([text, schema.safeParse(text).success]).toEqual([text, true]);
        for (const text of bad) expect([text, schema.safeParse(text).success]).toEqual([text, false]);
    });
});
