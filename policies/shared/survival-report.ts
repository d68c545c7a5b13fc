/**
 * What a stack survives, for code that is no policy pack: from the plain resources of a state file or of the steps of an
 * operation to plain data, and to a table that a person reads.
 *
 *     const { deployment } = JSON.parse(await stack.exportState());
 *     console.log(survivalTable(survivalOfResources(deployment.resources)));
 */
import type { PolicyResource } from "@pulumi/policy";
import { ResourceGraph } from "./graph";
import { Recorder } from "./recorder";
import type { Loss, LossRange, Serving, TierSurvival } from "./survival";
import { DEFAULT_NEEDS, type Needs } from "./survival-need";
import { survivalOf } from "./survival-of-stack";

/** A resource as state files and the steps of an operation have it. */
export interface PlainResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
    /** URNs. Steps have none: a relation to what is not known yet is then not known either. */
    readonly dependencies?: readonly string[] | null;
    readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>> | null;
    /** In a state file: about to be deleted. */
    readonly delete?: boolean;
    /** Of a step: what is done with it. */
    readonly op?: string;
}

/** What the engine writes in the place of a value that is not known yet. */
const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** What displays write in the place of values that are not known or not to be shown. */
const PLACEHOLDERS: ReadonlySet<unknown> = new Set(["[unknown]", "[secret]"]);
/** The key of the engine's wrapping of secrets, assets and the like, and its value for secrets. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A value in which whatever is secret or not known has become unknown. */
function plain(value: unknown): unknown {
    if (PLACEHOLDERS.has(value)) {
        return UNKNOWN_VALUE;
    }
    if (Array.isArray(value)) {
        return value.map(plain);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if ((value as Record<string, unknown>)[SIGNATURE] === SECRET) {
        return UNKNOWN_VALUE;
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

const GOING: ReadonlySet<string> = new Set(["delete", "delete-replaced", "discard", "discard-replaced"]);

function graphOf(resources: readonly PlainResource[]): ResourceGraph {
    // A replacement has two steps of one URN: the later one is what there will be.
    const present = new Map<string, PlainResource>();
    for (const resource of resources) {
        if (resource.delete !== true && !GOING.has(resource.op ?? "")) {
            present.set(resource.urn, resource);
        }
    }
    const recorder = new Recorder();
    const byUrn = new Map<string, PolicyResource>();
    for (const { urn, type, id, inputs, outputs } of present.values()) {
        if (inputs !== undefined) {
            recorder.record(urn, plain(inputs) as object);
        }
        const props = { ...(plain(outputs ?? inputs ?? {}) as object), ...(id === undefined ? {} : { id }) };
        const resource = { urn, type, name: urn.split("::").at(-1) ?? "", props, dependencies: [] };
        byUrn.set(urn, { ...resource, propertyDependencies: {} } as unknown as PolicyResource);
    }
    const found = (urns: readonly string[] | null | undefined): PolicyResource[] =>
        (urns ?? []).flatMap((urn) => byUrn.get(urn) ?? []);
    for (const { urn, dependencies, propertyDependencies } of present.values()) {
        const own = byUrn.get(urn);
        if (own !== undefined) {
            own.dependencies.push(...found(dependencies));
            for (const [property, urns] of Object.entries(propertyDependencies ?? {})) {
                own.propertyDependencies[property] = found(urns);
            }
        }
    }
    return new ResourceGraph([...byUrn.values()], recorder);
}

/** What every tier of a stack survives, from its plain resources. */
export function survivalOfResources(
    resources: readonly PlainResource[],
    needs: Partial<Needs> = {},
): readonly TierSurvival[] {
    return survivalOf(graphOf(resources), { ...DEFAULT_NEEDS, ...needs });
}

const NOT_KNOWN = "?";

function left(loss: Loss | null): string {
    return loss === null ? NOT_KNOWN : String(loss.left);
}

function leftOf(range: LossRange | null): string {
    if (range === null) {
        return NOT_KNOWN;
    }
    return range.best.left === range.worst.left ? String(range.best.left) : `${range.worst.left} to ${range.best.left}`;
}

function serving(role: Serving | null): string {
    return role === null || role.before === 0 ? "" : `${role.afterZone ?? NOT_KNOWN} of ${role.before}`;
}

function zonesOf({ zones }: TierSurvival): string {
    return zones.sure && zones.names.length > 0
        ? zones.names.join(", ")
        : zones.atMost === null
          ? NOT_KNOWN
          : zones.atLeast === zones.atMost
            ? String(zones.atMost)
            : `${zones.atLeast} to ${zones.atMost}`;
}

type Column = readonly [heading: string, cell: (tier: TierSurvival) => string];

const COLUMNS: readonly Column[] = [
    ["Tier", ({ name }) => name],
    ["Runs at least", ({ floor, units }) => `${floor ?? NOT_KNOWN} ${floor === 1 ? units.replace(/s$/, "") : units}`],
    ["Zones", zonesOf],
    ["Left without one", ({ losses }) => left(losses.unit)],
    ["Left without a node", ({ losses }) => left(losses.node)],
    ["Left without a zone", ({ losses }) => leftOf(losses.zone)],
    ["Writers then", ({ writers }) => serving(writers)],
    ["Readers then", ({ readers }) => serving(readers)],
    ["Needed", ({ need }) => String(need ?? NOT_KNOWN)],
    ["Verdict", ({ verdict }) => verdict],
];

/** The tiers as a table: of Markdown, or of plain text with aligned columns. Empty where there are none. */
export function survivalTable(tiers: readonly TierSurvival[], format: "markdown" | "text" = "text"): string {
    if (tiers.length === 0) {
        return "";
    }
    const rows = [COLUMNS.map(([heading]) => heading), ...tiers.map((tier) => COLUMNS.map(([, cell]) => cell(tier)))];
    if (format === "markdown") {
        const line = (cells: readonly string[]): string =>
            `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
        const [head = [], ...body] = rows;
        return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
    }
    const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
    return rows
        .map((row) =>
            row
                .map((cell, index) => cell.padEnd(widths[index] ?? 0))
                .join("  ")
                .trimEnd(),
        )
        .join("\n");
}
