/**
 * Exemptions: named, dated, reviewed exceptions from a rule, in a file beside the program. It is the only way round a
 * rule for a single resource. An exempted finding still shows, as advisory, with its reason. An exemption that is
 * malformed, expired or no longer needed is a violation itself.
 */
import { existsSync, readFileSync } from "node:fs";
import type { Exemption, LoadedExemptions } from "./exemption";
import { matchesPattern, namedStack, stackOf } from "./urn-pattern";

/** The file that is looked for where the configuration names none. */
export const DEFAULT_EXEMPTIONS_FILE = "policy-exemptions.yaml";

/** An entry together with what became of it in this run. */
interface Tracked {
    readonly exemption: Exemption;
    readonly expired: boolean;
    readonly position: number;
    used: boolean;
}

/** The exemptions of one run. */
export class Exemptions {
    readonly #tracked: Tracked[];
    readonly #today: string;

    constructor(
        readonly file: string | undefined,
        loaded: LoadedExemptions,
        today: string = new Date().toISOString().slice(0, 10),
    ) {
        this.#today = today;
        this.#tracked = loaded.exemptions.map((exemption) => ({
            exemption,
            expired: exemption.expires < today,
            position: exemption.position,
            used: false,
        }));
        this.problems = loaded.problems;
    }

    readonly problems: readonly string[];

    /** The exemption that covers a finding, and else the expired one that would have. */
    covering(rule: string, urn: string): { current?: Exemption; expired?: Exemption } {
        const stack = stackOf(urn);
        let expired: Exemption | undefined;
        let current: Exemption | undefined;
        // All matching entries count as used: two that overlap are both needed as far as this run can tell.
        for (const entry of this.#tracked) {
            const { exemption } = entry;
            if (
                exemption.rule === rule &&
                (exemption.stacks === undefined || exemption.stacks.includes(stack)) &&
                matchesPattern(exemption.resource, urn)
            ) {
                entry.used = true;
                if (entry.expired) {
                    expired ??= exemption;
                } else {
                    current ??= exemption;
                }
            }
        }
        return { ...(current ? { current } : {}), ...(expired ? { expired } : {}) };
    }

    /**
     * What is wrong with the entries once every finding of the stack is known: expired and unused ones. A file may be
     * shared by the programs of a repository: entries for another project are that project's to judge.
     * @param urn any URN of the stack
     * @param judges whether a rule was run, so that its entries can be judged
     * @param seesAll whether this run sees every finding of a rule, so that its entries can be called unused
     */
    complaints(
        urn: string,
        judges: (rule: string) => boolean,
        seesAll: (rule: string) => boolean = () => true,
    ): readonly string[] {
        const stack = stackOf(urn);
        const complaints: string[] = [];
        for (const { exemption, expired, used, position } of this.#tracked) {
            if (!judges(exemption.rule) || !matchesPattern(projectOf(exemption.resource), projectOf(urn))) {
                continue;
            }
            const name = `entry ${position} (${exemption.rule}, ${exemption.resource})`;
            const named = namedStack(exemption.resource);
            const stacks = exemption.stacks ?? (named === undefined ? [] : [named]);
            const concernsThisStack = stacks.length === 0 || stacks.includes(stack);
            if (expired && concernsThisStack) {
                complaints.push(
                    `${name} expired on ${exemption.expires} (today is ${this.#today}). ` +
                        `Mend the resource and remove the entry, or have ${exemption.owner} renew it with a new date.`,
                );
            } else if (!used && seesAll(exemption.rule) && stacks.includes(stack)) {
                complaints.push(
                    `${name} matches no finding in stack ${stack}. Remove the entry, or the stack from its \`stacks\`, ` +
                        "so that it cannot hide a later mistake.",
                );
            }
        }
        return complaints;
    }

    /** Forgets which entries were used: the next run of the same process starts anew. */
    reset(): void {
        for (const entry of this.#tracked) {
            entry.used = false;
        }
    }
}

/** The project that a URN belongs to, or that a pattern is for: `urn:pulumi:<stack>::<project>::…`. */
function projectOf(urn: string): string {
    return urn.split("::", 2)[1] ?? "";
}

/** The URN of the stack that a resource belongs to, which findings about the whole are reported at. */
export function rootOf(urn: string): string {
    const [stack, project] = [stackOf(urn), projectOf(urn)];
    return `urn:pulumi:${stack}::${project}::pulumi:pulumi:Stack::${project}-${stack}`;
}

/**
 * Reads a file of exemptions, YAML or JSON.
 * @param file path, or `undefined` where none was found, which is the same as an empty one
 * @param rules ids of every rule of both packs; an entry for another name is a mistake
 * @param maximumDays how far ahead an expiry date may lie
 */
export function loadExemptions(
    file: string | undefined,
    rules: ReadonlySet<string>,
    maximumDays: number,
    today: string = new Date().toISOString().slice(0, 10),
): LoadedExemptions {
    if (file === undefined) {
        return { exemptions: [], problems: [] };
    }
    if (!existsSync(file)) {
        return {
            exemptions: [],
            problems: [
                `the file ${file} does not exist. Create it, or correct the setting \`file\` or the variable HEADROOM_PROGRAM_DIR.`,
            ],
        };
    }
    // Loaded only where there is a file: the parser and the schema library are the larger part of a pack's start.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a synchronous, lazy import
    const { parseExemptions } = require("./exemption-schema") as typeof import("./exemption-schema");
    return parseExemptions(readFileSync(file, "utf8"), { rules, maximumDays, today });
}
