import { rules } from "../../../policies/no-single-point-of-failure/rules";
import { describeRule } from "../support/describe-rule";
import { resource, type TestResource } from "../support/harness";

const rule = rules.find(({ id }) => id === "no-ignore-changes-guarded");
const db = (...ignoreChanges: string[]): TestResource[] => [
    resource("rdsInstance", "db", { multiAz: true }, { ignoreChanges }),
];

if (rule === undefined) {
    throw new Error("the pack has the rule");
}
describeRule(rule, {
    compliant: {
        "a property that no rule judges": db("engineVersion", "tags"),
        "a longer name that begins alike": db("multiAzMode"),
    },
    violating: {
        "a guarded property": {
            resources: db("tags", "multiAz"),
            at: ["db"],
            says: /ignoreChanges has "multiAz", which hides `multiAz` from rds-multi-az: .* Fix: take the property out of `ignoreChanges`/,
        },
        everything: { resources: db("*"), at: ["db"], says: /has "\*", which hides .*`multiAz`/ },
        "a part of a guarded property": {
            resources: [resource("ecsService", "web", {}, { ignoreChanges: ["networkConfiguration.subnets[0]"] })],
            at: ["web"],
            says: /networkConfiguration.subnets` from .*ecs-multi-az/,
        },
        "the floor that scaling keeps": {
            resources: [resource("scalingTarget", "scaling", {}, { ignoreChanges: ["minCapacity"] })],
            at: ["scaling"],
            says: /hides `minCapacity` from .*az-loss-capacity, ecs-min-tasks/,
        },
        "what the rules read of other types": {
            resources: [
                resource("route", "route", {}, { ignoreChanges: ["natGatewayId"] }),
                resource("subnet", "subnet", {}, { ignoreChanges: ["availabilityZone"] }),
                resource("bucketVersioning", "versions", {}, { ignoreChanges: ["versioningConfiguration.status"] }),
                resource("elasticacheReplicationGroup", "cache", {}, { ignoreChanges: ["nodeGroupConfigurations"] }),
            ],
            at: ["route", "subnet", "versions", "cache"],
            says: /hides `(natGatewayId|availabilityZone|versioningConfiguration|nodeGroupConfigurations)` from/,
        },
        "what holds a guarded property": {
            resources: [resource("ecsService", "web", {}, { ignoreChanges: ["networkConfiguration"] })],
            at: ["web"],
            says: /hides `networkConfiguration.subnets`/,
        },
    },
    unknown: "options are always known",
    notApplicable: {
        "the count of tasks, which scaling changes": [
            resource("ecsService", "web", {}, { ignoreChanges: ["desiredCount"] }),
        ],
    },
});
