import { createHmac, randomUUID } from "node:crypto";
import { AUTH_SETTINGS, type AuthValues } from "../../../app/src/auth/configuration";
import { bearerToken, demandScope } from "../../../app/src/auth/identify";
import type { Identity } from "../../../app/src/auth/tokens";
import { type RunningTokens, startTokens } from "../support/tokens";

const OLD = "old-".padEnd(43, "o");
const NEW = "new-".padEnd(43, "n");
const VALUES: AuthValues = {
    JWT_SECRETS: [NEW, OLD],
    JWT_ISSUER: "headroom",
    JWT_AUDIENCE: "headroom-shop",
    DEMO_SIGN_IN: "off",
    SESSION_SECONDS: 3_600,
};
const customerId = "3f2b8c1e-0000-4000-8000-00000000abcd";
const NOW = Math.floor(Date.now() / 1_000);
const CLAIMS = { sub: customerId, iss: "headroom", aud: "headroom-shop", exp: NOW + 600, iat: NOW };
/** Beyond what the clocks of two machines may differ by. */
const LONG_AGO = NOW - 3_600;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token made by its definition, without the library. */
function forge(
    claims: object = CLAIMS,
    { secret = NEW, header = {}, hash = "sha256" }: { secret?: string; header?: object; hash?: string } = {},
): string {
    const signed = `${encode({ alg: "HS256", typ: "JWT", ...header })}.${encode(claims)}`;
    return `${signed}.${createHmac(hash, secret).update(signed).digest("base64url")}`;
}

let tokens: RunningTokens;
beforeAll(async () => {
    tokens = await startTokens();
});
afterAll(() => tokens.stop());

const verify = (token: string, values: Partial<AuthValues> = {}): Promise<Identity | { refused: string }> =>
    tokens.verify({ ...VALUES, ...values }, token);
const REFUSED = { refused: "The bearer token is not valid." };

describe("a bearer token", () => {
    test("says who it was given to, what may be done with it, and nothing that nobody knows", async () => {
        const scope = "catalogue:write unheard:of";
        expect(await verify(forge({ ...CLAIMS, email: "ann@example.org", scope }))).toEqual({
            customerId,
            email: "ann@example.org",
            scopes: ["catalogue:write"],
            expiresAt: CLAIMS.exp,
        });
    });

    test("that was signed here is verified here", async () => {
        const identity: Identity = { customerId, email: "ann@example.org", scopes: ["catalogue:write"] };
        const token = await tokens.sign(VALUES, identity);
        expect(await verify(String(token))).toMatchObject(identity);
        const [header = "", claims = ""] = String(token).split(".");
        const read = (part: string): object => JSON.parse(Buffer.from(part, "base64url").toString()) as object;
        expect(read(header)).toEqual({ alg: "HS256", typ: "JWT" });
        const { iat, exp } = read(claims) as { iat: number; exp: number };
        expect(exp - iat).toBe(VALUES.SESSION_SECONDS);
    });

    test("is of nobody's where no secret is configured: none is made, and none is taken", async () => {
        expect(await tokens.sign({ ...VALUES, JWT_SECRETS: [] }, { customerId, scopes: [] })).toBeUndefined();
        expect(await verify(forge(), { JWT_SECRETS: [] })).toEqual(REFUSED);
        expect(await verify(forge(CLAIMS, { secret: "" }), { JWT_SECRETS: [] })).toEqual(REFUSED);
    });

    test.each<[string, string]>([
        ["that has expired", forge({ ...CLAIMS, exp: LONG_AGO })],
        ["that never expires", forge({ ...CLAIMS, exp: undefined })],
        ["whose end is a text", forge({ ...CLAIMS, exp: String(CLAIMS.exp) })],
        ["that is not valid yet", forge({ ...CLAIMS, nbf: NOW + 3_600 })],
        ["of another issuer", forge({ ...CLAIMS, iss: "somebody-else" })],
        ["of no issuer", forge({ ...CLAIMS, iss: undefined })],
        ["for another audience", forge({ ...CLAIMS, aud: "another-shop" })],
        ["for no audience", forge({ ...CLAIMS, aud: undefined })],
        ["of nobody", forge({ ...CLAIMS, sub: undefined })],
        ["of somebody who is no customer", forge({ ...CLAIMS, sub: "admin" })],
        ["signed with another secret", forge(CLAIMS, { secret: "x".repeat(43) })],
        ["signed with nothing", forge(CLAIMS, { secret: "" })],
        ["that says it needs no signature", `${encode({ alg: "none" })}.${encode(CLAIMS)}.`],
        ["that says so in another case", `${encode({ alg: "nOnE" })}.${encode(CLAIMS)}.`],
        ["that says so and is signed", forge(CLAIMS, { header: { alg: "none" } })],
        ["of a longer hash of the same family", forge(CLAIMS, { header: { alg: "HS512" }, hash: "sha512" })],
        ["of an asymmetric algorithm, signed with the secret", forge(CLAIMS, { header: { alg: "RS256" } })],
        ["of no algorithm", forge(CLAIMS, { header: { alg: undefined } })],
        ["that demands what is not understood", forge(CLAIMS, { header: { crit: ["exp"] } })],
        ["whose signature is cut off", forge().slice(0, -4)],
        ["whose signature is missing", forge().split(".").slice(0, 2).join(".")],
        ["that is encrypted", `${forge()}.a.b`],
        ["that is none", randomUUID()],
        ["that is empty", ""],
    ])("%s is refused, without saying why", async (_what, token) => {
        expect(await verify(token)).toEqual(REFUSED);
    });

    test("may have expired a moment ago, since two clocks differ", async () => {
        expect(await verify(forge({ ...CLAIMS, exp: NOW }))).toMatchObject({ customerId });
    });

    test("keeps its customer where the address in it is none", async () => {
        expect(await verify(forge({ ...CLAIMS, email: "no address", scope: 7 }))).toEqual({
            customerId,
            scopes: [],
            expiresAt: CLAIMS.exp,
        });
    });
});

describe("secrets that change", () => {
    test("sign with the newest, and verify with all that are in the list", async () => {
        const token = String(await tokens.sign(VALUES, { customerId, scopes: [] }));
        expect(await verify(token, { JWT_SECRETS: [NEW] })).toMatchObject({ customerId });
        expect(await verify(token, { JWT_SECRETS: [OLD] })).toEqual(REFUSED);
        expect(await verify(forge(CLAIMS, { secret: OLD }))).toMatchObject({ customerId });
    });

    test("take back every token of one that is taken out", async () => {
        expect(await verify(forge(CLAIMS, { secret: OLD }), { JWT_SECRETS: [NEW] })).toEqual(REFUSED);
    });

    test.each([
        ["one that is too short", "x".repeat(42)],
        ["more than five", Array.from({ length: 6 }, () => NEW).join(",")],
        ["a good one and one that is too short", `${NEW},short`],
    ])("are refused with %s", (_what, text) => {
        expect(AUTH_SETTINGS.JWT_SECRETS.schema.safeParse(text).success).toBe(false);
    });

    test("are read in their order, and are secret", () => {
        expect(AUTH_SETTINGS.JWT_SECRETS.schema.parse(`${NEW},${OLD}`)).toEqual([NEW, OLD]);
        expect(AUTH_SETTINGS.JWT_SECRETS.secret).toBe(true);
    });
});

describe("the header Authorization", () => {
    test.each(["Bearer abc.def.ghi", "bearer abc", "BEARER a+b/c=="])("is read where it says %j", (text) => {
        expect(bearerToken(text)).toBe(text.slice("bearer ".length));
    });

    test.each([
        "",
        "Bearer",
        "Bearer ",
        "Bearer  abc",
        "Bearer a b",
        "Basic YTpi",
        "abc",
        `Bearer ${"a".repeat(4_097)}`,
    ])("is refused where it says %j", (text) => {
        expect(() => bearerToken(text)).toThrow("The header Authorization must be: Bearer <token>.");
    });
});

test("what needs a scope is refused to who does not have it", () => {
    expect(() => {
        demandScope({ customerId, scopes: [] }, "catalogue:write");
    }).toThrow("The scope catalogue:write is needed.");
    expect(() => {
        demandScope({ customerId, scopes: ["catalogue:write"] }, "catalogue:write");
    }).not.toThrow();
});
