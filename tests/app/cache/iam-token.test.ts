import { iamTokens } from "../../../app/src/cache/iam-token";

const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a-secret-key", sessionToken: "a/session+token" };
const SETTINGS = { region: "eu-central-1", group: "cache-1a2b3c4d", user: "cache-app-5e6f" };
const NOW = new Date("2026-03-04T05:06:07Z");

/** Parsed as ElastiCache does: a presigned request whose scheme was taken off. */
async function parse(now = NOW, settings = SETTINGS, credentials: unknown = CREDENTIALS): Promise<URL> {
    return new URL(`http://${await iamTokens(settings, credentials as typeof CREDENTIALS)(now)}`);
}

describe("a token of ElastiCache", () => {
    test("is a request to connect, to the group, as the user", async () => {
        const { host, pathname, searchParams } = await parse();
        expect([host, pathname]).toEqual(["cache-1a2b3c4d", "/"]);
        expect(Object.fromEntries(searchParams)).toMatchObject({ Action: "connect", User: "cache-app-5e6f" });
    });

    test("is signed for the service, the region and the day, and is good for fifteen minutes", async () => {
        const { searchParams } = await parse();
        expect(Object.fromEntries(searchParams)).toMatchObject({
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": "AKIDEXAMPLE/20260304/eu-central-1/elasticache/aws4_request",
            "X-Amz-Date": "20260304T050607Z",
            "X-Amz-Expires": "900",
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Security-Token": "a/session+token",
        });
        expect(searchParams.get("X-Amz-Signature")).toMatch(/^[0-9a-f]{64}$/);
    });

    test("has no scheme and no part that would break the command", async () => {
        expect(await iamTokens(SETTINGS, CREDENTIALS)(NOW)).toMatch(/^cache-1a2b3c4d\/\?[\w.%&=~-]+$/);
    });

    test("is another one for another user, group, time or key, and the same for the same", async () => {
        const signature = async (...parameters: Parameters<typeof parse>): Promise<string | null> =>
            (await parse(...parameters)).searchParams.get("X-Amz-Signature");
        const signatures = await Promise.all([
            signature(),
            signature(new Date(NOW.getTime() + 1_000)),
            signature(NOW, { ...SETTINGS, user: "other" }),
            signature(NOW, { ...SETTINGS, group: "other" }),
            signature(NOW, SETTINGS, { ...CREDENTIALS, secretAccessKey: "another" }),
        ]);
        expect(new Set(signatures).size).toBe(5);
        expect(await signature()).toBe(signatures[0]);
    });

    test("does not hold the key that it is signed with", async () => {
        expect((await parse()).href).not.toContain("a-secret-key");
    });

    test("takes fresh credentials each time", async () => {
        const provider = jest.fn(() => Promise.resolve(CREDENTIALS));
        const token = iamTokens(SETTINGS, provider);
        await token();
        await token();
        expect(provider.mock.calls.length).toBeGreaterThanOrEqual(2);
    });
});
