type Colour = (text: string) => string;

/** Colours of the output. `plain` writes none. */
export interface Paint {
    readonly bold: Colour;
    readonly dim: Colour;
    readonly create: Colour;
    readonly update: Colour;
    readonly replace: Colour;
    readonly remove: Colour;
    readonly error: Colour;
    readonly warning: Colour;
    readonly good: Colour;
}

const none = (text: string) => text;

export const plain: Paint = {
    bold: none,
    dim: none,
    create: none,
    update: none,
    replace: none,
    remove: none,
    error: none,
    warning: none,
    good: none,
};

const escape = (code: string) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;

export const coloured: Paint = {
    bold: escape("1"),
    dim: escape("2"),
    create: escape("32"),
    update: escape("33"),
    replace: escape("35"),
    remove: escape("31"),
    error: escape("1;31"),
    warning: escape("33"),
    good: escape("32"),
};

/** Colour on a terminal only; `NO_COLOR` (set to anything) forbids it and `FORCE_COLOR` (but 0) asks for it, in this order. */
export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
    if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return plain;
    const force = env.FORCE_COLOR;
    if (force !== undefined) return force === "0" || force === "false" ? plain : coloured;
    return stream.isTTY === true && env.TERM !== "dumb" ? coloured : plain;
}
