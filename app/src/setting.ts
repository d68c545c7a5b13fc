/** What an environment variable may hold, and how it is read. */
import { z } from "zod";

/** One environment variable: how it is read, and what a person is told who got it wrong. */
export interface Setting<T> {
    /** Reads the text of the variable. */
    schema: z.ZodType<T, string>;
    /** Used where the variable is not set. */
    fallback: T;
    /** What is allowed, in words. */
    allowed: string;
    /** A value that works. */
    example: string;
    /** The value is never repeated in an error. */
    secret?: true;
}

export function oneOf<const T extends string>(values: readonly T[], fallback: NoInfer<T>): Setting<T> {
    return { schema: z.enum(values), fallback, allowed: `one of ${values.join(", ")}`, example: fallback };
}

export function wholeNumber(minimum: number, maximum: number, fallback: number, unit = ""): Setting<number> {
    return {
        schema: z
            .string()
            .regex(/^\d{1,15}$/)
            .transform(Number)
            .refine((value) => value >= minimum && value <= maximum),
        fallback,
        allowed: `a whole number${unit} from ${minimum} to ${maximum}`,
        example: String(fallback),
    };
}

export function seconds(minimum: number, maximum: number, fallback: number): Setting<number> {
    return {
        schema: z
            .string()
            .regex(/^\d{1,9}(\.\d{1,3})?$/)
            .transform(Number)
            .refine((value) => value >= minimum && value <= maximum),
        fallback,
        allowed: `a number of seconds from ${minimum} to ${maximum}`,
        example: String(fallback),
    };
}

export function text(pattern: RegExp, fallback: string, allowed: string, example: string): Setting<string> {
    return { schema: z.string().regex(pattern), fallback, allowed, example };
}
