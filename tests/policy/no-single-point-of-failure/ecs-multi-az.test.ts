import { ecsMultiAz } from "../../../policies/no-single-point-of-failure/rules/ecs-multi-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const subnets = ["a", "b"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const service = (chosen: unknown): TestResource[] => [
    ...subnets,
    resource("ecsService", "web", { desiredCount: 2, networkConfiguration: { subnets: chosen } }),
];

/** Tasks in the network of the instances that a capacity provider launches. */
const onInstances = (
    { group = {}, service: more = {} }: { group?: object; service?: object } = {},
    placed: object = { capacityProviderStrategies: [{ capacityProvider: ref("provider", "name"), weight: 1 }] },
): TestResource[] => [
    ...subnets,
    resource("autoScalingGroup", "hosts", {
        minSize: 2,
        maxSize: 9,
        vpcZoneIdentifiers: [ref("subnet-a"), ref("subnet-b")],
        ...group,
    }),
    resource("ecsCapacityProvider", "provider", {
        autoScalingGroupProvider: { autoScalingGroupArn: ref("hosts", "arn"), managedScaling: { status: "ENABLED" } },
    }),
    resource("ecsCluster", "cluster"),
    resource("ecsService", "web", { cluster: ref("cluster", "arn"), desiredCount: 4, ...placed, ...more }),
];
const byDefault: TestResource = resource("ecsClusterCapacityProviders", "defaults", {
    clusterName: ref("cluster", "name"),
    capacityProviders: [ref("provider", "name")],
    defaultCapacityProviderStrategies: [{ capacityProvider: ref("provider", "name"), weight: 1 }],
});
const oneZone = { group: { vpcZoneIdentifiers: [ref("subnet-a")] } };
const placing = (type: string, field: string): object => ({ orderedPlacementStrategies: [{ type, field }] });

describeRule(ecsMultiAz, {
    compliant: {
        "instances in two zones": onInstances(),
        "instances in two zones by the cluster's default": [...onInstances({}, {}), byDefault],
        "instances in two zones, over which tasks are spread": onInstances({
            service: placing("spread", "attribute:ecs.availability-zone"),
        }),
        "a single instance at rest, but one for each task": onInstances({
            group: { minSize: 1 },
            service: { placementConstraints: [{ type: "distinctInstance" }] },
        }),
        "a network of its own on instances in two zones": onInstances({
            service: { networkConfiguration: { subnets: [ref("subnet-a"), ref("subnet-b")] } },
        }),
        "subnets in two zones": service([ref("subnet-a"), ref("subnet-b")]),
        "a list that is unknown as a whole": service(unknownListOf("subnet-a", "subnet-b")),
    },
    violating: {
        "one subnet": {
            resources: service([ref("subnet-a")]),
            at: ["web"],
            says: /networkConfiguration.subnets reaches one availability zone only \(a\)/,
        },
        "instances in one zone": {
            resources: onInstances(oneZone),
            at: ["web"],
            says: /vpcZoneIdentifiers of hosts reaches one availability zone only \(a\): .* Fix: .*`vpcZoneIdentifiers` of the instances/,
        },
        "instances in one zone by the cluster's default": {
            resources: [...onInstances(oneZone, {}), byDefault],
            at: ["web"],
            says: /vpcZoneIdentifiers of hosts reaches one availability zone only/,
        },
        "a network of two zones on instances in one": {
            resources: onInstances({
                ...oneZone,
                service: { networkConfiguration: { subnets: [ref("subnet-a"), ref("subnet-b")] } },
            }),
            at: ["web"],
            says: /vpcZoneIdentifiers of hosts reaches one availability zone only/,
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
        "instances in two zones that may shrink to one": {
            resources: onInstances({ group: { minSize: 1 } }),
            at: ["web"],
            says: /minSize of hosts is 1, so all tasks may be on instances of one zone/,
            level: "advisory",
        },
        "instances in two zones of which one is filled first": {
            resources: onInstances({ service: placing("binpack", "memory") }),
            at: ["web"],
            says: /orderedPlacementStrategies does not begin with `attribute:ecs.availability-zone`, so one zone may get all tasks/,
            level: "advisory",
        },
        "instances of a provider outside of the stack": {
            resources: onInstances({}, { capacityProviderStrategies: [{ capacityProvider: "shared", weight: 1 }] }),
            at: ["web"],
            says: /networkConfiguration.subnets is not set, so the zones are those of the cluster's instances/,
            level: "advisory",
        },
        "instances that any provider of the cluster may launch": {
            resources: [...onInstances({}, { launchType: "EC2" }), byDefault],
            at: ["web"],
            says: /networkConfiguration.subnets is not set, so the zones are those of the cluster's instances/,
            level: "advisory",
        },
        "instances in subnets of elsewhere": {
            resources: onInstances({ group: { vpcZoneIdentifiers: UNKNOWN_VALUE } }),
            at: ["web"],
            says: /vpcZoneIdentifiers of hosts is not known in preview and depends on no subnet/,
        },
        "which one of several": {
            resources: service([UNKNOWN_VALUE, "subnet-elsewhere"]),
            at: ["web"],
            says: /not known in preview or lie outside of this stack/,
        },
    },
    notApplicable: { "a daemon": [resource("ecsService", "web", { schedulingStrategy: "DAEMON" })] },
});
