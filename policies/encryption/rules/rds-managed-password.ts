import type { Node, ResourceGraph } from "../../shared/graph";
import { isAuroraMember, isGiven, isReplica, replicasOf } from "../../shared/relations/databases";
import { defineStackRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const MANAGE = "manageMasterUserPassword";

/** Where the program can give a password itself, also as a value that never reaches the state. */
const PASSWORDS = ["password", "passwordWo", "masterPassword", "masterPasswordWo"];

export const rdsManagedPassword = defineStackRule({
    id: "rds-managed-password",
    title: "RDS manages and rotates the master password of a database",
    severity: "medium",
    frameworks: { wellArchitected: ["SEC02-BP03", "SEC02-BP05"] },
    why: "the password passes through the program or a person's hands, and nobody changes it",
    fix: `set \`${MANAGE}: true\` in place of the password, and \`masterUserSecretKmsKeyId\` to a key of your own`,
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
    tokens: tokensOf("rdsInstance", "rdsCluster"),
    guards: [MANAGE],
    check: (graph, on) => {
        for (const database of graph.all("rdsInstance", "rdsCluster")) {
            const managed = (database.inputs ?? database).bool(MANAGE);
            if (managed === true || hasPasswordOfAnother(database) || isRefusedByRds(graph, database)) {
                continue;
            }
            if (managed === UNKNOWN) {
                on(database).undetermined(MANAGE);
            } else {
                const given = PASSWORDS.find((property) => isGiven(database, property));
                const state = managed === false ? "is false" : "is not set";
                on(database).violation(MANAGE, given === undefined ? state : `${state}, and \`${given}\` is`);
            }
        }
    },
});

/** Replicas have the users of their source, members of Aurora their cluster's. */
function hasPasswordOfAnother(database: Node): boolean {
    return isAuroraMember(database) || isReplica(database);
}

/**
 * Whether RDS refuses to manage the password, by its own documentation: a source of read replicas on every engine but SQL
 * Server, blue/green deployments, RDS Custom, a global database, and the first serverless version.
 */
function isRefusedByRds(graph: ResourceGraph, database: Node): boolean {
    const engine = engineName(database);
    return (
        (!engine.startsWith("sqlserver") && replicasOf(graph, database).length > 0) ||
        database.bool("blueGreenUpdate.enabled") === true ||
        engine.startsWith("custom-") ||
        isGiven(database, "globalClusterIdentifier") ||
        graph.referring(database, "rdsGlobalCluster", "sourceDbClusterIdentifier").length > 0 ||
        database.get("engineMode") === "serverless"
    );
}

/** The engine, or the empty string where it is not known. */
function engineName(database: Node): string {
    const engine = database.str("engine");
    return typeof engine === "string" ? engine : "";
}
