/**
 * Exemptions: named, dated exceptions from a rule, in a reviewed file beside the program or on the resource itself, as a
 * tag or annotation (`exemption-on-resource.ts`). They are the only way round a rule for a single resource. An exempted
 * finding still shows, as advisory, with its reason. An exemption that is malformed, expired or no longer needed is a
 * violation itself.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ExemptionTerms, GrantedExemption, LoadedExemption, LoadedExemptions } from "./exemption";
import { readTerms, type CarriedExemption } from "./exemption-on-resource";
import { UNKNOWN } from "./unknown";
import { matchesPattern, namedStack, stackOf } from "./urn-pattern";

/** The file that is looked for where the configuration names none. */
export const DEFAULT_EXEMPTIONS_FILE = "policy-exemptions.yaml";

/** How many resources the complaint about an unused entry names. */
const MEANT = 3;

/** An exemption together with what became of it in this run. */
interface Tracked {
    readonly exemption: GrantedExemption;
    readonly expired: boolean;
    used: boolean;
}

interface InFile extends Tracked {
    readonly entry: LoadedExemption;
}

/** An exemption that a resource carries; without its terms where they are not as they should be. */
interface OnResource {
    readonly rule: string;
    readonly where: string;
    readonly problems: readonly string[];
    readonly tracked: Tracked | undefined;
}

/** What the exemptions of a run are checked against. */
export interface ExemptionOptions {
    /** Ids of every rule of both packs. */
    readonly rules: ReadonlySet<string>;
    /** How far ahead an expiry date may lie. */
    readonly maximumDays: number;
    readonly today: string;
    /** Whether tags and annotations count. */
    readonly onResources: boolean;
}

/** The exemptions of one run. */
export class Exemptions {
    readonly #inFile: readonly InFile[];
    readonly #onResource = new Map<string, readonly OnResource[]>();
    /** Resources of the stack that this run judges as a part of the whole only, such as those that `--target` leaves out. */
    readonly #notJudged = new Set<string>();
    /** Resources with findings that nothing exempts, by rule: what an entry that matches nothing may have meant. */
    readonly #uncovered = new Map<string, Set<string>>();
    readonly problems: readonly string[];

    constructor(
        readonly file: string | undefined,
        loaded: LoadedExemptions,
        readonly options: ExemptionOptions,
    ) {
        this.#inFile = loaded.exemptions.map((entry) => ({
            entry,
            exemption: {
                reason: entry.reason,
                owner: entry.owner,
                ticket: entry.ticket,
                expires: entry.expires,
                where: `entry ${entry.position} of ${basename(file ?? DEFAULT_EXEMPTIONS_FILE)}`,
                onResource: false,
            },
            expired: entry.expires < options.today,
            used: false,
        }));
        this.problems = loaded.problems;
    }

    /** Takes the exemptions that a resource carries, in place of those it carried before. */
    carry(urn: string, carried: readonly CarriedExemption[]): void {
        if (carried.length === 0) {
            this.#onResource.delete(urn);
        } else {
            this.#onResource.set(
                urn,
                carried.map((each) => this.#check(each)),
            );
        }
    }

    /** Says that the run does not see what is found about a resource alone, so that nothing about it is called unused. */
    notJudged(urn: string): void {
        this.#notJudged.add(urn);
    }

    #check({ rule, where, value, isDefault }: CarriedExemption): OnResource {
        const refused = (...problems: readonly string[]): OnResource => ({ rule, where, problems, tracked: undefined });
        const { rules, today, onResources } = this.options;
        if (!onResources) {
            return refused(
                "is switched off by the setting `onResources` of `exemptions`. Write the exemption in the reviewed file.",
            );
        }
        if (isDefault !== false) {
            return refused(
                isDefault === UNKNOWN
                    ? "may be one of the provider's default tags, which are not known in preview, so it exempts nothing. Write the exemption in the reviewed file."
                    : "is one of the provider's default tags, which name no resource, so it exempts nothing. Write it in the resource's own `tags`.",
            );
        }
        if (value === UNKNOWN) {
            return refused("is not known in preview, so it exempts nothing. Write its text in the program.");
        }
        // Loaded only where an exemption is: the schema library is the larger part of a pack's start.
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- a synchronous, lazy import
        const { termsProblems } = require("./exemption-schema") as typeof import("./exemption-schema");
        const { terms, problems } = readTerms(value);
        const all = [
            ...(rules.has(rule) ? [] : [`\`${rule}\` is no rule of these packs; the README of each pack lists them.`]),
            ...problems,
            ...termsProblems(terms, this.options),
        ];
        if (all.length > 0) {
            return refused(...all.map((problem) => `is malformed: ${problem}`));
        }
        const exemption: GrantedExemption = { ...(terms as ExemptionTerms), where, onResource: true };
        return { rule, where, problems: [], tracked: { exemption, expired: exemption.expires < today, used: false } };
    }

    /** The exemption that covers a finding, and else the expired one that would have. */
    covering(rule: string, urn: string): { current?: GrantedExemption; expired?: GrantedExemption } {
        const stack = stackOf(urn);
        let expired: GrantedExemption | undefined;
        let current: GrantedExemption | undefined;
        const matching: readonly Tracked[] = [
            ...this.#inFile.filter(
                ({ entry }) =>
                    entry.rule === rule &&
                    (entry.stacks === undefined || entry.stacks.includes(stack)) &&
                    matchesPattern(entry.resource, urn),
            ),
            ...(this.#onResource.get(urn) ?? []).flatMap((each) =>
                each.rule === rule && each.tracked !== undefined ? [each.tracked] : [],
            ),
        ];
        if (matching.length === 0) {
            const others = this.#uncovered.get(rule);
            if (others === undefined) {
                this.#uncovered.set(rule, new Set([urn]));
            } else {
                others.add(urn);
            }
        }
        // All matching entries count as used: two that overlap are both needed as far as this run can tell.
        for (const tracked of matching) {
            tracked.used = true;
            if (tracked.expired) {
                expired ??= tracked.exemption;
            } else {
                current ??= tracked.exemption;
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
        for (const { entry: exemption, expired, used } of this.#inFile) {
            if (!judges(exemption.rule) || !matchesPattern(projectOf(exemption.resource), projectOf(urn))) {
                continue;
            }
            const name = `entry ${exemption.position} (${exemption.rule}, ${exemption.resource})`;
            const named = namedStack(exemption.resource);
            const stacks = exemption.stacks ?? (named === undefined ? [] : [named]);
            const concernsThisStack = stacks.length === 0 || stacks.includes(stack);
            if (expired && concernsThisStack) {
                complaints.push(
                    `${name} expired on ${exemption.expires} (today is ${this.options.today}). ` +
                        `Mend the resource and remove the entry, or have ${exemption.owner} renew it with a new date.`,
                );
            } else if (
                !used &&
                seesAll(exemption.rule) &&
                stacks.includes(stack) &&
                ![...this.#notJudged].some((resource) => matchesPattern(exemption.resource, resource))
            ) {
                complaints.push(
                    `${name} matches no finding in stack ${stack}. ${this.#meant(exemption.rule)}Remove the entry, or the stack from its \`stacks\`, ` +
                        "so that it cannot hide a later mistake.",
                );
            }
        }
        return complaints;
    }

    /** "What the rule finds without an exemption: <URNs>. Correct `resource` if one of them is meant. " */
    #meant(rule: string): string {
        const urns = [...(this.#uncovered.get(rule) ?? [])].sort();
        const more = urns.length > MEANT ? ` and ${urns.length - MEANT} more` : "";
        return urns.length === 0
            ? ""
            : `Findings of the rule without an exemption are at ${urns.slice(0, MEANT).join(", ")}${more}: correct \`resource\` if it means one of them. `;
    }

    /**
     * What is wrong with the exemptions that resources carry, each with the resource's URN.
     * @param judges whether a rule was run, so that exemptions from it can be judged
     * @param seesAll whether this run sees every finding of a rule, so that exemptions from it can be called unused
     */
    complaintsOnResources(
        judges: (rule: string) => boolean,
        seesAll: (rule: string) => boolean = () => true,
    ): readonly { readonly urn: string; readonly complaint: string }[] {
        const { rules, today } = this.options;
        const complaints: { urn: string; complaint: string }[] = [];
        for (const [urn, carried] of this.#onResource) {
            // A name that no pack knows is everybody's to tell; the rest is left to the pack of the rule.
            for (const { rule, where, problems, tracked } of carried.filter(
                (each) => judges(each.rule) || !rules.has(each.rule),
            )) {
                const tell = (problem: string): void => {
                    complaints.push({ urn, complaint: `${where} ${problem}` });
                };
                problems.forEach(tell);
                if (tracked?.expired === true) {
                    const { expires, owner } = tracked.exemption;
                    tell(
                        `expired on ${expires} (today is ${today}). Mend the resource and remove it, or have ${owner} renew it with a new date.`,
                    );
                } else if (tracked !== undefined && !tracked.used && seesAll(rule) && !this.#notJudged.has(urn)) {
                    tell(
                        `matches no finding of ${rule} on this resource. Remove it, so that it cannot hide a later mistake.`,
                    );
                }
            }
        }
        return complaints;
    }

    /** Forgets which entries were used: the next run of the same process starts anew. */
    reset(): void {
        for (const tracked of this.#inFile) {
            tracked.used = false;
        }
        this.#onResource.clear();
        this.#notJudged.clear();
        this.#uncovered.clear();
    }
}

/** The project that a URN belongs to, or that a pattern is for: `urn:pulumi:<stack>::<project>::…`. */
export function projectOf(urn: string): string {
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
    let source: string;
    try {
        source = readFileSync(file, "utf8");
    } catch (error) {
        return { exemptions: [], problems: [`the file can not be read: ${(error as Error).message}.`] };
    }
    return parseExemptions(source, { rules, maximumDays, today });
}
