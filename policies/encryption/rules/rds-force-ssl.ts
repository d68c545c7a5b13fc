import type { Node, ResourceGraph } from "../../shared/graph";
import type { Report } from "../../shared/finding";
import {
    engineOfFamily,
    isAuroraMember,
    isGiven,
    isReplica,
    RESTORED,
    versionOf,
    type Engine,
} from "../../shared/relations/databases";
import { flagOf, parameterGroupOf, parameterGroupProperty } from "../../shared/relations/parameter-groups";
import { isNode, single } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN, type Maybe, type Unknown } from "../../shared/unknown";

/** How an engine is told to refuse connections without TLS. */
interface Switch {
    readonly parameter: string;
    readonly on: string;
    /** The first version that has it on by default, as `[major, minor]`; by default no version has. */
    readonly onFrom?: readonly [number, number];
    /** Whether RDS creates databases in such a version where the program names none. */
    readonly onInUsualVersion?: boolean;
}

const SQL_SERVER: Switch = { parameter: "rds.force_ssl", on: "1" };
const MYSQL: Switch = { parameter: "require_secure_transport", on: "1" };

/** Engines by the beginning of their names. Oracle and Db2 have no such parameter: option groups and ports decide. */
const SWITCHES: readonly (readonly [RegExp, Switch])[] = [
    [/^postgres$/, { parameter: "rds.force_ssl", on: "1", onFrom: [15, 0], onInUsualVersion: true }],
    [/^aurora-postgresql$/, { parameter: "rds.force_ssl", on: "1", onFrom: [17, 0] }],
    [/^mysql$/, MYSQL],
    [/^aurora(-mysql)?$/, { ...MYSQL, on: "ON" }],
    [/^mariadb$/, { ...MYSQL, onFrom: [11, 8] }],
    [/^sqlserver-/, SQL_SERVER],
];

export const rdsForceSsl = defineStackRule({
    id: "rds-force-ssl",
    title: "A database refuses connections without TLS",
    severity: "high",
    frameworks: {
        fsbp: ["RDS.38", "RDS.39", "RDS.41", "RDS.44"],
        checkov: ["CKV2_AWS_69"],
        wellArchitected: ["SEC09-BP02"],
    },
    why: "a client that is set up wrongly sends its password, queries and data in clear text, and nothing stops it",
    fix: 'give it a parameter group with `{ name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" }` (PostgreSQL, SQL Server) or `{ name: "require_secure_transport", value: "1" }` (MySQL, MariaDB)',
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
    tokens: tokensOf("rdsInstance", "rdsCluster"),
    guards: [
        { tokens: TOKENS.rdsInstance, property: "parameterGroupName" },
        { tokens: TOKENS.rdsCluster, property: "dbClusterParameterGroupName" },
        // Upgrades that RDS does by itself are a reason to ignore the version: it decides where no group does.
        {
            tokens: TOKENS.rdsInstance,
            property: "engineVersion",
            matters: (inputs) => inputs.get("parameterGroupName") === undefined,
        },
        {
            tokens: TOKENS.rdsCluster,
            property: "engineVersion",
            matters: (inputs) => inputs.get("dbClusterParameterGroupName") === undefined,
        },
        { tokens: tokensOf("rdsParameterGroup", "rdsClusterParameterGroup"), property: "parameters" },
    ],
    check: (graph, on) => {
        for (const database of graph.all("rdsInstance", "rdsCluster")) {
            if (!isAuroraMember(database) && !hasGroupOfSource(graph, database)) {
                judge(graph, database, on(database));
            }
        }
    },
});

function judge(graph: ResourceGraph, database: Node, report: Report): void {
    const property = parameterGroupProperty(database);
    const group = parameterGroupOf(graph, database);
    const engine = engineOf(graph, database, group.kind === "own" ? group.node.str("family") : undefined);
    if (engine === UNKNOWN) {
        report.undetermined("engine", "is not known, and it decides how TLS is demanded");
        return;
    }
    const demand = SWITCHES.find(([name]) => name.test(engine.name))?.[1];
    if (demand === undefined) {
        return;
    }
    const { parameter, on } = demand;
    const method = parameter === "rds.force_ssl" ? ', applyMethod: "pending-reboot"' : "";
    const fix = `give it a parameter group with \`{ name: "${parameter}", value: "${on}"${method} }\``;
    if (group.kind === "outside" || group.kind === "ambiguous") {
        report.undetermined(property, "is a group that is not in this stack or not known in preview");
        return;
    }
    const flag = group.kind === "own" ? flagOf(group.node, parameter) : undefined;
    if (flag === true) {
        return;
    }
    if (flag === UNKNOWN) {
        report.undetermined(property, "is a group whose parameters are not known in preview");
        return;
    }
    if (flag === false && group.kind === "own") {
        report.violation(property, `is a group (${group.node.name}) that has \`${parameter}\` off`, fix);
        return;
    }
    const version = (group.kind === "default" ? group.engine?.version : undefined) ?? engine.version;
    const byDefault = isOnByDefault(demand, version);
    const without =
        group.kind === "own"
            ? `is a group (${group.node.name}) without \`${parameter}\``
            : group.named
              ? `is the default group, which leaves \`${parameter}\` as it is`
              : "is not set";
    if (byDefault === UNKNOWN) {
        report.undetermined(property, `${without}, and \`${parameter}\` is on by default in newer versions only`);
    } else if (!byDefault) {
        const first = demand.onFrom === undefined ? "" : ` before version ${demand.onFrom.join(".").replace(".0", "")}`;
        report.violation(property, `${without}, and ${engine.name} has \`${parameter}\` off by default${first}`, fix);
    }
}

/** Whether a version demands TLS where nothing is said. */
function isOnByDefault({ onFrom, onInUsualVersion }: Switch, version: Running["version"]): boolean | Unknown {
    if (onFrom === undefined) {
        return false;
    }
    if (version === UNKNOWN || version === undefined) {
        return (version === undefined ? onInUsualVersion : undefined) ?? UNKNOWN;
    }
    return version[0] > onFrom[0] || (version[0] === onFrom[0] && version[1] >= onFrom[1]);
}

interface Running extends Pick<Engine, "name"> {
    /** `undefined`: the version that RDS takes where the program names none. */
    readonly version: Engine["version"] | Unknown;
}

/** The engine and version of a database: its own, its source's, or those of its group's family. */
function engineOf(graph: ResourceGraph, database: Node, family: Maybe<string>): Running | Unknown {
    const source = isReplica(database)
        ? single(graph, database, "replicateSourceDb", "rdsInstance", "rdsCluster")
        : "unset";
    const named = [database, ...(isNode(source) ? [source] : [])];
    const ofFamily = engineOfFamily(family);
    const name = named.map((node) => node.str("engine")).find((engine) => typeof engine === "string") ?? ofFamily?.name;
    if (typeof name !== "string") {
        return UNKNOWN;
    }
    const versions = named.map((node) => node.str("engineVersion"));
    const known = versions.map(versionOf).find((version) => version !== undefined) ?? ofFamily?.version;
    // What is copied from elsewhere has the version that it had there.
    const copied = isReplica(database) || RESTORED.some((property) => isGiven(database, property));
    return { name, version: known ?? (copied || versions.includes(UNKNOWN) ? UNKNOWN : undefined) };
}

/** A replica in the region of its source has the source's parameter group where it names none. */
function hasGroupOfSource(graph: ResourceGraph, database: Node): boolean {
    if (!isReplica(database) || parameterGroupOf(graph, database).kind !== "default") {
        return false;
    }
    const source = single(graph, database, "replicateSourceDb", "rdsInstance");
    return isNode(source) && source.get("region") === database.get("region");
}
