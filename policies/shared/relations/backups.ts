/** What the selections of AWS Backup plans take in. */
import type { Node, ResourceGraph } from "../graph";
import type { Kind } from "../tokens";
import { elements, UNKNOWN, Values, type Maybe } from "../unknown";

/** "open" where it depends on what is not known, or on how AWS joins tags and resources. */
export type Selected = boolean | "open";

/** Whether a text matches a pattern with `*`. */
function matches(pattern: string, text: string): boolean {
    const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${escaped.join(".*")}$`, "s").test(text);
}

/** The tags of a resource; a tag that is not known answers `UNKNOWN`. */
function tagOf(node: Node, key: string): Maybe<string> {
    for (const property of ["tagsAll", "tags"]) {
        const tags = node.get(property);
        const value =
            tags === UNKNOWN
                ? UNKNOWN
                : typeof tags === "object" && tags !== null
                  ? new Values(tags).at(key)
                  : undefined;
        if (typeof value === "string" || value === UNKNOWN) {
            return value;
        }
    }
    return undefined;
}

const CONDITIONS = [
    { property: "stringEquals", negated: false },
    { property: "stringLikes", negated: false },
    { property: "stringNotEquals", negated: true },
    { property: "stringNotLikes", negated: true },
] as const;

function any(results: readonly Selected[]): Selected {
    return results.includes(true) ? true : results.includes("open") ? "open" : false;
}

function all(results: readonly Selected[]): Selected {
    return results.includes(false) ? false : results.includes("open") ? "open" : true;
}

/** A list of ARNs and patterns, resolved once for all resources that are looked up in it. */
interface Names {
    readonly given: boolean;
    readonly nodes: ReadonlySet<Node>;
    /** Whether `nodes` are surely meant. */
    readonly sure: boolean;
    /** Whether others may be meant besides. */
    readonly open: boolean;
    readonly patterns: readonly string[];
}

function namesIn(graph: ResourceGraph, selection: Node, property: string, kind: Kind): Names {
    const values = (selection.inputs ?? selection).strings(property);
    const { nodes, exact, count } = graph.resolveValues(selection, property, values, kind);
    const list = values === UNKNOWN ? [] : (values ?? []);
    return {
        given: values === UNKNOWN || list.length > 0,
        nodes: new Set(nodes),
        sure: exact || count === undefined,
        open: values === UNKNOWN ? nodes.length === 0 : list.includes(UNKNOWN),
        patterns: list.filter((value): value is string => value !== UNKNOWN && value.includes("*")),
    };
}

function isNamed(names: Names, node: Node, arn: string): Selected {
    if (names.patterns.some((pattern) => matches(pattern, arn)) || (names.sure && names.nodes.has(node))) {
        return true;
    }
    return names.nodes.has(node) || names.open ? "open" : false;
}

/** Tags that are asked for: key, value and how they are compared. */
interface TagTest {
    readonly key: Maybe<string>;
    readonly value: Maybe<string>;
    readonly negated: boolean;
}

function holds({ key, value, negated }: TagTest, node: Node): Selected {
    if (typeof key !== "string" || typeof value !== "string") {
        return "open";
    }
    const actual = tagOf(node, key);
    if (actual === UNKNOWN) {
        return "open";
    }
    return (actual !== undefined && matches(value, actual)) !== negated;
}

/** Whether a selection of a backup plan takes in a resource. */
export type Selection = (node: Node) => Selected;

/**
 * The backup selections of a stack.
 * @param kind the kind of the resources they are asked about
 * @param anyArn an ARN as a resource of the kind has it, for patterns while its own is not known
 */
export function backupSelections(graph: ResourceGraph, kind: Kind, anyArn: string): readonly Selection[] {
    return graph.all("backupSelection").map((selection): Selection => {
        const view = selection.inputs ?? selection;
        const resources = namesIn(graph, selection, "resources", kind);
        const excluded = namesIn(graph, selection, "notResources", kind);
        const conditions = elements(view.list("conditions")).flatMap((condition) =>
            CONDITIONS.flatMap(({ property, negated }) =>
                elements(condition.list(property)).map((each): TagTest => {
                    const key = each.str("key");
                    return {
                        key: typeof key === "string" ? key.replace(/^aws:ResourceTag\//, "") : key,
                        value: each.str("value"),
                        negated,
                    };
                }),
            ),
        );
        const tags = elements(view.list("selectionTags")).map((tag): TagTest => ({
            key: tag.str("key"),
            value: tag.str("value"),
            negated: false,
        }));
        const open = ["conditions", "selectionTags"].some((property) => view.get(property) === UNKNOWN);
        return (node) => {
            const own = node.str("arn");
            const arn = typeof own === "string" ? own : anyArn;
            const named = isNamed(resources, node, arn);
            const tagged = any(tags.map((tag) => holds(tag, node)));
            // Resources together with tags: either may be meant to narrow the other down.
            const both = resources.given && tags.length > 0;
            const byItself = named === true && !resources.patterns.some((pattern) => matches(pattern, arn));
            const chosen: Selected = both && !byItself && named !== tagged ? "open" : named !== false ? named : tagged;
            const kept = isNamed(excluded, node, arn);
            return all([
                chosen,
                ...(kept === false ? [] : [kept === true ? false : ("open" as const)]),
                ...conditions.map((condition) => holds(condition, node)),
                ...(open ? (["open"] as const) : []),
            ]);
        };
    });
}
