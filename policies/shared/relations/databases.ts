/** What a database of RDS is within its stack: one of its own, a replica, or a member of a cluster. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe } from "../unknown";

/** Whether the program says something for a property. The provider writes the empty string where it does not. */
export function isGiven(node: Node, property: string): boolean {
    const value = (node.inputs ?? node).get(property);
    return value !== undefined && value !== "";
}

/** What a database is restored from, with the key, the version and the users that it had. */
export const RESTORED = ["snapshotIdentifier", "restoreToPointInTime"] as const;

/** Whether an instance belongs to a cluster of Aurora, which has its encryption, password and network settings. */
export function isAuroraMember(database: Node): boolean {
    const engine = database.str("engine");
    return database.is("rdsInstance") && typeof engine === "string" && engine.startsWith("aurora");
}

/** Whether an instance or cluster is a read replica of another. */
export function isReplica(database: Node): boolean {
    return isGiven(database, "replicateSourceDb") || isGiven(database, "replicationSourceIdentifier");
}

/** The instances and clusters of the stack that are replicas of a database. */
export function replicasOf(graph: ResourceGraph, database: Node): readonly Node[] {
    return [
        ...graph.referring(database, "rdsInstance", "replicateSourceDb"),
        ...graph.referring(database, "rdsCluster", "replicationSourceIdentifier"),
    ];
}

/** An engine and, as far as it is said, its version as `[major, minor]`. */
export interface Engine {
    readonly name: string;
    readonly version: readonly [number, number] | undefined;
}

/** The engine of a family of parameter groups: "postgres17", "aurora-mysql8.0", "sqlserver-se-15.0". */
export function engineOfFamily(family: Maybe<string>): Engine | undefined {
    const [, name, version] =
        typeof family === "string" ? (/^([a-z][a-z0-9-]*?[a-z])-?(\d[\d.]*)(?:-\w+)?$/.exec(family) ?? []) : [];
    return name === undefined ? undefined : { name, version: versionOf(version) };
}

/** `[17, 5]` of "17.5", `[8, 0]` of "8.0.mysql_aurora.3.08.0". */
export function versionOf(text: Maybe<string>): Engine["version"] {
    const [, major, minor] = text === UNKNOWN ? [] : (/^(\d+)(?:\.(\d+))?/.exec(text ?? "") ?? []);
    return major === undefined ? undefined : [Number(major), Number(minor ?? 0)];
}
