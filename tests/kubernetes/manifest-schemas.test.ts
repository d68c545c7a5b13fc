import { customResourceDefinitions, Manifest, schemaProblems, SchemaVersion, schemaVersions } from "./manifest-schemas";
import { kubernetesVersions } from "../../components/kubernetes/kubernetes-versions";

const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", labels: { app: "web" } },
    spec: {
        selector: { matchLabels: { app: "web" } },
        strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
        template: {
            metadata: { labels: { app: "web" } },
            spec: {
                containers: [
                    {
                        name: "web",
                        image: "registry.example.com/web:1",
                        ports: [{ containerPort: 8443 }],
                        resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } },
                    },
                ],
            },
        },
    },
};

const scaledObject = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "worker" },
    spec: {
        scaleTargetRef: { name: "worker" },
        minReplicaCount: 0,
        triggers: [{ type: "aws-sqs-queue", metadata: { queueURL: "https://queue.example", queueLength: "5" } }],
    },
};

const targetGroupBinding = {
    apiVersion: "eks.amazonaws.com/v1",
    kind: "TargetGroupBinding",
    metadata: { name: "web" },
    spec: { serviceRef: { name: "web", port: 443 }, targetGroupARN: "arn:target-group", targetType: "ip" },
};

const scaler = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 3,
        maxReplicas: 9,
        metrics: [
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
        ],
    },
};

/** A deep copy with one field set. */
function changed(manifest: object, at: string, value: unknown): Manifest {
    const copy = structuredClone(manifest) as Record<string, unknown>;
    const keys = at.split(".");
    const last = keys.pop() ?? "";
    const parent = keys.reduce<Record<string, unknown>>((part, key) => part[key] as Record<string, unknown>, copy);
    if (value === undefined) {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- of a copy
        delete parent[last];
    } else {
        parent[last] = value;
    }
    return copy as unknown as Manifest;
}

describe.each(schemaVersions)("the schemas of Kubernetes %s", (version: SchemaVersion) => {
    it.each([
        ["a Deployment", deployment],
        ["a ScaledObject", scaledObject],
        ["a TargetGroupBinding of EKS Auto Mode", targetGroupBinding],
        ["a HorizontalPodAutoscaler", scaler],
    ])("accept %s", (_, manifest) => {
        expect(schemaProblems(manifest, version)).toEqual([]);
    });

    it.each<[string, object, string, unknown, string]>([
        ["a field that does not exist", deployment, "spec.replica", 3, "additional properties: replica"],
        [
            "a field in the wrong case, deep down",
            deployment,
            "spec.template.spec.containers.0.securityContext",
            { readonlyRootFilesystem: true },
            "additional properties: readonlyRootFilesystem",
        ],
        ["a field that is missing", deployment, "spec.selector", undefined, "must have required property 'selector'"],
        [
            "a number that is text",
            deployment,
            "spec.template.spec.containers.0.ports.0.containerPort",
            "8443",
            "must be integer",
        ],
        [
            "a quantity that is none",
            deployment,
            "spec.template.spec.containers.0.resources.requests.cpu",
            "half",
            "must match pattern",
        ],
        ["labels that are no text", deployment, "metadata.labels.app", 1, "must be string"],
        ["a kind that nobody knows", deployment, "kind", "Deploymnet", "there is no schema of apps/v1/Deploymnet"],
        ["a version that is gone", deployment, "apiVersion", "apps/v1beta1", "there is no schema of apps/v1beta1"],
        [
            "a custom field that does not exist",
            scaledObject,
            "spec.minReplicas",
            1,
            "additional properties: minReplicas",
        ],
        [
            "a custom number where text is due",
            scaledObject,
            "spec.triggers.0.metadata.queueLength",
            5,
            "must be string",
        ],
        ["a custom field that is missing", scaledObject, "spec.scaleTargetRef", undefined, "'scaleTargetRef'"],
        ["unknown metadata of a custom resource", scaledObject, "metadata.namespce", "a", "properties: namespce"],
        ["a value that is not allowed", targetGroupBinding, "spec.targetType", "pod", "must be equal to one of"],
    ])("refuse %s", (_, manifest, at, value, problem) => {
        expect(schemaProblems(changed(manifest, at, value), version).join("\n")).toContain(problem);
    });

    it("hold every custom resource's definition", () => {
        for (const { spec } of customResourceDefinitions) {
            for (const { name } of spec.versions) {
                const empty = { apiVersion: `${spec.group}/${name}`, kind: spec.names.kind, metadata: {} };
                expect(schemaProblems(empty, version)).toContain("/ must have required property 'spec'");
            }
        }
    });
});

it("has the schemas of the versions that clusters can have", () => {
    expect([...schemaVersions].sort()).toEqual([...kubernetesVersions].sort());
});
