import { ecsSpotOnly } from "../../../policies/no-single-point-of-failure/rules/ecs-spot-only";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const spot = { capacityProvider: "FARGATE_SPOT", weight: 4 };
const service = (strategy: unknown): TestResource[] => [
    resource("ecsService", "web", { capacityProviderStrategies: strategy }),
];
const byCluster = (strategy: unknown): TestResource[] => [
    resource("ecsCluster", "main", {}, { computed: { name: "main-1" } }),
    resource("ecsClusterCapacityProviders", "defaults", {
        clusterName: ref("main", "name"),
        defaultCapacityProviderStrategies: strategy,
    }),
    resource("ecsService", "web", { cluster: ref("main", "arn") }),
];

describeRule(ecsSpotOnly, {
    compliant: {
        "one task on demand": service([{ capacityProvider: "FARGATE", base: 1, weight: 1 }, spot]),
        "a cluster that keeps one on demand": byCluster([{ capacityProvider: "FARGATE", base: 1 }, spot]),
        "no Spot capacity": service([{ capacityProvider: "FARGATE", weight: 1 }]),
    },
    violating: {
        "Spot alone beside an empty launch type": {
            resources: [resource("ecsService", "web", { launchType: "", capacityProviderStrategies: [spot] })],
            at: ["web"],
            says: /holds Spot/,
        },
        "Spot alone": {
            resources: service([spot]),
            at: ["web"],
            says: /capacityProviderStrategies holds Spot capacity and no other with a `base`/,
        },
        "on demand by weight only": {
            resources: service([{ capacityProvider: "FARGATE", weight: 1 }, spot]),
            at: ["web"],
            says: /holds Spot/,
        },
        "a cluster with Spot alone": {
            resources: byCluster([spot]),
            at: ["web"],
            says: /defaultCapacityProviderStrategies of its cluster holds Spot/,
        },
    },
    unknown: {
        "the strategy": {
            resources: service(UNKNOWN_VALUE),
            at: ["web"],
            says: /capacityProviderStrategies is not known/,
        },
        "the base": {
            resources: service([{ capacityProvider: "FARGATE", base: UNKNOWN_VALUE }, spot]),
            at: ["web"],
            says: /not known/,
        },
    },
    notApplicable: {
        "a launch type": [resource("ecsService", "web", { launchType: "FARGATE" })],
        "nothing said": [resource("ecsService", "web")],
    },
});
