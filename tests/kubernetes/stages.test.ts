import { cleanUp, expectSuccess, newFolder, open, packs, root } from "../engine/workplace";
import { Manifest, schemaProblems, schemaVersions } from "./manifest-schemas";
import { manifestsOf } from "./manifests";

afterAll(cleanUp);

/** What runs on ECS, moved to Kubernetes by one setting, on both kinds of nodes, with and without what is installed beside. */
const stages: readonly { readonly title: string; readonly stack: string; readonly config: Record<string, string> }[] = [
    { title: "prod", stack: "prod", config: {} },
    {
        title: "prod on node groups, without KEDA and Prometheus, on the version before the newest",
        stack: "prod",
        config: {
            "headroom:kubernetes.nodes": "managed",
            "headroom:kubernetes.version": "1.35",
            "headroom:kubernetes.keda": "none",
            "headroom:kubernetes.monitoring": "none",
        },
    },
];

describe.each(stages)("$title on Kubernetes", ({ stack, config }) => {
    const openStage = () =>
        open({
            cwd: root,
            stack,
            stateDir: newFolder(),
            policyPacks: packs,
            config: { ...config, "headroom:compute": "kubernetes" },
        });
    let manifests: Manifest[];

    it("passes both packs, without an exemption, before the cluster is there and when it is", async () => {
        const stage = await openStage();
        const preview = await stage.preview();
        expectSuccess(preview);
        const up = await stage.up();
        expectSuccess(up);
        expect(up.policy.filter(({ level }) => level === "mandatory")).toEqual([]);
        manifests = manifestsOf((await stage.exportState()).deployment.resources ?? []);
    }, 300_000);

    it("consists of valid manifests", () => {
        const problems = schemaVersions.flatMap((version) =>
            manifests.flatMap((manifest) => schemaProblems(manifest, version)),
        );
        expect(problems).toEqual([]);
        expect(manifests.map(({ kind }) => kind)).toEqual(
            expect.arrayContaining(["Deployment", "Job", "NetworkPolicy"]),
        );
    });
});
