import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { Refusal } from "../shop/refusal";
import { CLOCK_TOLERANCE_SECONDS, type Identity, type Scope, SCOPES, type Tokens } from "./tokens";

declare module "fastify" {
    interface Session {
        /** Who has signed in. */
        identity?: Identity;
    }
}

/** An identity as a session holds it. Another release may have written it: scopes that this one does not know give nothing. */
const StoredIdentity = z.object({
    customerId: z.uuid(),
    email: z.string().optional(),
    scopes: z.array(z.string()).transform((given) => SCOPES.filter((known) => given.includes(known))),
    expiresAt: z.number().optional(),
});

/** RFC 6750: the scheme's name in any case, one space, the characters of a token. */
const BEARER = /^bearer ([\w.~+/-]{1,4096}=*)$/i;

/**
 * Who a request comes from: by its bearer token, else by its session. A session that began with a token ends with it, however
 * often it is used: whoever gives out tokens decides for how long somebody may do what they say.
 *
 * @throws Refusal where neither is valid
 */
export async function identify(request: FastifyRequest, tokens: Tokens): Promise<Identity> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return tokens.verify(bearerToken(authorization));
    const identity = StoredIdentity.safeParse(request.session.get("identity"));
    // What cannot be read is nobody: the customer signs in again.
    if (!identity.success || hasEnded(identity.data)) {
        throw new Refusal("unauthenticated", "Sign in first: POST /v1/session.");
    }
    return identity.data;
}

/** As the token itself would be: with what two clocks may differ by. */
function hasEnded({ expiresAt }: Identity): boolean {
    return expiresAt !== undefined && Date.now() / 1_000 > expiresAt + CLOCK_TOLERANCE_SECONDS;
}

/** The token of a header; another kind of credentials is refused. */
export function bearerToken(authorization: string): string {
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw new Refusal("unauthenticated", "The header Authorization must be: Bearer <token>.");
    return token;
}

/** @throws Refusal where the identity has not been given the scope */
export function demandScope({ scopes }: Identity, scope: Scope): void {
    if (!scopes.includes(scope)) throw new Refusal("forbidden", `The scope ${scope} is needed.`);
}
