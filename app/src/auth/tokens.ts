import { z } from "zod";
import { Refusal } from "../shop/refusal";
import type { AuthValues } from "./configuration";

/** The one algorithm that is accepted: the token must not choose how it is checked. */
const ALGORITHM = "HS256";

/** The clocks of two machines differ. */
export const CLOCK_TOLERANCE_SECONDS = 30;

/** What a caller may do beyond shopping. */
export const SCOPES = ["catalogue:write"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who a request comes from. */
export interface Identity {
    readonly customerId: string;
    readonly email?: string | undefined;
    readonly scopes: readonly Scope[];
    /** When the bearer token ends that said so, in seconds since 1970; not set where none did. */
    readonly expiresAt?: number | undefined;
}

/** What is read of a token; scopes as RFC 8693 writes them, in one text with spaces. */
const Claims = z.object({
    sub: z.uuid(),
    exp: z.number(),
    email: z.email().max(254).optional().catch(undefined),
    scope: z.string().max(1_000).optional().catch(undefined),
});

/** Signs and verifies bearer tokens. */
export class Tokens {
    readonly #keys: readonly Uint8Array[];

    constructor(private readonly values: AuthValues) {
        this.#keys = values.JWT_SECRETS.map((secret) => new TextEncoder().encode(secret));
    }

    /** Whether there are secrets: without, no token is valid. */
    get enabled(): boolean {
        return this.#keys.length > 0;
    }

    /** A token, signed with the newest secret; undefined where there is none. */
    async sign({ customerId, email, scopes }: Identity): Promise<string | undefined> {
        const [newest] = this.#keys;
        if (newest === undefined) return undefined;
        const { SignJWT } = await import("jose");
        return new SignJWT({ ...(email !== undefined && { email }), scope: scopes.join(" ") })
            .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
            .setSubject(customerId.toLowerCase())
            .setIssuer(this.values.JWT_ISSUER)
            .setAudience(this.values.JWT_AUDIENCE)
            .setIssuedAt()
            .setExpirationTime(`${this.values.SESSION_SECONDS} s`)
            .sign(newest);
    }

    /**
     * Who a token was given to.
     *
     * @throws Refusal for every token that is not valid, without saying why: that would help whoever tries
     */
    async verify(token: string): Promise<Identity> {
        for (const key of this.#keys) {
            const payload = await this.#verifyWith(key, token);
            if (payload !== undefined) return toIdentity(payload);
        }
        throw invalidToken();
    }

    async #verifyWith(key: Uint8Array, token: string): Promise<unknown> {
        // An ES module: imported where it is used, since this is none.
        const { errors, jwtVerify } = await import("jose");
        try {
            const { payload } = await jwtVerify(token, key, {
                algorithms: [ALGORITHM],
                issuer: this.values.JWT_ISSUER,
                audience: this.values.JWT_AUDIENCE,
                clockTolerance: CLOCK_TOLERANCE_SECONDS,
                // Without an end it would be valid until its secret is changed.
                requiredClaims: ["sub", "exp"],
            });
            return payload;
        } catch (error) {
            if (error instanceof errors.JOSEError) return undefined;
            throw error;
        }
    }
}

function toIdentity(payload: unknown): Identity {
    const claims = Claims.safeParse(payload);
    if (!claims.success) throw invalidToken();
    const { sub, exp, email, scope } = claims.data;
    const given = scope?.split(" ") ?? [];
    const scopes = SCOPES.filter((known) => given.includes(known));
    return { customerId: sub.toLowerCase(), email, scopes, expiresAt: exp };
}

function invalidToken(): Refusal {
    return new Refusal("unauthenticated", "The bearer token is not valid.");
}
