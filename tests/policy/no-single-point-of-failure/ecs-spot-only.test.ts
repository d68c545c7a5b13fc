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

const onInstances = (group: object, template: object = {}): TestResource[] => [
    resource("launchTemplate", "template", template),
    resource("autoScalingGroup", "hosts", group),
    resource("ecsCapacityProvider", "instances", {
        name: "instances-1",
        autoScalingGroupProvider: { autoScalingGroupArn: ref("hosts", "arn") },
    }),
    ...service([{ capacityProvider: ref("instances", "name"), weight: 1 }]),
];
const mixed = (instancesDistribution: object): object => ({
    mixedInstancesPolicy: {
        instancesDistribution,
        launchTemplate: { launchTemplateSpecification: { launchTemplateId: ref("template") } },
    },
});

describeRule(ecsSpotOnly, {
    compliant: {
        "instances of which one is on demand": onInstances(
            mixed({ onDemandBaseCapacity: 1, onDemandPercentageAboveBaseCapacity: 0 }),
        ),
        "instances of which a share is on demand": onInstances(
            mixed({ onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 50 }),
        ),
        "instances on demand": onInstances(
            { launchTemplate: { id: ref("template") } },
            { instanceMarketOptions: { marketType: "capacity-block" } },
        ),
        "a provider of another program": service([{ capacityProvider: "instances", weight: 1 }]),
        "one task on demand": service([{ capacityProvider: "FARGATE", base: 1, weight: 1 }, spot]),
        "a cluster that keeps one on demand": byCluster([{ capacityProvider: "FARGATE", base: 1 }, spot]),
        "Spot capacity that gets no task": service([
            { capacityProvider: "FARGATE", weight: 1 },
            { ...spot, weight: 0 },
        ]),
        "no Spot capacity": service([{ capacityProvider: "FARGATE", weight: 1 }]),
    },
    violating: {
        "Spot alone beside an empty launch type": {
            resources: [resource("ecsService", "web", { launchType: "", capacityProviderStrategies: [spot] })],
            at: ["web"],
            says: /holds Spot/,
        },
        "Spot alone, with the type that the provider fills in": {
            resources: [
                resource(
                    "ecsService",
                    "web",
                    { capacityProviderStrategies: [spot] },
                    { computed: { launchType: "FARGATE" } },
                ),
            ],
            at: ["web"],
            says: /holds Spot/,
        },
        "Spot alone": {
            resources: service([spot]),
            at: ["web"],
            says: /capacityProviderStrategies holds Spot capacity and no other with a `base`/,
        },
        "instances of which none is on demand": {
            resources: onInstances(mixed({ onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 0 })),
            at: ["web"],
            says: /holds Spot capacity .* on instances, set `onDemandBaseCapacity`/,
        },
        "instances from a template that asks for Spot": {
            resources: onInstances(
                { launchTemplate: { id: ref("template") } },
                { instanceMarketOptions: { marketType: "spot" } },
            ),
            at: ["web"],
            says: /holds Spot/,
        },
        "instances from a launch configuration with a price": {
            resources: [
                resource("launchConfiguration", "old", { spotPrice: "0.02" }),
                ...onInstances({ launchConfiguration: ref("old", "name") }),
            ],
            at: ["web"],
            says: /holds Spot/,
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
        "Spot alone, by weights": {
            resources: service([{ capacityProvider: "FARGATE", weight: 0 }, spot]),
            at: ["web"],
            says: /holds Spot/,
        },
        "an empty strategy in a cluster with Spot alone": {
            resources: byCluster([spot]).map((each) =>
                each.name === "web" ? { ...each, inputs: { ...each.inputs, capacityProviderStrategies: [] } } : each,
            ),
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
        "how many instances are on demand": {
            resources: onInstances(
                mixed({ onDemandBaseCapacity: UNKNOWN_VALUE, onDemandPercentageAboveBaseCapacity: 0 }),
            ),
            at: ["web"],
            says: /capacityProviderStrategies is not known/,
        },
        "a provider from somewhere else": {
            resources: service([{ capacityProvider: UNKNOWN_VALUE, weight: 1 }]),
            at: ["web"],
            says: /not known/,
        },
        "the base": {
            resources: service([{ capacityProvider: "FARGATE", base: UNKNOWN_VALUE }, spot]),
            at: ["web"],
            says: /not known/,
        },
        "the default of a cluster of another stack": {
            resources: [resource("ecsService", "web", { cluster: UNKNOWN_VALUE })],
            at: ["web"],
            says: /the cluster whose default counts is not known to be of this stack/,
            level: "advisory",
        },
    },
    notApplicable: {
        "a launch type": [resource("ecsService", "web", { launchType: "FARGATE" })],
        "nothing said": [resource("ecsService", "web")],
    },
});
