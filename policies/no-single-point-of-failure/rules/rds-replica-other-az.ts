import type { Node, ResourceGraph } from "../../shared/graph";
import { append } from "../../shared/multimap";
import { isNode, single } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, type Unknown } from "../../shared/unknown";

export const rdsReplicaOtherAz = defineStackRule({
    id: "rds-replica-other-az",
    title: "The read replicas of a database span two availability zones",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "the failure of one zone takes every replica, and their reads fall on the primary at once",
    fix: "give the replicas different zones (`availabilityZone`), of which one at least is not the primary's",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html",
    tokens: TOKENS.rdsInstance,
    guards: ["availabilityZone"],
    check: (graph, on) => {
        for (const { source, replicas } of replicaSets(graph)) {
            // By name, so that the order of registration changes nothing.
            const [first] = replicas;
            if (first === undefined) {
                continue;
            }
            const zones = replicas.map(zoneOf);
            const known = new Set(zones.filter((zone) => zone !== UNKNOWN));
            const report = on(first);
            const names = replicas.map(({ name }) => name).join(", ");
            const regions = new Set(replicas.flatMap(({ region }) => region ?? []));
            const spansZones = regions.size > 1 || replicas.some((replica) => replica.bool("multiAz") === true);
            if (replicas.length > 1) {
                if (known.size < 2 && !spansZones) {
                    if (zones.includes(UNKNOWN)) {
                        report.undetermined("availabilityZone", `is not known for every replica (${names})`);
                    } else {
                        report.violation("availabilityZone", `is ${[...known].join()} for all replicas (${names})`);
                    }
                }
                continue;
            }
            const [zone] = zones;
            if (isInOtherRegion(first, source)) {
                continue;
            }
            if (source?.bool("multiAz") === true) {
                report.open(
                    "availabilityZone",
                    "belongs to the only replica of a Multi-AZ source, which moves between zones and may come to the replica's",
                );
            } else if (source !== undefined && !spansZones) {
                const sourceZone = zoneOf(source);
                if (zone === UNKNOWN || zone === undefined || sourceZone === UNKNOWN) {
                    report.undetermined("availabilityZone", "is not known for the replica or its source");
                } else if (zone === sourceZone) {
                    report.violation("availabilityZone", `is ${zone}, which is also that of its source ${source.name}`);
                }
            }
        }
    },
});

function isInOtherRegion(replica: Node, source: Node | undefined): boolean {
    return replica.region !== undefined && source?.region !== undefined && replica.region !== source.region;
}

function zoneOf(instance: Node): string | Unknown {
    return instance.str("availabilityZone") ?? UNKNOWN;
}

/** The replicas of each source, in this stack or outside of it. */
function replicaSets(graph: ResourceGraph): readonly { source: Node | undefined; replicas: readonly Node[] }[] {
    const bySource = new Map<Node | string, Node[]>();
    for (const instance of graph.all("rdsInstance")) {
        const source = single(graph, instance, "replicateSourceDb", "rdsInstance");
        if (source === "unset") {
            continue;
        }
        // An unknown source outside of the stack: each such replica stands alone rather than with strangers.
        const value = instance.get("replicateSourceDb");
        const key = isNode(source) ? source : typeof value === "string" ? value : instance.urn;
        append(bySource, key, instance);
    }
    return [...bySource].map(([source, replicas]) => ({
        source: typeof source === "string" ? undefined : source,
        replicas: replicas.sort((a, b) => (a.urn < b.urn ? -1 : 1)),
    }));
}
