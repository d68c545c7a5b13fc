import { z } from "zod";
import { PAGE_LENGTH } from "../shop/catalogue";

/** What an error looks like: problem details, RFC 9457. */
export const Problem = z
    .object({
        title: z.string(),
        status: z.int(),
        detail: z.string().optional(),
        requestId: z.string(),
        errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    })
    .describe("What went wrong (RFC 9457)");
z.globalRegistry.add(Problem, { id: "Problem" });

/** PostgreSQL takes every character but this one. */
const NUL = "\u0000";

/** Text that a person has written: as the database can keep it. */
export function text(shortest: number, longest: number): z.ZodString {
    return (
        z
            .string()
            .min(shortest)
            .max(longest)
            .refine((value) => !value.includes(NUL), "must not contain the character NUL")
            // Half a pair is no character, and has no form in UTF-8.
            .refine((value) => !/\p{Surrogate}/u.test(value), "must be valid Unicode")
    );
}

export const IdParams = z.object({ id: z.uuid() });

/** Pages are asked for by where the one before ended. */
export const PageQuery = z.object({
    cursor: z.uuid().optional().describe("`next` of the page before"),
    limit: z.coerce.number().int().min(1).max(100).default(PAGE_LENGTH),
});

/** Problems of the process, whatever it is asked. */
export const OVERLOADED = {
    500: problem("Something went wrong inside; the log tells what, by the request's id."),
    503: problem("The service cannot answer now. Retry-After says when to come back."),
} as const;

/** Problems that any route of the shop may answer. */
export const COMMON_PROBLEMS = {
    400: problem("The request is not valid."),
    408: problem("The request's body did not arrive in time."),
    413: problem("The request's body is too large."),
    414: problem("A part of the address is too long."),
    415: problem("The request's body is not JSON."),
    422: problem("The request makes no sense as things are."),
    429: problem("Too many requests. Retry-After says when to come back."),
    431: problem("The request's headers are too large."),
    ...OVERLOADED,
} as const;

/** An answer that is a problem. */
export function problem(description: string): {
    description: string;
    content: { "application/problem+json": { schema: typeof Problem } };
} {
    return { description, content: { "application/problem+json": { schema: Problem } } };
}

export const UNAUTHENTICATED = { 401: problem("It is not known who asks.") } as const;
export const FORBIDDEN = { ...UNAUTHENTICATED, 403: problem("Who asks may not do that.") } as const;
export const NOT_FOUND = { 404: problem("There is no such thing, or not for this customer.") } as const;
export const CONFLICT = { 409: problem("It contradicts what has happened meanwhile.") } as const;

/** For the document: how a client shows who it is. */
export const SIGNED_IN: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];
