/**
 * Signs and verifies tokens in a process of its own: their library is an ECMAScript module, which jest cannot load. Takes
 * questions as messages, and answers each.
 */
import type { AuthValues } from "../../../app/src/auth/configuration";
import { type Identity, Tokens } from "../../../app/src/auth/tokens";
import { Refusal } from "../../../app/src/shop/refusal";

export interface Question {
    readonly id: number;
    readonly values: AuthValues;
    readonly sign?: Identity;
    readonly verify?: string;
}

export interface Reply {
    readonly id: number;
    readonly answer?: unknown;
    /** An error that was not expected. */
    readonly failure?: string;
}

async function answer({ values, sign, verify = "" }: Question): Promise<unknown> {
    const tokens = new Tokens(values);
    return sign === undefined ? tokens.verify(verify) : tokens.sign(sign);
}

process.on("message", (question: Question) => {
    const { id } = question;
    answer(question).then(
        (given) => process.send?.({ id, answer: given } satisfies Reply),
        (error: unknown) =>
            process.send?.(
                error instanceof Refusal
                    ? ({ id, answer: { refused: error.message } } satisfies Reply)
                    : ({ id, failure: String(error) } satisfies Reply),
            ),
    );
});
process.on("disconnect", () => process.exit(0));
