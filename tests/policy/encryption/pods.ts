/** Pods of every shape, with one container and one that runs before it, for rules that judge containers. */
import { resource, type TestResource } from "../support/harness";

/** What a pod's specification holds where both of its containers have these properties. */
export function podSpec(container: object, first: object = container): object {
    return {
        containers: [{ name: "web", image: "web:1", ...container }],
        initContainers: [{ name: "migrate", image: "web:1", ...first }],
    };
}

/** The specification around a pod's, for a kind of workload. */
const AROUND = {
    deployment: (spec: object) => ({ template: { spec } }),
    cronJob: (spec: object) => ({ jobTemplate: { spec: { template: { spec } } } }),
    scaledJob: (spec: object) => ({ jobTargetRef: { template: { spec } } }),
    pod: (spec: object) => spec,
} as const;

/** A resource of a kind that describes such pods. */
export function podsOf(kind: keyof typeof AROUND, container: object, first: object = container): TestResource {
    return resource(kind, "web", { spec: AROUND[kind](podSpec(container, first)) });
}

/** All other kinds that describe pods as a deployment does. */
export const LIKE_DEPLOYMENT = ["statefulSet", "daemonSet", "replicaSet", "replicationController", "job"] as const;
