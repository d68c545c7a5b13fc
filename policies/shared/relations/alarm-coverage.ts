/** Which alarms there are on the things that serve requests or hold data. */
import type { Node, ResourceGraph } from "../graph";
import type { Kind } from "../tokens";
import { elements, holdsUnknown, UNKNOWN } from "../unknown";
import { alarmsOn, compositesOf, metricsOf } from "./alarms";
import { inReplicationGroup } from "./cache-clusters";

/** One dimension by which a metric belongs to something, and what that something is. */
interface Dimension {
    readonly name: string;
    readonly kinds: readonly Kind[];
    /** Whose metrics they are; default: the resource's own. */
    readonly of?: (graph: ResourceGraph, node: Node) => readonly Node[];
}

interface Covered {
    readonly kind: Kind;
    readonly what: string;
    /** A metric worth an alarm, with where it is found. */
    readonly metric: string | ((node: Node) => string);
    readonly dimensions: readonly Dimension[];
    /** Namespaces whose metrics without a dimension, or in a query over all of them, are about all of the kind. */
    readonly namespaces: readonly string[];
    /** Whether metrics without any dimension exist, which sum up all of the kind. */
    readonly summedUp?: boolean;
    readonly applies?: (graph: ResourceGraph, node: Node) => boolean;
}

const COVERED: readonly Covered[] = [
    {
        kind: "loadBalancer",
        what: "load balancer",
        metric: (node) =>
            node.get("loadBalancerType") === "network"
                ? "UnHealthyHostCount (namespace AWS/NetworkELB, dimensions LoadBalancer and TargetGroup)"
                : "HTTPCode_ELB_5XX_Count (namespace AWS/ApplicationELB, dimension LoadBalancer)",
        dimensions: [{ name: "LoadBalancer", kinds: ["loadBalancer"] }],
        namespaces: ["AWS/ApplicationELB", "AWS/NetworkELB", "AWS/GatewayELB"],
    },
    {
        kind: "ecsService",
        what: "service",
        metric: "CPUUtilization (namespace AWS/ECS, dimensions ClusterName and ServiceName)",
        dimensions: [
            { name: "ServiceName", kinds: ["ecsService"] },
            // How its tasks answer is measured at the target groups that they are in.
            { name: "TargetGroup", kinds: ["targetGroup"], of: targetGroupsOf },
        ],
        namespaces: ["AWS/ECS", "ECS/ContainerInsights"],
    },
    {
        kind: "rdsInstance",
        what: "database",
        metric: "FreeStorageSpace (namespace AWS/RDS, dimension DBInstanceIdentifier)",
        dimensions: [{ name: "DBInstanceIdentifier", kinds: ["rdsInstance"] }],
        namespaces: ["AWS/RDS"],
        summedUp: true,
    },
    {
        kind: "rdsCluster",
        what: "database",
        metric: "CPUUtilization (namespace AWS/RDS, dimension DBClusterIdentifier)",
        dimensions: [
            { name: "DBClusterIdentifier", kinds: ["rdsCluster"] },
            {
                name: "DBInstanceIdentifier",
                kinds: ["rdsClusterInstance"],
                of: (graph, node) => graph.referring(node, "rdsClusterInstance", "clusterIdentifier"),
            },
        ],
        namespaces: ["AWS/RDS"],
        summedUp: true,
    },
    {
        kind: "elasticacheReplicationGroup",
        what: "cache",
        metric: "DatabaseMemoryUsagePercentage (namespace AWS/ElastiCache, dimension CacheClusterId)",
        dimensions: [
            { name: "CacheClusterId", kinds: ["elasticacheReplicationGroup"] },
            { name: "ReplicationGroupId", kinds: ["elasticacheReplicationGroup"] },
        ],
        namespaces: ["AWS/ElastiCache"],
        summedUp: true,
    },
    {
        kind: "elasticacheCluster",
        what: "cache",
        metric: "CPUUtilization (namespace AWS/ElastiCache, dimension CacheClusterId)",
        dimensions: [{ name: "CacheClusterId", kinds: ["elasticacheCluster"] }],
        namespaces: ["AWS/ElastiCache"],
        summedUp: true,
        // A node that was added to a replication group is the group's.
        applies: (graph, node) => inReplicationGroup(graph, node) === false,
    },
    {
        kind: "elasticacheServerless",
        what: "cache",
        metric: "BytesUsedForCache (namespace AWS/ElastiCache, dimension clusterId)",
        dimensions: [{ name: "clusterId", kinds: ["elasticacheServerless"] }],
        namespaces: ["AWS/ElastiCache"],
        summedUp: true,
    },
    {
        kind: "mskCluster",
        what: "broker",
        metric: "OfflinePartitionsCount (namespace AWS/Kafka, dimension Cluster Name)",
        dimensions: [{ name: "Cluster Name", kinds: ["mskCluster"] }],
        namespaces: ["AWS/Kafka"],
    },
];

/** What has to have an alarm. */
export const COVERED_KINDS: readonly Kind[] = COVERED.map(({ kind }) => kind);

/** The target groups that an ECS service registers its tasks in. */
function targetGroupsOf(graph: ResourceGraph, service: Node): readonly Node[] {
    const arns = elements(service.list("loadBalancers")).flatMap((each) => each.str("targetGroupArn") ?? []);
    return service.get("loadBalancers") === UNKNOWN
        ? graph.dependenciesOf(service, "loadBalancers", "targetGroup")
        : graph.resolveValues(service, "loadBalancers", arns, "targetGroup").nodes;
}

export interface Coverage {
    readonly node: Node;
    /** "load balancer", "database". */
    readonly what: string;
    /** A metric worth an alarm, with where it is found. */
    readonly metric: string;
    /** Alarms that watch it and do more than scale it. */
    readonly alarms: readonly Node[];
    /** Alarms that may watch it, or something else. */
    readonly perhaps: readonly Node[];
    /** Alarms on it that do nothing but change how many run. */
    readonly onlyScaling: readonly Node[];
}

/** The alarms on everything in a stack that serves requests or holds data. */
export function coverageOf(graph: ResourceGraph): readonly Coverage[] {
    return COVERED.flatMap((covered) => {
        const nodes = graph.all(covered.kind).filter((node) => covered.applies?.(graph, node) ?? true);
        if (nodes.length === 0) {
            return [];
        }
        const overall = alarmsOverAll(graph, covered);
        return nodes.map((node) => coverage(graph, covered, node, overall));
    });
}

function coverage(graph: ResourceGraph, covered: Covered, node: Node, overall: OverAll): Coverage {
    const sure: Node[] = [...overall.sure];
    const perhaps: Node[] = [...overall.unsure];
    for (const { name, kinds, of } of covered.dimensions) {
        const found = alarmsOn(graph, kinds, name);
        for (const each of of === undefined ? [node] : of(graph, node)) {
            sure.push(...(found.sure.get(each) ?? []));
            perhaps.push(...(found.unsure.get(each) ?? []));
        }
        perhaps.push(...found.stray);
    }
    const scaling = new Set(sure.filter((alarm) => onlyScales(graph, alarm)));
    return {
        node,
        what: covered.what,
        metric: typeof covered.metric === "string" ? covered.metric : covered.metric(node),
        alarms: sure.filter((alarm) => !scaling.has(alarm)),
        perhaps,
        onlyScaling: [...scaling],
    };
}

interface OverAll {
    readonly sure: readonly Node[];
    readonly unsure: readonly Node[];
}

/** Alarms on all of a kind: on a sum without dimensions, or on a Metrics Insights query. */
function alarmsOverAll(graph: ResourceGraph, { namespaces, summedUp }: Covered): OverAll {
    const sure: Node[] = [];
    const unsure: Node[] = [];
    for (const alarm of graph.all("metricAlarm")) {
        const summed = metricsOf(alarm).filter(({ dimensionless }) => dimensionless && summedUp === true);
        const texts = elements(alarm.list("metricQueries")).map((query) => query.str("expression"));
        const queries = texts.filter(
            (text) => typeof text === "string" && namespaces.some((namespace) => text.includes(`"${namespace}"`)),
        );
        const open = texts.includes(UNKNOWN) || summed.some(({ namespace }) => namespace === UNKNOWN);
        if (
            summed.some(({ namespace }) => typeof namespace === "string" && namespaces.includes(namespace)) ||
            queries.some((text) => !/\bWHERE\b/i.test(String(text)))
        ) {
            sure.push(alarm);
        } else if (queries.length > 0 || open) {
            unsure.push(alarm);
        }
    }
    return { sure, unsure };
}

/** Whether an alarm's only actions are scaling policies: it tells nobody. */
function onlyScales(graph: ResourceGraph, alarm: Node): boolean {
    const actions = alarm.get("alarmActions");
    const list = alarm.strings("alarmActions");
    if (list === undefined || compositesOf(graph, alarm).length > 0) {
        return false;
    }
    const targets = alarm.propertyDependencies.get("alarmActions") ?? [];
    const literal = list === UNKNOWN ? [] : list.filter((action) => action !== UNKNOWN);
    return (
        (literal.length > 0 || targets.length > 0) &&
        (!holdsUnknown(actions) || targets.length > 0) &&
        targets.every((target) => target.is("scalingPolicy", "autoScalingPolicy")) &&
        literal.every(
            (action) =>
                /^arn:[^:]+:autoscaling:.*:scalingPolicy:/.test(action) ||
                graph.identifiedBy(action, "scalingPolicy", "autoScalingPolicy").length > 0,
        )
    );
}
