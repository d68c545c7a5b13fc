import { auroraTwoInstances } from "../../../policies/no-single-point-of-failure/rules/aurora-two-instances";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cluster = (inputs: object = {}, name = "orders"): TestResource =>
    resource(
        "rdsCluster",
        name,
        { engine: "aurora-postgresql", engineMode: "provisioned", ...inputs },
        { computed: { clusterIdentifier: `${name}-1` } },
    );
const instance = (name: string, inputs: object = {}): TestResource =>
    resource("rdsClusterInstance", name, {
        clusterIdentifier: ref("orders"),
        engine: "aurora-postgresql",
        instanceClass: "db.r7g.large",
        ...inputs,
    });
const inZones = (...zones: readonly unknown[]): TestResource[] =>
    zones.map((availabilityZone, index) => instance(`instance-${index}`, { availabilityZone }));
const readers = (minCapacity: unknown): TestResource =>
    resource("scalingTarget", "readers", {
        serviceNamespace: "rds",
        scalableDimension: "rds:cluster:ReadReplicaCount",
        resourceId: "cluster:orders-1",
        minCapacity,
        maxCapacity: 5,
    });

describeRule(auroraTwoInstances, {
    compliant: {
        "a writer and a reader, whose zones Aurora chooses": [cluster(), instance("writer"), instance("reader")],
        "instances in two zones": [cluster(), ...inZones("eu-west-1a", "eu-west-1b")],
        "instances in one zone beside one whose zone Aurora chooses": [
            cluster(),
            ...inZones("eu-west-1a", "eu-west-1a", undefined),
        ],
        "instances of Serverless version 2": [
            cluster({ serverlessv2ScalingConfiguration: { minCapacity: 0.5, maxCapacity: 4 } }),
            instance("writer", { instanceClass: "db.serverless" }),
            instance("reader", { instanceClass: "db.serverless" }),
        ],
        "instances that name the cluster by its identifier": [
            cluster({ clusterIdentifier: "orders" }),
            instance("writer", { clusterIdentifier: "orders" }),
            instance("reader", { clusterIdentifier: "orders" }),
        ],
        "one instance and a reader that autoscaling keeps": [
            cluster({ clusterIdentifier: "orders-1" }),
            instance("writer"),
            readers(1),
        ],
        "instances whose second zone is known, and others' are not": [
            cluster(),
            ...inZones("eu-west-1a", "eu-west-1b", UNKNOWN_VALUE),
        ],
        "a Multi-AZ DB cluster": [cluster({ engine: "postgres", dbClusterInstanceClass: "db.m6gd.large" })],
        "version 1 of Serverless": [cluster({ engine: "aurora-mysql", engineMode: "serverless" })],
        "a secondary of a global database that keeps the storage only": [
            cluster({ globalClusterIdentifier: "orders-global" }),
        ],
    },
    violating: {
        "one instance": {
            resources: [cluster(), instance("writer")],
            at: ["orders"],
            says: /cluster has one instance only \(writer\): the data is in three zones, but .* Fix: create a second/,
        },
        "no instance": { resources: [cluster()], at: ["orders"], says: /cluster has no instance in this stack/ },
        "every instance in one zone": {
            resources: [cluster(), ...inZones("eu-west-1a", "eu-west-1a")],
            at: ["orders"],
            says: /availabilityZone is eu-west-1a for all instances \(instance-0, instance-1\): .* Fix: give the instances different zones/,
        },
        "instances that AWS put into one zone": {
            resources: [
                cluster(),
                ...["writer", "reader"].map((name) => ({
                    ...instance(name),
                    computed: { availabilityZone: "eu-west-1c" },
                })),
            ],
            at: ["orders"],
            says: /availabilityZone is eu-west-1c for all/,
            modes: ["up"],
        },
        "two instances of another cluster": {
            resources: [
                cluster(),
                cluster({}, "billing"),
                instance("a"),
                instance("b", { clusterIdentifier: ref("billing") }),
                instance("c", { clusterIdentifier: ref("billing") }),
            ],
            at: ["orders"],
            says: /one instance only \(a\)/,
        },
        "readers that autoscaling may take away": {
            resources: [cluster({ clusterIdentifier: "orders-1" }), instance("writer"), readers(0)],
            at: ["orders"],
            says: /one instance only/,
        },
        "an older MySQL": {
            resources: [cluster({ engine: "aurora" }), instance("writer")],
            at: ["orders"],
            says: /one instance only/,
        },
    },
    unknown: {
        "the zone of one of two": {
            resources: [cluster(), ...inZones("eu-west-1a", UNKNOWN_VALUE)],
            at: ["orders"],
            says: /availabilityZone is not known for every instance \(instance-0, instance-1\)/,
        },
        "the engine of a cluster with one instance": {
            resources: [cluster({ engine: UNKNOWN_VALUE }), instance("writer")],
            at: ["orders"],
            says: /engine is not known/,
        },
        "the mode of a cluster without an instance": {
            resources: [cluster({ engineMode: UNKNOWN_VALUE })],
            at: ["orders"],
            says: /engineMode is not known/,
        },
        "which cluster an instance belongs to": {
            resources: [cluster(), instance("writer"), instance("reader", { clusterIdentifier: UNKNOWN_VALUE })],
            at: ["orders"],
            says: /clusterIdentifier of reader may be that of another cluster/,
        },
        "how many readers autoscaling keeps": {
            resources: [cluster({ clusterIdentifier: "orders-1" }), instance("writer"), readers(UNKNOWN_VALUE)],
            at: ["orders"],
            says: /minCapacity of its readers' scaling target is not known/,
        },
    },
    notApplicable: {
        "an instance of RDS": [resource("rdsInstance", "orders", { engine: "postgres" })],
    },
});
