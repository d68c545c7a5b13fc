/** Kubernetes objects as programs write them, for the rules' tests. */
import { ref, resource, type TestResource } from "./harness";

interface Shape {
    /** Of `spec`. */
    readonly spec?: object;
    /** Of the pods' own `spec`. */
    readonly pod?: object;
    /** Of the pods; default: `app` with the logical name. */
    readonly labels?: unknown;
    readonly metadata?: object;
    readonly kind?: "deployment" | "statefulSet" | "replicaSet" | "daemonSet" | "job";
}

/** A workload that is called as its logical name says. */
export function workload(
    name: string,
    { spec = {}, pod = {}, labels = { app: name }, metadata = {}, kind = "deployment" }: Shape = {},
): TestResource {
    return resource(kind, name, {
        metadata: { name, ...metadata },
        spec: {
            selector: { matchLabels: labels },
            ...spec,
            template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "app" }], ...pod } },
        },
    });
}

/** A workload to which Pulumi gives its name: a reference to it is unknown in preview. */
export function autoNamed(name: string, shape: Shape = {}): TestResource {
    const { inputs, ...rest } = workload(name, shape);
    const { metadata: _, ...others } = inputs;
    return {
        ...rest,
        inputs: shape.metadata === undefined ? others : { ...others, metadata: shape.metadata },
        ...(shape.metadata === undefined ? { computed: { metadata: { name: `${name}-name` } } } : {}),
    };
}

/** A HorizontalPodAutoscaler of a Deployment, by reference unless it is named. */
export function autoscaler(deployment: string, spec: object = {}, metadata: object = {}): TestResource {
    return resource("horizontalPodAutoscaler", `${deployment}-hpa`, {
        metadata: { name: `${deployment}-hpa`, ...metadata },
        spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: ref(deployment, "name") },
            maxReplicas: 10,
            ...spec,
        },
    });
}

/** KEDA's autoscaler of a Deployment. */
export function scaledObject(deployment: string, spec: object = {}, annotations?: unknown): TestResource {
    return resource("scaledObject", `${deployment}-scaled`, {
        metadata: { name: deployment, ...(annotations === undefined ? {} : { annotations }) },
        spec: { scaleTargetRef: { name: deployment }, triggers: [{ type: "cpu" }], ...spec },
    });
}

/** A PodDisruptionBudget of the pods with an `app` label. */
export function budget(app: string, spec: object = {}, metadata: object = {}): TestResource {
    return resource("podDisruptionBudget", `${app}-pdb`, {
        metadata: { name: `${app}-pdb`, ...metadata },
        spec: { selector: { matchLabels: { app } }, ...spec },
    });
}

/** Custom resources of operators that make no pods. */
export const WITHOUT_PODS: readonly TestResource[] = [
    "eks.amazonaws.com/v1:TargetGroupBinding",
    "elbv2.k8s.aws/v1beta1:IngressClassParams",
    "karpenter.sh/v1:NodePool",
    "external-secrets.io/v1:ExternalSecret",
    "secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
    "cert-manager.io/v1:Certificate",
].map((kind) => ({ type: `kubernetes:${kind}`, name: kind.split(":").at(-1) ?? kind, inputs: {} }));

/** A Service that sends requests to the pods with an `app` label. */
export function service(app: string, ports: readonly object[] = [{ port: 80 }], name = `${app}-service`): TestResource {
    return resource("kubernetesService", name, { metadata: { name }, spec: { selector: { app }, ports } });
}
