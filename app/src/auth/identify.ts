import type { FastifyRequest } from "fastify";
import { Refusal } from "../shop/refusal";
import type { Identity, Scope, Tokens } from "./tokens";

declare module "fastify" {
    interface Session {
        /** Who has signed in. */
        identity?: Identity;
    }
}

/** RFC 6750: the scheme's name in any case, one space, the characters of a token. */
const BEARER = /^bearer ([\w.~+/-]{1,4096}=*)$/i;

/**
 * Who a request comes from: by its bearer token, else by its session.
 *
 * @throws Refusal where neither is valid
 */
export async function identify(request: FastifyRequest, tokens: Tokens): Promise<Identity> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return tokens.verify(bearerToken(authorization));
    const identity = request.session.get("identity");
    if (identity === undefined) throw new Refusal("unauthenticated", "Sign in first: POST /v1/session.");
    return identity;
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
