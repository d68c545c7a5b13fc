import { ecsMultiAz } from "../../../policies/no-single-point-of-failure/rules/ecs-multi-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const subnets = ["a", "b"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const service = (chosen: unknown): TestResource[] => [
    ...subnets,
    resource("ecsService", "web", { desiredCount: 2, networkConfiguration: { subnets: chosen } }),
];

describeRule(ecsMultiAz, {
    compliant: {
        "subnets in two zones": service([ref("subnet-a"), ref("subnet-b")]),
        "a list that is unknown as a whole": service(unknownListOf("subnet-a", "subnet-b")),
    },
    violating: {
        "one subnet": {
            resources: service([ref("subnet-a")]),
            at: ["web"],
            says: /networkConfiguration.subnets reaches one availability zone only \(a\)/,
        },
    },
    unknown: {
        "the subnets": { resources: service(UNKNOWN_VALUE), at: ["web"], says: /depends on no subnet of this stack/ },
        "tasks in the network of their hosts, whose zones nobody can know": {
            resources: [resource("ecsService", "web", { desiredCount: 2 })],
            at: ["web"],
            says: /networkConfiguration.subnets is not set, so the zones are those of the cluster's instances/,
            level: "advisory",
        },
        "which one of several": {
            resources: service([UNKNOWN_VALUE, "subnet-elsewhere"]),
            at: ["web"],
            says: /not known in preview or lie outside of this stack/,
        },
    },
    notApplicable: { "a daemon": [resource("ecsService", "web", { schedulingStrategy: "DAEMON" })] },
});
