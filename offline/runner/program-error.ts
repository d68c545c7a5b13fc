/** Turns what a program threw into what its author needs: the message, and the line of their own file. */

interface ErrorLike {
    name?: unknown;
    message?: unknown;
    stack?: unknown;
    __pulumiRunError?: unknown;
    /** Spelt like this in the SDK. */
    __pulumResourceError?: unknown;
    hideStack?: unknown;
}

/** Frames of the program's own files that are shown at most. */
const FRAMES = 4;

/**
 * @param error what was thrown
 * @param programDir folder of the program; frames from outside it, or from its node_modules, are left out
 * @param mapStack puts TypeScript positions in place of compiled ones
 */
export function describeProgramError(error: unknown, programDir: string, mapStack: (stack: string) => string): string {
    if (typeof error !== "object" || error === null)
        return `The program threw ${typeof error === "string" ? JSON.stringify(error) : String(error)}.`;
    const { name, message, stack, __pulumiRunError, __pulumResourceError, hideStack } = error as ErrorLike;
    const text = withoutInternals(
        typeof message === "string" && message !== "" ? message : "an error without a message",
    );
    // Errors that the SDK calls user errors, and resource errors that ask for it, speak for themselves.
    if (__pulumiRunError === true || (__pulumResourceError === true && hideStack === true)) return text;
    const title =
        typeof name === "string" && !["Error", "UserError"].includes(name) && !text.startsWith(name)
            ? `${name}: ${text}`
            : text;
    if (typeof stack !== "string") return title;
    const frames = mapStack(stack)
        .split("\n")
        .filter((line) => /^\s+at /.test(line) && line.includes(programDir) && !line.includes("node_modules"))
        .slice(0, FRAMES)
        .map(
            (line) =>
                `    ${line
                    .trim()
                    .replace(`${programDir}/`, "")
                    .replace(/\(file:\/\//, "(")}`,
        );
    return [title, ...frames].join("\n");
}

/** swc adds the stack of its own native code to a syntax error, node the chain of files to a module that is missing. */
function withoutInternals(message: string): string {
    return (message.split(/\n+Caused by:|\nRequire stack:/)[0] ?? "").trim();
}
