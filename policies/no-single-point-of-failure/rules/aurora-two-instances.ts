import type { Node, ResourceGraph } from "../../shared/graph";
import type { Report } from "../../shared/finding";
import { auroraInstances } from "../../shared/relations/aurora";
import { someNames } from "../../shared/relations/topics";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const auroraTwoInstances = defineStackRule({
    id: "aurora-two-instances",
    title: "An Aurora cluster has two instances at least, in two availability zones",
    severity: "high",
    frameworks: { fsbp: ["RDS.15"], wellArchitected: ["REL10-BP01", "REL11-BP02"] },
    why: "the data is in three zones, but when the only zone with an instance fails, nothing answers until a new instance is there, which may take ten minutes",
    fix: "create a second `aws.rds.ClusterInstance` for the cluster, without `availabilityZone` or in another one than the first",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
    tokens: TOKENS.rdsCluster,
    guards: [
        "engine",
        "engineMode",
        ...["clusterIdentifier", "availabilityZone"].map((property) => ({
            tokens: TOKENS.rdsClusterInstance,
            property,
        })),
        { tokens: TOKENS.scalingTarget, property: "minCapacity" },
    ],
    check: (graph, on) => {
        for (const cluster of graph.all("rdsCluster")) {
            const engine = cluster.str("engine");
            const mode = cluster.str("engineMode");
            // Multi-AZ DB clusters have two standbys by themselves, version 1 of Serverless has no instances.
            if ((typeof engine === "string" && !engine.startsWith("aurora")) || mode === "serverless") {
                continue;
            }
            const problem = judge(graph, cluster);
            if (problem === undefined) {
                continue;
            }
            if (engine === UNKNOWN || mode === UNKNOWN) {
                on(cluster).undetermined(engine === UNKNOWN ? "engine" : "engineMode");
            } else {
                problem(on(cluster));
            }
        }
    },
});

function judge(graph: ResourceGraph, cluster: Node): ((report: Report) => void) | undefined {
    const { instances, perhaps, scaledReaders } = auroraInstances(graph, cluster);
    // A secondary cluster of a global database may be kept without instances, for its storage alone.
    if (
        instances.length === 0 &&
        perhaps.length === 0 &&
        (cluster.inputs ?? cluster).str("globalClusterIdentifier") !== undefined
    ) {
        return undefined;
    }
    if (instances.length < 2 && perhaps.length > 0) {
        return (report) => {
            report.undetermined("clusterIdentifier", `of ${someNames(perhaps)} may be that of another cluster`);
        };
    }
    if (instances.length === 0) {
        return (report) => {
            report.violation("cluster", "has no instance in this stack");
        };
    }
    if (scaledReaders === UNKNOWN && instances.length < 2) {
        return (report) => {
            report.undetermined("minCapacity", "of its readers' scaling target is not known in preview");
        };
    }
    // Aurora chooses the zones of the readers that it adds.
    if (scaledReaders !== UNKNOWN && scaledReaders > instances.length - 1) {
        return undefined;
    }
    if (instances.length === 1) {
        return (report) => {
            report.violation("cluster", `has one instance only (${someNames(instances)})`);
        };
    }
    // An instance without a zone is put into one that suits the cluster.
    const zones = instances.map((instance) => instance.str("availabilityZone"));
    const known = new Set(zones.filter((zone) => typeof zone === "string"));
    if (known.size > 1 || zones.includes(undefined)) {
        return undefined;
    }
    if (zones.includes(UNKNOWN)) {
        return (report) => {
            report.undetermined("availabilityZone", `is not known for every instance (${someNames(instances)})`);
        };
    }
    return (report) => {
        report.violation(
            "availabilityZone",
            `is ${[...known].join()} for all instances (${someNames(instances)})`,
            "give the instances different zones (`availabilityZone`), or none",
        );
    };
}
