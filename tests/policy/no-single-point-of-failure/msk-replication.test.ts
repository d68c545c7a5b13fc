import { mskReplication } from "../../../policies/no-single-point-of-failure/rules/msk-replication";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const THREE = ["subnet-1", "subnet-2", "subnet-3"];
const cluster = (inputs: object, clientSubnets: unknown = THREE, instanceType = "kafka.m5.large"): TestResource =>
    resource("mskCluster", "events", { brokerNodeGroupInfo: { clientSubnets, instanceType }, ...inputs });
const configured = { configurationInfo: { arn: ref("settings", "arn"), revision: ref("settings", "latestRevision") } };
const settings = (serverProperties: unknown): TestResource =>
    resource("mskConfiguration", "settings", { serverProperties });
const own = (serverProperties: unknown, clientSubnets: unknown = THREE): TestResource[] => [
    settings(serverProperties),
    cluster(configured, clientSubnets),
];

describeRule(mskReplication, {
    compliant: {
        "the defaults of three zones": [cluster({})],
        "a configuration that says the same": own("default.replication.factor=3\nmin.insync.replicas=2\n"),
        "a configuration that says nothing of it": own("# topics\nauto.create.topics.enable = false\n"),
        "a configuration in another spelling": own(
            "! comment\r\n  min.insync.replicas : 2\r\ndefault.replication.factor 3",
        ),
        "more copies": own("default.replication.factor=5\nmin.insync.replicas=4"),
        "two zones with settings of their own": own(
            "default.replication.factor=3\nmin.insync.replicas=2",
            THREE.slice(0, 2),
        ),
        "the last of two lines": own("min.insync.replicas=1\nmin.insync.replicas=2"),
    },
    violating: {
        "two copies": {
            resources: own("default.replication.factor=2\nmin.insync.replicas=2"),
            at: ["events"],
            says: /default\.replication\.factor is 2 in the configuration settings: .* Fix: set `default\.replication\.factor=3` and `min\.insync\.replicas=2` in the `serverProperties`/,
        },
        "one in sync": {
            resources: own("min.insync.replicas=1"),
            at: ["events"],
            says: /min\.insync\.replicas is 1 in the configuration settings/,
        },
        "as many in sync as there are copies": {
            resources: own("default.replication.factor=3\nmin.insync.replicas=3"),
            at: ["events"],
            says: /min\.insync\.replicas is 3 in the configuration settings, so that one broker less stops all writing/,
        },
        "the defaults of two zones": {
            resources: [cluster({}, THREE.slice(0, 2))],
            at: ["events", "events"],
            says: /(default\.replication\.factor is 2|min\.insync\.replicas is 1) by default in fewer than three availability zones/,
        },
        "no number": {
            resources: own("default.replication.factor=three"),
            at: ["events"],
            says: /default\.replication\.factor is not a whole number in the configuration settings/,
        },
    },
    unknown: {
        "a configuration of another stack": {
            resources: [
                cluster({ configurationInfo: { arn: "arn:aws:kafka:eu-west-1:1:configuration/x", revision: 1 } }),
            ],
            at: ["events"],
            says: /configurationInfo names a configuration, or a revision of one, outside of this stack/,
        },
        "which of two configurations it is": {
            resources: [
                settings("min.insync.replicas=2"),
                resource("mskConfiguration", "other", { serverProperties: "min.insync.replicas=1" }),
                cluster({ configurationInfo: json([ref("settings", "arn"), ref("other", "arn"), 1]) }),
            ],
            at: ["events"],
            says: /serverProperties are not known/,
        },
        "the settings": {
            resources: own(UNKNOWN_VALUE),
            at: ["events"],
            says: /serverProperties are not known/,
        },
        "the number of zones, which decides the defaults": {
            resources: [cluster({}, UNKNOWN_VALUE)],
            at: ["events", "events"],
            says: /(default\.replication\.factor|min\.insync\.replicas) depends on the number of `clientSubnets`/,
        },
    },
    notApplicable: {
        "Express brokers, whose replication is fixed": [cluster({}, THREE.slice(0, 2), "express.m7g.large")],
        "a configuration that no cluster uses": [settings("min.insync.replicas=1")],
    },
});
