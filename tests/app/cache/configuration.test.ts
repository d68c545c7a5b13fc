import { CACHE_SETTINGS, cacheProblems, cacheSettings, type CacheValues } from "../../../app/src/cache/configuration";

const DEFAULTS = Object.fromEntries(
    Object.entries(CACHE_SETTINGS).map(([name, { fallback }]) => [name, fallback]),
) as unknown as CacheValues;
const GIVEN: CacheValues = {
    ...DEFAULTS,
    CACHE_ENDPOINT: "cache.example.com:6379",
    CACHE_USER: "cache-app",
    CACHE_PASSWORD: "secret",
};

describe("the settings of the cache", () => {
    test("are those of the binding", () => {
        expect(cacheSettings(GIVEN, "headroom-web")).toMatchObject({
            endpoint: { host: "cache.example.com", port: 6379 },
            mode: "cluster",
            tls: true,
            user: "cache-app",
            auth: "password",
            password: "secret",
            connectionName: "headroom-web",
        });
    });

    test("are none where the process has no cache", () => {
        expect(cacheSettings(DEFAULTS, "headroom-web")).toBeUndefined();
        expect(cacheProblems(DEFAULTS)).toEqual([]);
    });

    test.each(Object.entries(CACHE_SETTINGS))("%s takes its default and its example", (_name, setting) => {
        expect(setting.schema.safeParse(String(setting.fallback)).success).toBe(true);
        expect(setting.schema.safeParse(setting.example).success).toBe(true);
    });

    test.each([
        ["CACHE_ENDPOINT", "cache.example.com"],
        ["CACHE_ENDPOINT", "cache.example.com:65536"],
        ["CACHE_ENDPOINT", "redis://cache.example.com:6379"],
        ["CACHE_ENDPOINT", "user:password@cache.example.com:6379"],
        ["CACHE_TLS", "true"],
        ["CACHE_MODE", "sentinel"],
        ["CACHE_AUTH", "IAM"],
        ["CACHE_USER", "a b"],
        ["CACHE_KEY_PREFIX", "{x}"],
        ["CACHE_COMMAND_TIMEOUT_MS", "0"],
    ] as const)("%s does not take %s", (name, text) => {
        expect(CACHE_SETTINGS[name].schema.safeParse(text).success).toBe(false);
    });
});

describe("what is wrong between the settings of the cache", () => {
    test("is nothing with the values of the binding", () => {
        expect(cacheProblems(GIVEN)).toEqual([]);
        const iam = {
            CACHE_AUTH: "iam",
            CACHE_PASSWORD: "",
            CACHE_REGION: "eu-central-1",
            CACHE_GROUP: "cache",
        } as const;
        expect(cacheProblems({ ...GIVEN, ...iam })).toEqual([]);
    });

    test("is a password that is missing", () => {
        expect(cacheProblems({ ...GIVEN, CACHE_PASSWORD: "" })).toEqual([
            expect.stringMatching(/^CACHE_PASSWORD is not set/),
        ]);
    });

    test("is told all at once", () => {
        const problems = cacheProblems({ ...GIVEN, CACHE_AUTH: "iam", CACHE_USER: "", CACHE_TLS: "off" });
        expect(problems.map((problem) => problem.split(/[ =]/)[0])).toEqual([
            "CACHE_USER",
            "CACHE_REGION",
            "CACHE_GROUP",
            "CACHE_TLS",
        ]);
        for (const problem of problems) expect(problem).toMatch(/Example: CACHE_\w+=\S+$/);
    });

    test("never repeats a secret", () => {
        const problems = cacheProblems({ ...GIVEN, CACHE_AUTH: "iam", CACHE_PASSWORD: "nobody-shall-see" });
        expect(problems.join()).not.toContain("nobody-shall-see");
    });
});
