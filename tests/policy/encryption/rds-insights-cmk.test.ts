import { rdsInsightsCmk } from "../../../policies/encryption/rules/rds-insights-cmk";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { keyCases } from "./key-cases";

const ofInstance = keyCases({
    kind: "rdsInstance",
    property: "performanceInsightsKmsKeyId",
    inputs: { engine: "postgres", performanceInsightsEnabled: true },
    managed: "alias/aws/rds",
});
const ON = { performanceInsightsEnabled: true };
const cluster = (inputs: object): TestResource => resource("rdsCluster", "data", { engine: "aurora-mysql", ...inputs });
const member = (inputs: object): TestResource =>
    resource("rdsClusterInstance", "one", { clusterIdentifier: ref("data"), engine: "aurora-mysql", ...inputs });

describeRule(rdsInsightsCmk, {
    compliant: {
        ...ofInstance.compliant,
        "a cluster with a key": [cluster({ ...ON, performanceInsightsKmsKeyId: "alias/data" })],
        "a member with a key": [cluster({}), member({ ...ON, performanceInsightsKmsKeyId: "alias/data" })],
        "a member that has its cluster's key": [
            cluster({ ...ON, performanceInsightsKmsKeyId: "alias/data" }),
            member(ON),
        ],
        "a key that waits for insights to be turned on": [
            resource("rdsInstance", "data", {
                performanceInsightsEnabled: UNKNOWN_VALUE,
                performanceInsightsKmsKeyId: "alias/data",
            }),
        ],
    },
    violating: {
        ...ofInstance.violating,
        "a cluster without one": {
            resources: [cluster(ON)],
            at: ["data"],
            says: /performanceInsightsKmsKeyId is not set/,
        },
        "a member without one": {
            resources: [cluster({}), member(ON)],
            at: ["one"],
            says: /performanceInsightsKmsKeyId is not set/,
        },
        "a member of a cluster of elsewhere": {
            resources: [member({ ...ON, clusterIdentifier: "elsewhere" })],
            at: ["one"],
            says: /performanceInsightsKmsKeyId is not set/,
        },
        "a replica, whose insights are its own": {
            resources: [resource("rdsInstance", "replica", { ...ON, replicateSourceDb: "elsewhere" })],
            at: ["replica"],
            says: /performanceInsightsKmsKeyId is not set/,
        },
    },
    unknown: {
        ...ofInstance.unknown,
        "whether insights are on": {
            resources: [resource("rdsInstance", "data", { performanceInsightsEnabled: UNKNOWN_VALUE })],
            at: ["data"],
            says: /performanceInsightsEnabled is not known/,
        },
    },
    notApplicable: {
        ...ofInstance.notApplicable,
        "a database without insights": [resource("rdsInstance", "data", { engine: "postgres" })],
        "a database with insights off": [resource("rdsInstance", "data", { performanceInsightsEnabled: false })],
    },
});
