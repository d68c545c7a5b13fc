import type { Computed, ComputeContext } from "../rules";
import { isMap, nested, number, open, text, Unknown, unknown, type Value, type ValueMap } from "../values";
import { clusterScoped } from "./names";

/** What the API server and the controllers add to an object once all is well. */
export function computeKubernetes(context: ComputeContext): Computed {
    const { inputs, generator, spec } = context;
    const kind = spec.token.slice(spec.token.lastIndexOf(":") + 1);
    if (spec.token.startsWith("kubernetes:helm.sh/")) {
        return release(context);
    }
    const given = nested(inputs, "metadata");
    const named = open(given["name"]);
    const name =
        typeof named === "string"
            ? named
            : `${text(given, "generateName") ?? `${context.name}-`}${generator.lower(5, "name")}`;
    const namespaced = !clusterScoped.has(kind);
    const namespace = text(given, "namespace") ?? "default";
    const metadata: ValueMap = {
        ...given,
        name: named instanceof Unknown ? unknown : name,
        ...(namespaced ? { namespace: given["namespace"] ?? "default" } : {}),
        uid: generator.uuid("uid"),
        resourceVersion: String(generator.integer(1000, 999_999, "resourceVersion")),
        creationTimestamp: "2024-01-01T00:00:00Z",
        ...(isMap(open(inputs["spec"])) ? { generation: 1 } : {}),
    };
    const outputs: ValueMap = { metadata };
    if (kind === "Service" && isSet(inputs["spec"])) {
        outputs["spec"] = serviceSpec(context);
    }
    if (kind === "Secret" && isMap(open(inputs["stringData"]))) {
        outputs["data"] = secretData(inputs);
    }
    const status = statusOf(kind, context);
    if (status && "status" in spec.outputs) {
        outputs["status"] = status;
    }
    return { id: namespaced ? `${namespace}/${name}` : name, outputs };
}

function isSet(value: Value | undefined): boolean {
    const opened = open(value);
    return opened !== undefined && opened !== null;
}

function serviceSpec(context: ComputeContext): Value {
    const given = open(context.inputs["spec"]);
    if (!isMap(given)) {
        return unknown;
    }
    const type = text(given, "type") ?? "ClusterIP";
    const address =
        given["clusterIP"] ??
        `172.20.${context.generator.integer(0, 255, "ipa")}.${context.generator.integer(2, 254, "ipb")}`;
    return type === "ExternalName"
        ? { sessionAffinity: "None", ...given }
        : {
              sessionAffinity: "None",
              internalTrafficPolicy: "Cluster",
              ...given,
              type,
              clusterIP: address,
              clusterIPs: [address],
          };
}

function secretData(inputs: ValueMap): Value {
    const result: ValueMap = { ...nested(inputs, "data") };
    for (const [name, value] of Object.entries(nested(inputs, "stringData"))) {
        result[name] = typeof value === "string" ? Buffer.from(value, "utf8").toString("base64") : value;
    }
    return result;
}

function statusOf(kind: string, context: ComputeContext): Value | undefined {
    const { inputs, generator } = context;
    const spec = nested(inputs, "spec");
    const replicas = number(spec, "replicas") ?? 1;
    const condition = (type: string): ValueMap => ({
        type,
        status: "True",
        lastTransitionTime: "2024-01-01T00:00:00Z",
    });
    const loadBalancer = (): ValueMap => ({
        loadBalancer: { ingress: [{ hostname: `k8s-${generator.lower(24, "balancer")}.elb.amazonaws.com` }] },
    });
    switch (kind) {
        case "Deployment":
            return {
                observedGeneration: 1,
                replicas,
                updatedReplicas: replicas,
                readyReplicas: replicas,
                availableReplicas: replicas,
                conditions: [condition("Available"), condition("Progressing")],
            };
        case "StatefulSet":
        case "ReplicaSet":
            return { observedGeneration: 1, replicas, readyReplicas: replicas, availableReplicas: replicas };
        case "DaemonSet":
            return {
                observedGeneration: 1,
                desiredNumberScheduled: 3,
                numberReady: 3,
                currentNumberScheduled: 3,
                numberMisscheduled: 0,
            };
        case "Service":
            return text(spec, "type") === "LoadBalancer" ? loadBalancer() : { loadBalancer: {} };
        case "Ingress":
            return loadBalancer();
        case "Pod":
            return {
                phase: "Running",
                podIP: generator.ipv4("pod"),
                hostIP: generator.ipv4("host"),
                conditions: [condition("Ready")],
            };
        case "Job":
            return { succeeded: number(spec, "completions") ?? 1, conditions: [condition("Complete")] };
        case "Namespace":
            return { phase: "Active" };
        case "PersistentVolumeClaim":
        case "PersistentVolume":
            return { phase: "Bound" };
        default:
            return context.spec.outputs["status"] ? {} : undefined;
    }
}

function release(context: ComputeContext): Computed {
    const { inputs, generator } = context;
    const name = text(inputs, "name") ?? `${context.name}-${generator.hex(8, "name")}`;
    const namespace = text(inputs, "namespace") ?? "default";
    return {
        id: `${namespace}/${name}`,
        outputs: {
            name,
            namespace,
            status: {
                appVersion: "",
                chart: inputs["chart"] ?? "",
                name,
                namespace,
                revision: 1,
                status: "deployed",
                version: inputs["version"] ?? "",
            },
        },
    };
}
