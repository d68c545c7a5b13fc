import { scalingHeadroom } from "../../../policies/no-single-point-of-failure/rules/scaling-headroom";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const target = (minCapacity: unknown, maxCapacity: unknown): TestResource[] => [
    resource("scalingTarget", "scaling", { minCapacity, maxCapacity }),
];
const group = (minSize: unknown, maxSize: unknown): TestResource[] => [
    resource("autoScalingGroup", "scaling", { minSize, maxSize }),
];
const nodes = (minSize: unknown, maxSize: unknown): TestResource[] => [
    resource("eksNodeGroup", "scaling", { scalingConfig: { minSize, maxSize, desiredSize: minSize } }),
];
const pods = (minReplicas: unknown, maxReplicas: unknown): TestResource[] => [
    resource("horizontalPodAutoscaler", "scaling", { spec: { minReplicas, maxReplicas } }),
];
const events = (minReplicaCount: unknown, maxReplicaCount: unknown): TestResource[] => [
    resource("scaledObject", "scaling", { spec: { minReplicaCount, maxReplicaCount } }),
];

describeRule(scalingHeadroom, {
    compliant: {
        "a scaling target with room": target(2, 3),
        "a group with room": group(2, 4),
        "a node group with room": nodes(2, 3),
        "an autoscaler with room": pods(2, 3),
        "an autoscaler with room above the one that is the default": pods(undefined, 2),
        "an event-driven autoscaler with room": events(2, 3),
        "an event-driven autoscaler with room up to the default": events(2, undefined),
        "a group that is switched off": group(0, 0),
    },
    violating: {
        "a scaling target": {
            resources: target(4, 4),
            at: ["scaling"],
            says: /maxCapacity is 4, with minCapacity 4: .* Fix: set the maximum above the minimum/,
        },
        "a group": { resources: group(2, 2), at: ["scaling"], says: /maxSize is 2, with minSize 2/ },
        "a node group": {
            resources: nodes(3, 3),
            at: ["scaling"],
            says: /scalingConfig.maxSize is 3, with scalingConfig.minSize 3/,
        },
        "an autoscaler": {
            resources: pods(3, 3),
            at: ["scaling"],
            says: /spec.maxReplicas is 3, with spec.minReplicas 3/,
        },
        "an autoscaler that does not say its minimum": {
            resources: pods(undefined, 1),
            at: ["scaling"],
            says: /spec.maxReplicas is 1, with spec.minReplicas 1/,
        },
        "an event-driven autoscaler": {
            resources: events(100, undefined),
            at: ["scaling"],
            says: /spec.maxReplicaCount is 100, with spec.minReplicaCount 100/,
        },
    },
    unknown: {
        "the minimum": { resources: target(UNKNOWN_VALUE, 4), at: ["scaling"], says: /minCapacity is not known/ },
        "the maximum": { resources: pods(2, UNKNOWN_VALUE), at: ["scaling"], says: /spec.maxReplicas is not known/ },
        "the whole": {
            resources: [resource("eksNodeGroup", "scaling", { scalingConfig: UNKNOWN_VALUE })],
            at: ["scaling"],
            says: /scalingConfig.maxSize is not known/,
        },
    },
    notApplicable: { "a service that does not scale": [resource("ecsService", "web", { desiredCount: 2 })] },
});
