import { z } from "zod";
import { identify } from "../auth/identify";
import { demoIdentity } from "../auth/demo";
import { SESSION_COOKIE } from "../auth/session-cookie";
import { type Identity, SCOPES, type Tokens } from "../auth/tokens";
import { Refusal } from "../shop/refusal";
import type { BusinessMetrics } from "../telemetry/business";
import { COMMON_PROBLEMS, SIGNED_IN, UNAUTHENTICATED } from "./schemas";
import type { ShopServer } from "./shop-server";

const SignIn = z
    .object({
        email: z.email().max(254),
        scopes: z.array(z.enum(SCOPES)).max(SCOPES.length).default([]),
    })
    .nullish()
    .describe("Only where the demo sign-in is on; else a bearer token says who signs in");

const SignedIn = z.object({
    customerId: z.uuid(),
    scopes: z.array(z.enum(SCOPES)),
    token: z.string().nullable().describe("A bearer token, where the demo sign-in is on and has a secret"),
});

/** Adds the routes that begin and end a session. */
export function addSessionRoutes(
    server: ShopServer,
    { tokens, demoSignIn, metrics }: { tokens: Tokens; demoSignIn: boolean; metrics: BusinessMetrics },
): void {
    server.post(
        "/v1/session",
        {
            schema: {
                operationId: "signIn",
                summary: "Begins a session: for the bearer token's owner, or in a demo for an e-mail address",
                tags: ["session"],
                // None in a demo, where an address is enough.
                security: [{ bearer: [] }, {}],
                body: SignIn,
                response: { 201: SignedIn, ...UNAUTHENTICATED, ...COMMON_PROBLEMS },
            },
        },
        async (request, reply) => {
            const identity = await whoSignsIn(request.body);
            // A new id: one that somebody else may have planted in the browser does not become the session's.
            await request.session.regenerate();
            request.session.set("identity", identity);
            const token = demoSignIn ? ((await tokens.sign(identity)) ?? null) : null;
            metrics.signedIn();
            return reply.code(201).send({ customerId: identity.customerId, scopes: [...identity.scopes], token });

            async function whoSignsIn(body: z.output<typeof SignIn>): Promise<Identity> {
                if (request.headers.authorization !== undefined) return identify(request, tokens);
                if (!demoSignIn) throw new Refusal("unauthenticated", "A bearer token is needed to begin a session.");
                if (!body) throw new Refusal("invalid", "Give an e-mail address.");
                return demoIdentity(body.email, body.scopes);
            }
        },
    );

    server.get(
        "/v1/session",
        {
            schema: {
                operationId: "getSession",
                summary: "Who is signed in",
                tags: ["session"],
                security: SIGNED_IN,
                response: { 200: SignedIn.omit({ token: true }), ...UNAUTHENTICATED, ...COMMON_PROBLEMS },
            },
        },
        async (request, reply) => {
            const { customerId, scopes } = await identify(request, tokens);
            return reply.send({ customerId, scopes: [...scopes] });
        },
    );

    server.delete(
        "/v1/session",
        {
            schema: {
                operationId: "signOut",
                summary: "Ends the session; one that has ended already is no error",
                tags: ["session"],
                response: { 204: z.null().describe("There is no session any more"), ...COMMON_PROBLEMS },
            },
        },
        async (request, reply) => {
            await request.session.destroy();
            return reply.clearCookie(SESSION_COOKIE, { path: "/" }).code(204).send(null);
        },
    );
}
