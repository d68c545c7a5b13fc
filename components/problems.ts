/** One thing that is wrong with a setting or an argument. */
export interface Problem {
    /** The setting as its author wrote it: `headroom:web.minimum`, or `replicas` for an argument of a component. */
    readonly setting: string;
    /** The value that was found; `undefined` where a required one is missing. */
    readonly value: unknown;
    /** What is allowed, in words: `a whole number from 0 to 15`. */
    readonly allowed: string;
    /** What to write instead, as it would stand in the file. */
    readonly example: string;
}

/** Longer values are cut in messages: the reader needs to recognise the value, not to see all of it. */
const longestShownValue = 80;

function show(value: unknown): string {
    if (value === undefined) {
        return "is not set";
    }
    const text = JSON.stringify(value);
    return `is ${text.length > longestShownValue ? `${text.slice(0, longestShownValue)}…` : text}`;
}

/** One line about a problem, with all that is needed to mend it. */
export function describeProblem({ setting, value, allowed, example }: Problem): string {
    return `${setting} ${show(value)}; allowed: ${allowed}; write for example: ${example}`;
}

/** Thrown when settings or arguments are wrong: its message lists every problem, not the first only. */
export class InvalidSettingsError extends Error {
    constructor(
        context: string,
        readonly problems: readonly Problem[],
    ) {
        super(
            `${context}: ${String(problems.length)} problem${problems.length === 1 ? "" : "s"}\n` +
                problems.map((problem) => `  - ${describeProblem(problem)}`).join("\n"),
        );
        this.name = "InvalidSettingsError";
    }
}

/** Collects problems, so that all of them are reported at once. */
export class Problems {
    private readonly found: Problem[] = [];

    add(setting: string, value: unknown, allowed: string, example: string): void {
        this.found.push({ setting, value, allowed, example });
    }

    /** Adds a problem unless the condition holds. */
    require(condition: boolean, setting: string, value: unknown, allowed: string, example: string): void {
        if (!condition) {
            this.add(setting, value, allowed, example);
        }
    }

    get all(): readonly Problem[] {
        return this.found;
    }

    /**
     * @param context what was looked at: `Database "orders"`, `Pulumi.prod.yaml`
     * @throws InvalidSettingsError when there is any problem
     */
    throwIfAny(context: string): void {
        if (this.found.length > 0) {
            throw new InvalidSettingsError(context, this.found);
        }
    }
}

/** Whether a value is a whole number within bounds, both included. */
export function isWhole(value: number, from: number, to: number): boolean {
    return Number.isInteger(value) && value >= from && value <= to;
}
