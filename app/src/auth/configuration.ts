import { z } from "zod";
import type { Setting } from "../setting";

/** A key for HS256 must be as long as its hash, RFC 7518 section 3.2; in text of 6 bits a character and more. */
const SHORTEST_SECRET = 43;

function secretList(): Setting<readonly string[]> {
    return {
        schema: z
            .string()
            .transform((text) =>
                text
                    .split(",")
                    // As a file or a person ends a line; base64 has no white space.
                    .map((secret) => secret.trim())
                    .filter((secret) => secret !== ""),
            )
            .refine((secrets) => secrets.length <= 5 && secrets.every((secret) => secret.length >= SHORTEST_SECRET)),
        fallback: [],
        allowed: `up to 5 secrets of ${SHORTEST_SECRET} characters and more (32 random bytes as base64), separated by commas`,
        example: "<from a secret: openssl rand -base64 32>",
        secret: true,
    };
}

/** Every variable of the sign-in. */
export const AUTH_SETTINGS = {
    /**
     * The secrets that bearer tokens are signed with (HS256), the newest first: that one signs, all of them verify. To change
     * it, put a new one before the old, and take the old one out when its last token has expired. Empty: no bearer tokens.
     */
    JWT_SECRETS: secretList(),
    /** The issuer and the audience that a token must name. */
    JWT_ISSUER: {
        schema: z.string().min(1).max(200),
        fallback: "headroom",
        allowed: "1 to 200 characters",
        example: "headroom",
    } as Setting<string>,
    JWT_AUDIENCE: {
        schema: z.string().min(1).max(200),
        fallback: "headroom-shop",
        allowed: "1 to 200 characters",
        example: "headroom-shop",
    } as Setting<string>,
    /**
     * `on`: whoever gives an e-mail address is signed in as its owner, with whatever scopes they ask for. For one machine
     * and for demonstrations with invented data. `off`: a session is given for a valid bearer token only.
     */
    DEMO_SIGN_IN: {
        schema: z.enum(["on", "off"]),
        fallback: "off",
        allowed: "one of on, off",
        example: "off",
    } as Setting<"on" | "off">,
    /** How long a session lives after its last request, and how long a demo's bearer token is valid. */
    SESSION_SECONDS: {
        schema: z
            .string()
            .regex(/^\d{1,7}$/)
            .transform(Number)
            .refine((value) => value >= 60 && value <= 2_592_000),
        fallback: 86_400,
        allowed: "a whole number of seconds from 60 to 2592000",
        example: "86400",
    } as Setting<number>,
} satisfies Record<string, Setting<string> | Setting<number> | Setting<readonly string[]>>;

/** The values of `AUTH_SETTINGS`, as read. */
export type AuthValues = {
    readonly [K in keyof typeof AUTH_SETTINGS]: (typeof AUTH_SETTINGS)[K] extends Setting<infer T> ? T : never;
};
