import { cleanUp, expectSuccess, newFolder, open, root } from "../engine/workplace";
import { Manifest, schemaProblems, SchemaVersion, schemaVersions } from "./manifest-schemas";
import { manifestsOf } from "./manifests";
import { programManifests, programs } from "./wide-manifests";

afterAll(cleanUp);

/** `Deployment web: /spec …` */
const problemsOf = (manifests: readonly Manifest[], version: SchemaVersion): string[] =>
    manifests.flatMap((manifest) =>
        schemaProblems(manifest, version).map((text) => `${manifest.kind} ${String(manifest.metadata.name)}: ${text}`),
    );

describe.each(programs)("the manifests of $title", (program) => {
    it("are valid in all versions, without a field that they do not know", async () => {
        const manifests = await programManifests(program);
        expect(manifests.length).toBeGreaterThan(10);
        expect(schemaVersions.flatMap((version) => problemsOf(manifests, version))).toEqual([]);
    }, 120_000);
});

describe("the manifests of the stack dev-k8s", () => {
    let manifests: Manifest[];

    beforeAll(async () => {
        const stack = await open({ cwd: root, stack: "dev-k8s", stateDir: newFolder() });
        expectSuccess(await stack.up());
        manifests = manifestsOf((await stack.exportState()).deployment.resources ?? []);
    }, 300_000);

    it("are of every kind that the components write", () => {
        const kinds = new Set(manifests.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
        expect([...kinds]).toEqual(
            expect.arrayContaining([
                "apps/v1/Deployment",
                "autoscaling/v2/HorizontalPodAutoscaler",
                "batch/v1/Job",
                "eks.amazonaws.com/v1/NodeClass",
                "eks.amazonaws.com/v1/TargetGroupBinding",
                "karpenter.sh/v1/NodePool",
                "keda.sh/v1alpha1/ScaledObject",
                "keda.sh/v1alpha1/TriggerAuthentication",
                "monitoring.coreos.com/v1/PodMonitor",
                "monitoring.coreos.com/v1/PrometheusRule",
                "networking.k8s.io/v1/NetworkPolicy",
                "policy/v1/PodDisruptionBudget",
                "secrets-store.csi.x-k8s.io/v1/SecretProviderClass",
                "storage.k8s.io/v1/StorageClass",
                "v1/ConfigMap",
                "v1/LimitRange",
                "v1/Namespace",
                "v1/ResourceQuota",
                "v1/Service",
                "v1/ServiceAccount",
            ]),
        );
    });

    it.each(schemaVersions)("are valid in Kubernetes %s, without a field that it does not know", (version) => {
        expect(problemsOf(manifests, version)).toEqual([]);
    });

    it("have names of their own, so that they can be related before they exist", () => {
        expect(manifests.filter(({ metadata }) => typeof metadata.name !== "string")).toEqual([]);
    });

    it("hold no secret", () => {
        expect(manifests.filter(({ apiVersion, kind }) => apiVersion === "v1" && kind === "Secret")).toEqual([]);
    });
});
