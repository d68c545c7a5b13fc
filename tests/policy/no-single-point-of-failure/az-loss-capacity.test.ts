import { azLossCapacity } from "../../../policies/no-single-point-of-failure/rules/az-loss-capacity";
import { describeRule, settings } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const subnets = ["a", "b", "c"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const three = subnets.map(({ name }) => ref(name));

function service(inputs: object, zones: unknown = three): TestResource[] {
    return [...subnets, resource("ecsService", "web", { networkConfiguration: { subnets: zones }, ...inputs })];
}

function scaled(minCapacity: unknown, zones: unknown = three): TestResource[] {
    return [
        ...service({ desiredCount: 50 }, zones),
        resource("scalingTarget", "web-scaling", { resourceId: ref("web"), minCapacity, maxCapacity: 100 }),
    ];
}

/** Tasks in the network of the instances that a capacity provider launches and scales. */
function onInstances(desiredCount: number, minSize: number, zones: unknown = three): TestResource[] {
    return [
        ...subnets,
        resource("autoScalingGroup", "hosts", { minSize, maxSize: 30, vpcZoneIdentifiers: zones }),
        resource("ecsCapacityProvider", "provider", {
            autoScalingGroupProvider: {
                autoScalingGroupArn: ref("hosts", "arn"),
                managedScaling: { status: "ENABLED" },
            },
        }),
        resource("ecsService", "web", {
            desiredCount,
            capacityProviderStrategies: [{ capacityProvider: ref("provider", "name"), weight: 1 }],
        }),
    ];
}

const podLabels = { app: "web" };

function deployment(spec: object, pod: object = {}, annotations?: object): TestResource {
    return resource("deployment", "web", {
        metadata: { name: "web", ...(annotations === undefined ? {} : { annotations }) },
        spec: {
            selector: { matchLabels: podLabels },
            template: { metadata: { labels: podLabels }, spec: { containers: [{ name: "web" }], ...pod } },
            ...spec,
        },
    });
}

const autoscaler = (minReplicas: number): TestResource =>
    resource("horizontalPodAutoscaler", "web-scaling", {
        metadata: { name: "web" },
        spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
            minReplicas,
            maxReplicas: 9,
        },
    });

const spreadOverZones = (constraint: object): object => ({
    topologySpreadConstraints: [
        {
            topologyKey: "topology.kubernetes.io/zone",
            labelSelector: { matchLabels: podLabels },
            maxSkew: 1,
            whenUnsatisfiable: "DoNotSchedule",
            ...constraint,
        },
    ],
});
const NEEDED = "policies.headroom.dev/needed-capacity";

const needs = (web: number) => settings(azLossCapacity, { neededCapacity: { web } });

describeRule(azLossCapacity, {
    compliant: {
        "two tasks in two zones, of which one is needed": service({ desiredCount: 2 }, [
            ref("subnet-a"),
            ref("subnet-b"),
        ]),
        "a floor that scaling keeps": scaled(3),
        "tasks on instances that are in every zone": onInstances(3, 3),
        "tasks on instances that are in two of three zones at least": onInstances(4, 2),
        "zones that are known as a list only": service({ desiredCount: 3 }, unknownListOf("subnet-a", "subnet-b")),
        "a group of instances": [
            ...subnets,
            resource("autoScalingGroup", "nodes", { minSize: 2, vpcZoneIdentifiers: three }),
        ],
        "a need that its tag says, and that the floor covers": service({
            desiredCount: 6,
            tags: { NeededCapacity: "4" },
        }),
        "a scaling target of a table that has the service's name": [
            ...service({ name: "web", desiredCount: 3 }),
            resource("scalingTarget", "table", {
                serviceNamespace: "dynamodb",
                resourceId: "table/web",
                minCapacity: 1,
            }),
        ],
        "a scaling target of a service with the same name in another cluster": [
            ...service({ name: "web", cluster: "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", desiredCount: 3 }),
            resource("scalingTarget", "other", { resourceId: "service/other/web", minCapacity: 1 }),
        ],
        "a floor that is lower at night, and still enough": [
            ...scaled(6),
            resource("scalingScheduledAction", "night", {
                serviceNamespace: "ecs",
                resourceId: ref("web-scaling", "resourceId"),
                scalableTargetAction: { minCapacity: 2, maxCapacity: 4 },
            }),
        ],
        "a group of instances that shrinks at night, by zone names": [
            resource("autoScalingGroup", "nodes", { minSize: 6, availabilityZones: ["a", "b"] }),
            resource("autoScalingSchedule", "night", { autoscalingGroupName: ref("nodes", "name"), minSize: 2 }),
            resource("autoScalingSchedule", "larger", { autoscalingGroupName: ref("nodes", "name"), minSize: -1 }),
        ],
        "a group of instances that ECS scales with its tasks": [
            resource("autoScalingGroup", "nodes", { minSize: 0, availabilityZones: ["a"] }),
            resource("ecsCapacityProvider", "provider", {
                autoScalingGroupProvider: {
                    autoScalingGroupArn: ref("nodes", "arn"),
                    managedScaling: { status: "ENABLED" },
                },
            }),
        ],
        "one node group for each zone of a cluster": [
            ...subnets,
            resource("eksCluster", "cluster"),
            ...["a", "b", "c"].map((zone) =>
                resource("eksNodeGroup", `nodes-${zone}`, {
                    clusterName: ref("cluster", "name"),
                    scalingConfig: { minSize: 1, maxSize: 9, desiredSize: 1 },
                    subnetIds: [ref(`subnet-${zone}`)],
                }),
            ),
        ],
        "a tainted node group that is empty at rest": [
            ...subnets,
            resource("eksNodeGroup", "gpu", {
                scalingConfig: { minSize: 0, maxSize: 9, desiredSize: 0 },
                subnetIds: three,
                taints: [{ key: "gpu", value: "true", effect: "NO_SCHEDULE" }],
            }),
        ],
        "the pods that KEDA leaves, as many as the annotation needs": [
            deployment({ replicas: 1 }, spreadOverZones({ minDomains: 3 }), { [NEEDED]: "4" }),
            resource("scaledObject", "web-scaling", {
                metadata: { name: "web" },
                spec: { scaleTargetRef: { name: "web" }, minReplicaCount: 6, triggers: [{ type: "cpu" }] },
            }),
        ],
        "a Deployment with two pods in zones that its cluster decides": [deployment({ replicas: 2 })],
        "a Deployment that may run in two zones": [
            deployment(
                { replicas: 2 },
                {
                    affinity: {
                        nodeAffinity: {
                            requiredDuringSchedulingIgnoredDuringExecution: {
                                nodeSelectorTerms: [
                                    {
                                        matchExpressions: [
                                            { key: "topology.kubernetes.io/zone", operator: "In", values: ["a", "b"] },
                                        ],
                                    },
                                ],
                            },
                        },
                    },
                    nodeSelector: { disk: "ssd" },
                    ...spreadOverZones({ minDomains: 2 }),
                },
            ),
        ],
        "an autoscaled Deployment in three zones for sure, of whose pods four are needed": [
            deployment({ replicas: 1 }, spreadOverZones({ minDomains: 3 }), { [NEEDED]: "4" }),
            autoscaler(6),
        ],
        "one Deployment for each zone, behind one Service": [
            ...["a", "b", "c"].map((zone) =>
                resource("deployment", `web-${zone}`, {
                    metadata: { name: `web-${zone}` },
                    spec: {
                        replicas: 2,
                        selector: { matchLabels: { ...podLabels, zone } },
                        template: {
                            metadata: { labels: { ...podLabels, zone } },
                            spec: { nodeSelector: { "topology.kubernetes.io/zone": zone } },
                        },
                    },
                }),
            ),
            resource("kubernetesService", "web", { metadata: { name: "web" }, spec: { selector: podLabels } }),
        ],
        "pods that never share a zone": [
            deployment(
                { replicas: 3 },
                {
                    affinity: {
                        podAntiAffinity: {
                            requiredDuringSchedulingIgnoredDuringExecution: [
                                {
                                    topologyKey: "topology.kubernetes.io/zone",
                                    labelSelector: { matchLabels: podLabels },
                                },
                            ],
                        },
                    },
                },
                { [NEEDED]: "2" },
            ),
        ],
        "a node group": [
            ...subnets,
            resource("eksNodeGroup", "nodes", {
                scalingConfig: { minSize: 3, maxSize: 9, desiredSize: 3 },
                subnetIds: three,
            }),
        ],
    },
    violating: {
        "one task": {
            resources: service({ desiredCount: 1 }),
            at: ["web"],
            says: /desiredCount is 1: web runs 1 task over 3 zones \(a, b, c\), the loss of one zone takes 1 and leaves 0, and 1 is needed: .* Fix: set desiredCount to at least 2\./,
        },
        "a floor below the need that is configured": {
            resources: scaled(6),
            at: ["web"],
            says: /minCapacity of the scaling target web-scaling is 6: .* takes 2 and leaves 4, and 5 are needed: .* at least 8\./,
            config: needs(5),
        },
        "a floor below the need that its tag says": {
            resources: service({ desiredCount: 6, tags: { NeededCapacity: "5" } }),
            at: ["web"],
            says: /leaves 4, and 5 are needed/,
        },
        "a need that is configured, whatever the tag says": {
            resources: service({ desiredCount: 6, tags: { NeededCapacity: "1" } }),
            at: ["web"],
            says: /leaves 4, and 5 are needed/,
            config: needs(5),
        },
        "a tag of another name, of a group of instances": {
            resources: [
                ...subnets,
                resource("autoScalingGroup", "nodes", {
                    minSize: 3,
                    vpcZoneIdentifiers: three,
                    tags: [
                        { key: "Name", value: "9" },
                        { key: "needs.units", value: "3", propagateAtLaunch: false },
                    ],
                }),
            ],
            at: ["nodes"],
            says: /leaves 2, and 3 are needed/,
            config: settings(azLossCapacity, { neededCapacityTag: "needs.units" }),
        },
        "a tag that is no number": {
            resources: service({ desiredCount: 6, tags: { NeededCapacity: "a few" } }),
            at: ["web"],
            says: /tags.NeededCapacity is no whole number of tasks: .* Fix: write how many tasks are needed/,
        },
        "a need of something that is not in the stack": {
            resources: service({ desiredCount: 6 }),
            at: ["shop-dev"],
            says: /neededCapacity.wbe in the rule's configuration names no service or group .* Fix: write the logical name of one: web\./,
            config: settings(azLossCapacity, { neededCapacity: { wbe: 4 } }),
        },
        "tasks on instances in one zone": {
            resources: onInstances(4, 3, [ref("subnet-a")]),
            at: ["web"],
            says: /desiredCount is 4: web runs 4 tasks over 1 zone \(a\), the loss of one zone takes 4 and leaves 0, and 1 is needed: .* spread vpcZoneIdentifiers of hosts over at least two zones/,
        },
        "too few tasks on instances in every zone": {
            resources: onInstances(6, 3),
            at: ["web"],
            says: /web runs 6 tasks over 3 zones \(a, b, c\), the loss of one zone takes 2 and leaves 4, and 5 are needed.* set desiredCount to at least 8/,
            config: needs(5),
        },
        "too few tasks for any zones of the cluster's instances": {
            resources: [resource("ecsService", "web", { desiredCount: 2 })],
            at: ["web"],
            says: /the loss of one zone takes 1 to 2 and leaves 0 to 1, and 40 are needed/,
            config: needs(40),
        },
        "a floor that is too low at night": {
            resources: [
                ...scaled(6),
                resource("scalingScheduledAction", "night", {
                    serviceNamespace: "ecs",
                    resourceId: ref("web-scaling", "resourceId"),
                    scalableTargetAction: { minCapacity: 1 },
                }),
            ],
            at: ["web"],
            says: /scalableTargetAction.minCapacity of the scheduled action night is 1: web runs 1 task over 3 zones/,
        },
        "a group of instances that a schedule shrinks to nothing, since it says nothing": {
            resources: [
                ...subnets,
                resource("autoScalingGroup", "nodes", { minSize: 6, vpcZoneIdentifiers: three }),
                resource("autoScalingSchedule", "night", { autoscalingGroupName: ref("nodes", "name") }),
            ],
            at: ["nodes"],
            says: /minSize of the schedule night is 0/,
        },
        "a group whose instances count for more than one": {
            resources: [
                ...subnets,
                resource("autoScalingGroup", "nodes", {
                    minSize: 4,
                    vpcZoneIdentifiers: three,
                    mixedInstancesPolicy: {
                        launchTemplate: { overrides: [{ weightedCapacity: "4" }, { weightedCapacity: "1" }] },
                    },
                }),
            ],
            at: ["nodes"],
            says: /minSize by weightedCapacity is 1: nodes runs 1 instance over 3 zones/,
        },
        "a group behind a capacity provider that does not scale it": {
            resources: [
                ...subnets,
                resource("autoScalingGroup", "nodes", { minSize: 0, vpcZoneIdentifiers: three }),
                resource("ecsCapacityProvider", "provider", {
                    autoScalingGroupProvider: {
                        autoScalingGroupArn: ref("nodes", "arn"),
                        managedScaling: { status: "DISABLED" },
                    },
                }),
            ],
            at: ["nodes"],
            says: /minSize is 0/,
        },
        "what the node groups of a cluster need together": {
            resources: [
                ...subnets,
                ...["a", "b", "c"].map((zone) =>
                    resource("eksNodeGroup", `nodes-${zone}`, {
                        clusterName: "main",
                        scalingConfig: { minSize: 2, maxSize: 9, desiredSize: 2 },
                        subnetIds: [ref(`subnet-${zone}`)],
                        tags: { NeededCapacity: zone === "a" ? "1" : "2" },
                    }),
                ),
            ],
            at: ["nodes-a"],
            says: /scalingConfig.minSize of nodes-a, nodes-b, nodes-c together is 6: nodes-a, nodes-b, nodes-c run 6 nodes over 3 zones \(a, b, c\), the loss of one zone takes 2 and leaves 4, and 5 are needed/,
        },
        "an autoscaled Deployment that may shrink to one pod": {
            resources: [deployment({ replicas: 6 }), autoscaler(1)],
            at: ["web"],
            says: /spec.minReplicas of the HorizontalPodAutoscaler web-scaling is 1: web runs 1 pod, the loss of one zone takes 1 and leaves 0/,
        },
        "pods that are bound to one zone": {
            resources: [deployment({ replicas: 6 }, { nodeSelector: { "topology.kubernetes.io/zone": "a" } })],
            at: ["web"],
            says: /spec.replicas is 6: web runs 6 pods over 1 zone \(a\), .* leaves 0.* spread spec.template.spec.nodeSelector over at least two zones/,
        },
        "fewer pods than their annotation says, in three zones for sure": {
            resources: [deployment({ replicas: 6 }, spreadOverZones({ minDomains: 3 }), { [NEEDED]: "6" })],
            at: ["web"],
            says: /the loss of one zone takes 1 to 2 and leaves 4 to 5, and 6 are needed/,
        },
        "an annotation that is no number": {
            resources: [deployment({ replicas: 6 }, {}, { [NEEDED]: "most" })],
            at: ["web"],
            says: /metadata.annotations.policies.headroom.dev\/needed-capacity is no whole number of pods/,
        },
        "all tasks in one zone": {
            resources: service({ desiredCount: 9 }, [ref("subnet-a")]),
            at: ["web"],
            says: /over 1 zone \(a\), the loss of one zone takes 9 and leaves 0.* spread networkConfiguration.subnets over at least two zones/,
        },
        "zones of which only too few are known to be there, with too low a floor": {
            resources: service({ desiredCount: 1 }, UNKNOWN_VALUE),
            at: ["web"],
            says: /leaves 0, and 1 is needed/,
        },
        "a group of instances that may shrink to nothing": {
            resources: [...subnets, resource("autoScalingGroup", "nodes", { minSize: 0, vpcZoneIdentifiers: three })],
            at: ["nodes"],
            says: /minSize is 0/,
        },
    },
    unknown: {
        "a need that a Deployment names, in zones that nobody can know": {
            resources: [deployment({ replicas: 6 }, spreadOverZones({}), { [NEEDED]: "4" })],
            at: ["web"],
            says: /topologySpreadConstraints leaves open how many zones the cluster's nodes are in: web runs 6 pods, the loss of one zone takes 1 to 6 and leaves 0 to 5/,
            level: "advisory",
        },
        "the number of pods": {
            resources: [deployment({ replicas: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec.replicas is not known/,
        },
        "which zone one node of each of two groups is in": {
            resources: [
                ...subnets,
                ...["x", "y"].map((name) =>
                    resource("eksNodeGroup", name, {
                        clusterName: "main",
                        scalingConfig: { minSize: 1, maxSize: 9, desiredSize: 1 },
                        subnetIds: [ref("subnet-a"), ref("subnet-b")],
                    }),
                ),
            ],
            at: ["x"],
            says: /leaves open which zone each group's nodes are in: x, y run 2 nodes over 2 zones \(a, b\), the loss of one zone takes 1 to 2 and leaves 0 to 1/,
            level: "advisory",
        },
        "instances that are counted by their processors": {
            resources: [
                ...subnets,
                resource("autoScalingGroup", "nodes", {
                    minSize: 8,
                    desiredCapacityType: "vcpu",
                    vpcZoneIdentifiers: three,
                }),
            ],
            at: ["nodes"],
            says: /minSize, counted by desiredCapacityType, is no number of instances/,
            level: "advisory",
        },
        "whether ECS scales a group of instances": {
            resources: [
                resource("autoScalingGroup", "nodes", { minSize: 0, availabilityZones: ["a", "b"] }),
                resource("ecsCapacityProvider", "provider", {
                    autoScalingGroupProvider: {
                        autoScalingGroupArn: ref("nodes", "arn"),
                        managedScaling: { status: UNKNOWN_VALUE },
                    },
                }),
            ],
            at: ["nodes"],
            says: /managedScaling.status of its capacity provider is not known/,
        },
        "the floor": {
            resources: scaled(UNKNOWN_VALUE),
            at: ["web"],
            says: /minCapacity of the scaling target web-scaling/,
        },
        "the tag": {
            resources: service({ desiredCount: 6, tags: { NeededCapacity: UNKNOWN_VALUE } }),
            at: ["web"],
            says: /tags.NeededCapacity is not known in preview/,
        },
        "all tags": {
            resources: service({ desiredCount: 6, tags: UNKNOWN_VALUE }),
            at: ["web"],
            says: /tags.NeededCapacity is not known in preview/,
        },
        "which service of the cluster is scaled": {
            resources: [
                ...service({ desiredCount: 6, name: "web", cluster: ref("cluster", "arn") }),
                resource("ecsCluster", "cluster"),
                resource("scalingTarget", "scaling", {
                    serviceNamespace: "ecs",
                    resourceId: json(["service", ref("cluster", "name"), "web"]),
                    minCapacity: 1,
                }),
            ],
            at: ["web"],
            says: /minCapacity is not known in preview/,
        },
        "tasks that may all be on one of the instances": {
            resources: onInstances(4, 1),
            at: ["web"],
            says: /minSize of hosts is 1, so all tasks may be on instances of one zone: web runs 4 tasks over 1 to 3 zones/,
            level: "advisory",
        },
        "the zones of the cluster's instances, which nobody can know": {
            resources: [resource("ecsService", "web", { desiredCount: 4 })],
            at: ["web"],
            says: /zones are those of the cluster's instances/,
            level: "advisory",
        },
        "the zones": {
            resources: service({ desiredCount: 4 }, UNKNOWN_VALUE),
            at: ["web"],
            says: /networkConfiguration.subnets reaches zones that are not known/,
        },
        "the zone of a subnet": {
            resources: [
                resource("subnet", "subnet-x", { availabilityZone: UNKNOWN_VALUE }),
                resource("subnet", "subnet-y", { availabilityZone: UNKNOWN_VALUE }),
                resource("ecsService", "web", {
                    desiredCount: 2,
                    networkConfiguration: { subnets: [ref("subnet-x"), ref("subnet-y")] },
                }),
            ],
            at: ["web"],
            says: /zones that are not known/,
        },
    },
    notApplicable: {
        "a Deployment that is switched off": [deployment({ replicas: 0 })],
        "a daemon": service({ schedulingStrategy: "DAEMON" }),
        "a node group beside the nodes that Auto Mode makes": [
            ...subnets,
            resource("eksCluster", "cluster", { computeConfig: { enabled: true, nodePools: ["system"] } }),
            resource("eksNodeGroup", "nodes", {
                clusterName: ref("cluster", "name"),
                scalingConfig: { minSize: 0, maxSize: 9, desiredSize: 0 },
                subnetIds: three,
            }),
        ],
    },
});
