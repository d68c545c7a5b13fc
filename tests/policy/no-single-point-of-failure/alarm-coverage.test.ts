import { alarmCoverage } from "../../../policies/no-single-point-of-failure/rules/alarm-coverage";
import type { Kind } from "../../../policies/shared/tokens";
import { describeRule } from "../support/describe-rule";
import { ref, resource, unknownListOf, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts";

const on = (namespace: string, dimensions: unknown, more: object = {}): TestResource =>
    resource("metricAlarm", "trouble", {
        namespace,
        metricName: "CPUUtilization",
        dimensions,
        alarmActions: [TOPIC],
        ...more,
    });
const byFormula = (...metrics: readonly object[]): TestResource =>
    resource("metricAlarm", "trouble", {
        metricQueries: [
            { id: "rate", expression: "m0 / 2", returnData: true },
            ...metrics.map((metric, index) => ({ id: `m${index}`, metric })),
        ],
        alarmActions: [TOPIC],
    });
const byQuery = (expression: string): TestResource =>
    resource("metricAlarm", "trouble", { metricQueries: [{ id: "q", expression }], alarmActions: [TOPIC] });

const one = (kind: Kind, name: string, inputs: object = {}, computed: Record<string, unknown> = {}): TestResource =>
    resource(kind, name, inputs, { computed });
const balancer = one("loadBalancer", "web", {}, { arnSuffix: "app/web/1" });
const target = one("targetGroup", "web-target", {}, { arnSuffix: "targetgroup/web/1" });
const service = one("ecsService", "api", { loadBalancers: [{ targetGroupArn: ref("web-target", "arn") }] });
const database = one("rdsInstance", "db", { engine: "postgres" }, { identifier: "db-1" });
const aurora = one("rdsCluster", "orders", { engine: "aurora-postgresql" }, { clusterIdentifier: "orders-1" });
const writer = one("rdsClusterInstance", "writer", { clusterIdentifier: ref("orders", "clusterIdentifier") });
const cache = one("elasticacheReplicationGroup", "cache", { replicationGroupId: "sessions" });
const kafka = one("mskCluster", "events", { clusterName: "events" });

const SUM = { metricName: "CPUUtilization", alarmActions: [TOPIC] };
const QUERY = { metricQueries: [{ id: "q", expression: UNKNOWN_VALUE }] };

describeRule(alarmCoverage, {
    compliant: {
        "a load balancer": [balancer, on("AWS/ApplicationELB", { LoadBalancer: ref("web", "arnSuffix") })],
        "a load balancer by one of its target groups": [
            balancer,
            target,
            on("AWS/ApplicationELB", {
                LoadBalancer: ref("web", "arnSuffix"),
                TargetGroup: ref("web-target", "arnSuffix"),
            }),
        ],
        "a service": [service, on("AWS/ECS", { ClusterName: "main", ServiceName: ref("api", "name") })],
        "a service by its target group": [
            target,
            service,
            on("AWS/ApplicationELB", { TargetGroup: ref("web-target", "arnSuffix") }),
        ],
        "a database": [database, on("AWS/RDS", { DBInstanceIdentifier: ref("db", "identifier") })],
        "a database that is named": [
            one("rdsInstance", "db", { identifier: "shop" }),
            on("AWS/RDS", { DBInstanceIdentifier: "shop" }),
        ],
        "a database by a formula": [
            database,
            byFormula({
                namespace: "AWS/RDS",
                metricName: "ReadIOPS",
                dimensions: { DBInstanceIdentifier: ref("db", "identifier") },
            }),
        ],
        "two databases by one formula": [
            database,
            one("rdsInstance", "second", { engine: "postgres" }, { identifier: "second-1" }),
            byFormula(
                { dimensions: { DBInstanceIdentifier: ref("db", "identifier") } },
                { dimensions: { DBInstanceIdentifier: ref("second", "identifier") } },
            ),
        ],
        "every database by the sum": [database, aurora, on("AWS/RDS", undefined)],
        "every database by a query over all of them": [
            database,
            byQuery('SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/RDS", DBInstanceIdentifier)'),
        ],
        "an Aurora cluster": [aurora, on("AWS/RDS", { DBClusterIdentifier: ref("orders", "clusterIdentifier") })],
        "an Aurora cluster by one of its instances": [
            aurora,
            writer,
            on("AWS/RDS", { DBInstanceIdentifier: ref("writer", "identifier") }),
        ],
        "a replication group by a node whose name is put together": [
            cache,
            on("AWS/ElastiCache", { CacheClusterId: "sessions-001" }),
        ],
        "a replication group in cluster mode by a node": [
            cache,
            on("AWS/ElastiCache", { CacheClusterId: "sessions-0001-002" }),
        ],
        "a replication group by an output": [cache, on("AWS/ElastiCache", { CacheClusterId: ref("cache") })],
        "a single node": [
            one("elasticacheCluster", "cache", { engine: "memcached" }),
            on("AWS/ElastiCache", { CacheClusterId: ref("cache") }),
        ],
        "a serverless cache": [
            one("elasticacheServerless", "cache", { name: "sessions" }),
            on("AWS/ElastiCache", { clusterId: "sessions" }),
        ],
        "a Kafka cluster": [kafka, on("AWS/Kafka", { "Cluster Name": ref("events", "clusterName") })],
        "an alarm that scales and tells": [
            service,
            one("scalingPolicy", "out"),
            on("AWS/ECS", { ServiceName: ref("api", "name") }, { alarmActions: [ref("out", "arn"), TOPIC] }),
        ],
        "an alarm that scales, and a composite one that tells": [
            service,
            one("scalingPolicy", "out"),
            on("AWS/ECS", { ServiceName: ref("api", "name") }, { alarmActions: [ref("out", "arn")] }),
            one("compositeAlarm", "all", { alarmRule: ref("trouble", "name"), alarmActions: [TOPIC] }),
        ],
    },
    violating: {
        "a load balancer without": {
            resources: [balancer],
            at: ["web"],
            says: /load balancer has no alarm on any of its metrics: .* Fix: create an .* HTTPCode_ELB_5XX_Count/,
        },
        "a network load balancer without": {
            resources: [one("loadBalancer", "web", { loadBalancerType: "network" })],
            at: ["web"],
            says: /has no alarm .* for example on UnHealthyHostCount \(namespace AWS\/NetworkELB/,
        },
        "everything, with nothing watched": {
            resources: [balancer, service, database, aurora, writer, cache, kafka],
            at: ["api", "cache", "db", "events", "orders", "web"],
            says: /has no alarm on any of its metrics/,
        },
        "an alarm on another database": {
            resources: [
                database,
                one("rdsInstance", "second", { engine: "postgres" }, { identifier: "second-1" }),
                on("AWS/RDS", { DBInstanceIdentifier: ref("second", "identifier") }),
            ],
            at: ["db"],
            says: /database has no alarm/,
        },
        "an alarm on a database of another program": {
            resources: [database, on("AWS/RDS", { DBInstanceIdentifier: "billing" })],
            at: ["db"],
            says: /database has no alarm/,
        },
        "an alarm on the cluster of a service": {
            resources: [service, on("AWS/ECS", { ClusterName: "main" })],
            at: ["api"],
            says: /service has no alarm/,
        },
        "a single cache to which the provider gives an empty group": {
            resources: [one("elasticacheCluster", "cache", { engine: "redis" }, { replicationGroupId: "" })],
            at: ["cache"],
            says: /cache has no alarm/,
        },
        "a service whose alarms only scale it": {
            resources: [
                service,
                one("scalingPolicy", "out"),
                on("AWS/ECS", { ServiceName: ref("api", "name") }, { alarmActions: [ref("out", "arn")] }),
            ],
            at: ["api"],
            says: /service has alarms that only scale \(trouble\), and none that tells anybody/,
        },
        "a service whose alarm scales by an ARN": {
            resources: [
                service,
                on(
                    "AWS/ECS",
                    { ServiceName: ref("api", "name") },
                    {
                        alarmActions: [
                            "arn:aws:autoscaling:eu-west-1:1:scalingPolicy:4:resource/ecs/service/a/b:policyName/out",
                        ],
                    },
                ),
            ],
            at: ["api"],
            says: /alarms that only scale/,
        },
        "an alarm on all of another kind": {
            resources: [database, on("AWS/ElastiCache", undefined)],
            at: ["db"],
            says: /no alarm/,
        },
    },
    unknown: {
        "of what kind a sum is": {
            resources: [database, resource("metricAlarm", "trouble", { ...SUM, namespace: UNKNOWN_VALUE })],
            at: ["db"],
            says: /may watch something else/,
        },
        "what a query asks": {
            resources: [database, resource("metricAlarm", "trouble", { ...QUERY, alarmActions: [TOPIC] })],
            at: ["db"],
            says: /may watch something else/,
        },
        "which of two databases is watched": {
            resources: [
                database,
                one("rdsInstance", "second", { engine: "postgres" }, { identifier: "second-1" }),
                on("AWS/RDS", { DBInstanceIdentifier: unknownListOf("db", "second") }),
            ],
            at: ["db", "second"],
            says: /database has an alarm that may watch something else \(trouble\)/,
        },
        "what is watched": {
            resources: [database, on("AWS/RDS", { DBInstanceIdentifier: UNKNOWN_VALUE })],
            at: ["db"],
            says: /may watch something else/,
        },
        "a query over some databases": {
            resources: [
                database,
                byQuery(
                    `SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/RDS", DBInstanceIdentifier) WHERE EngineName = 'mysql'`,
                ),
            ],
            at: ["db"],
            says: /may watch something else/,
        },
    },
    notApplicable: {
        "a queue, which other rules judge": [resource("sqsQueue", "jobs")],
        "an instance of a cluster on its own": [writer],
        "a node of a replication group": [
            cache,
            one("elasticacheCluster", "reader", { replicationGroupId: ref("cache") }),
            on("AWS/ElastiCache", { CacheClusterId: ref("cache") }),
        ],
    },
});
