import { asgMultiAz } from "../../../policies/no-single-point-of-failure/rules/asg-multi-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const subnets = ["a", "b"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const group = (inputs: object): TestResource[] => [
    ...subnets,
    resource("autoScalingGroup", "nodes", { minSize: 2, maxSize: 9, ...inputs }),
];

describeRule(asgMultiAz, {
    compliant: {
        "subnets in two zones": group({ vpcZoneIdentifiers: [ref("subnet-a"), ref("subnet-b")] }),
        "subnets that are known as a list only": group({ vpcZoneIdentifiers: unknownListOf("subnet-b", "subnet-a") }),
        "two zones by name": group({ availabilityZones: ["eu-west-1a", "eu-west-1b"] }),
        "two zones by name, one of them twice": group({ availabilityZones: ["a", "b", "a"] }),
    },
    violating: {
        "one subnet": {
            resources: group({ vpcZoneIdentifiers: [ref("subnet-b")] }),
            at: ["nodes"],
            says: /vpcZoneIdentifiers reaches one availability zone only \(b\): .* Fix: give/,
        },
        "two subnets in one zone": {
            resources: [
                ...group({ vpcZoneIdentifiers: [ref("subnet-b"), ref("other")] }),
                resource("subnet", "other", { availabilityZone: "b" }),
            ],
            at: ["nodes"],
            says: /reaches one availability zone only \(b\)/,
        },
        "one zone by name": {
            resources: group({ availabilityZones: ["eu-west-1a"] }),
            at: ["nodes"],
            says: /availabilityZones reaches one availability zone only \(eu-west-1a\)/,
        },
        "one zone, though ECS scales the group": {
            resources: [
                ...group({ availabilityZones: ["eu-west-1a"] }),
                resource("ecsCapacityProvider", "provider", {
                    autoScalingGroupProvider: {
                        autoScalingGroupArn: ref("nodes", "arn"),
                        managedScaling: { status: "ENABLED" },
                    },
                }),
            ],
            at: ["nodes"],
            says: /one availability zone only/,
        },
    },
    unknown: {
        "the subnets": {
            resources: group({ vpcZoneIdentifiers: UNKNOWN_VALUE }),
            at: ["nodes"],
            says: /vpcZoneIdentifiers is not known in preview/,
        },
        "subnets of another stack": {
            resources: group({ vpcZoneIdentifiers: ["subnet-1", "subnet-2"] }),
            at: ["nodes"],
            says: /lie outside of this stack/,
        },
        "the names of the zones": {
            resources: group({ availabilityZones: UNKNOWN_VALUE }),
            at: ["nodes"],
            says: /availabilityZones is not known/,
        },
        "one of two names": {
            resources: group({ availabilityZones: ["a", UNKNOWN_VALUE] }),
            at: ["nodes"],
            says: /availabilityZones/,
        },
    },
    notApplicable: { "a launch template alone": [resource("launchTemplate", "template")] },
});
