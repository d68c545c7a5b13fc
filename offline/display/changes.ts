import type { OperationResult, ResourceStep } from "../runner/types";

/** What happens to a resource, as a person would say it: the engine's three steps of a replacement are one change. */
export type ChangeKind = "create" | "update" | "replace" | "delete" | "import" | "same";

export interface Change {
    kind: ChangeKind;
    /** The step that carries the properties. */
    step: ResourceStep;
    failed: boolean;
    /** True where the operation ended before the resource was done. */
    unfinished: boolean;
}

/** A top-level component with what descends from it, or the resources outside of any. */
export interface Tier {
    name: string;
    changes: Change[];
}

/** The heading of the resources that belong to no component. */
export const TOP_LEVEL = "top level";

const KINDS: Record<string, ChangeKind> = {
    create: "create",
    update: "update",
    replace: "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    delete: "delete",
    same: "same",
    refresh: "same",
    read: "same",
    "read-replacement": "replace",
    import: "import",
    "import-replacement": "replace",
    discard: "delete",
    "discard-replaced": "replace",
    "remove-pending-replace": "same",
};

/** Of several steps for one resource, the one that says most. */
const WEIGHT: Record<string, number> = {
    replace: 3,
    "create-replacement": 2,
    "import-replacement": 2,
    "read-replacement": 2,
};

/** The changes of an operation, one per resource, grouped by tier in the order in which the program declares them. */
export function tiersOf(result: Pick<OperationResult, "steps">): Tier[] {
    const parents = new Map<string, string>();
    const byUrn = new Map<string, Change>();
    for (const step of result.steps) {
        if (step.parent) parents.set(step.urn, step.parent);
        const kind = KINDS[step.op] ?? "update";
        const known = byUrn.get(step.urn);
        if (!known)
            byUrn.set(step.urn, { kind, step, failed: step.failed === true, unfinished: step.unfinished === true });
        else {
            known.failed ||= step.failed === true;
            known.unfinished ||= step.unfinished === true;
            // What is left of an earlier replacement is deleted beside whatever else happens to its successor.
            if (known.kind === "replace" || kind === "replace")
                known.kind = step.op === "delete-replaced" && known.kind !== "replace" ? known.kind : "replace";
            if ((WEIGHT[step.op] ?? 0) > (WEIGHT[known.step.op] ?? 0)) known.step = { ...known.step, ...step };
        }
    }

    const tiers = new Map<string, Tier>();
    for (const change of byUrn.values()) {
        const { step } = change;
        if (step.type === "pulumi:pulumi:Stack" || step.type.startsWith("pulumi:providers:")) continue;
        const top = topOf(step.urn, parents);
        const topStep = byUrn.get(top)?.step;
        const grouped = top !== step.urn || topStep?.component === true;
        const name = grouped ? (topStep?.name ?? lastPart(top)) : TOP_LEVEL;
        let tier = tiers.get(name);
        if (!tier) tiers.set(name, (tier = { name, changes: [] }));
        tier.changes.push(change);
    }
    // A component whose resources came first is still listed where it was declared; the loose ones come last.
    return [...tiers.values()].sort((a, b) => Number(a.name === TOP_LEVEL) - Number(b.name === TOP_LEVEL));
}

/** The ancestor that hangs below the stack itself. */
function topOf(urn: string, parents: Map<string, string>): string {
    let top = urn;
    for (
        let parent = parents.get(top);
        parent && !parent.includes("::pulumi:pulumi:Stack::");
        parent = parents.get(top)
    )
        top = parent;
    return top;
}

function lastPart(urn: string): string {
    return urn.split("::").slice(3).join("::") || urn;
}

/** How many changes there are of each kind. */
export function countKinds(changes: Change[]): Record<ChangeKind, number> {
    const counts: Record<ChangeKind, number> = { create: 0, update: 0, replace: 0, delete: 0, import: 0, same: 0 };
    for (const { kind } of changes) counts[kind]++;
    return counts;
}
