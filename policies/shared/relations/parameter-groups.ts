/** The parameter group of a database and what it says. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Unknown } from "../unknown";
import { engineOfFamily, type Engine } from "./databases";
import { isNode, single } from "./reference";

/** The property that names the parameter group of an instance or a cluster. */
export function parameterGroupProperty(database: Node): "parameterGroupName" | "dbClusterParameterGroupName" {
    return database.is("rdsCluster") ? "dbClusterParameterGroupName" : "parameterGroupName";
}

/**
 * The parameter group of a database: one of the stack, the default one of its engine (named, with the engine that its name
 * says, or not), or one of which nothing is known.
 */
export type ParameterGroup =
    | { readonly kind: "own"; readonly node: Node }
    | { readonly kind: "default"; readonly named: boolean; readonly engine: Engine | undefined }
    | { readonly kind: "outside" }
    | { readonly kind: "ambiguous" };

export function parameterGroupOf(graph: ResourceGraph, database: Node): ParameterGroup {
    const property = parameterGroupProperty(database);
    const kind = database.is("rdsCluster") ? "rdsClusterParameterGroup" : "rdsParameterGroup";
    const group = single(graph, database, property, kind);
    if (isNode(group)) {
        return { kind: "own", node: group };
    }
    // Default groups cannot be changed; the name says the family: "default.postgres17".
    const [, family] = /^default[.:](.+)$/.exec(String(database.str(property))) ?? [];
    if (family !== undefined) {
        return { kind: "default", named: true, engine: engineOfFamily(family) };
    }
    return group === "unset" ? { kind: "default", named: false, engine: undefined } : { kind: group };
}

/**
 * The value of a parameter that is a flag: on, off, not in the group at all (`undefined`), or `UNKNOWN`. A flag of RDS is
 * written as 1 or 0, of a cluster of MySQL as ON or OFF.
 */
export function flagOf(group: Node, parameter: string): boolean | Unknown | undefined {
    const parameters = group.list("parameters");
    if (parameters === UNKNOWN) {
        return UNKNOWN;
    }
    const values = (parameters ?? []).flatMap((each) => {
        const name = each.str("name");
        return name === parameter || name === UNKNOWN ? [name === UNKNOWN ? UNKNOWN : each.word("value")] : [];
    });
    if (values.length === 0) {
        return undefined;
    }
    return values.includes(UNKNOWN) ? UNKNOWN : values.every((value) => /^(1|on|true)$/i.test(String(value)));
}
