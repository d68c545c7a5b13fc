import { KubernetesCluster, KubernetesClusterArgs } from "../../components/kubernetes/kubernetes-cluster";
import { networkOver } from "../unit/network-fixture";
import { changes, InlineStack } from "./inline-program";
import { expectSuccess } from "./workplace";

const key = (name: string) => ({ arn: `arn:aws:kms:eu-central-1:123456789012:key/${name}` });

const program =
    (more: Partial<KubernetesClusterArgs> = {}) =>
    () => {
        new KubernetesCluster("cluster", {
            network: networkOver(3),
            key: key("cluster"),
            logsKey: key("logs"),
            deletionProtection: false,
            ...more,
        });
    };

describe("a cluster in the life of a stack", () => {
    const stack = new InlineStack();

    afterAll(() => {
        stack.remove();
    });

    it("shows what will be in it in the first preview, while nobody knows where it is", async () => {
        const preview = await stack.preview(program());
        expectSuccess(preview);
        expect(changes(preview, "kubernetes:karpenter.sh/v1:NodePool")).toEqual([
            "cluster-batch: create",
            "cluster-general: create",
        ]);
        expect(changes(preview, "kubernetes:storage.k8s.io/v1:StorageClass")).toEqual(["cluster-encrypted: create"]);
    }, 120_000);

    it("is made, and made again changes nothing", async () => {
        expectSuccess(await stack.up(program()));
        expect(await stack.planned(program())).toEqual([]);
    }, 180_000);

    it("goes up a version in place", async () => {
        expectSuccess(await stack.up(program({ version: "1.35" })));
        const upgrade = await stack.planned(program({ version: "1.36" }));
        expect(upgrade).toEqual(["update aws:eks/cluster:Cluster cluster"]);
    }, 180_000);

    it("is opened and closed to the internet in place, and nothing in it is replaced", async () => {
        const planned = await stack.planned(program({ version: "1.35", publicAccessCidrs: ["203.0.113.0/24"] }));
        expect(planned).toEqual(["update aws:eks/cluster:Cluster cluster"]);
    }, 120_000);

    it("is another one, with all that is in it, where Services have other addresses", async () => {
        const planned = await stack.planned(program({ version: "1.35", serviceCidr: "10.100.0.0/16" }));
        expect(planned).toContain("replace aws:eks/cluster:Cluster cluster");
        expect(planned).toContain("replace kubernetes:storage.k8s.io/v1:StorageClass cluster-encrypted");
    }, 120_000);

    it("is another one where its secrets are encrypted with another key", async () => {
        const planned = await stack.planned(program({ version: "1.35", key: key("another") }));
        expect(planned).toContain("replace random:index/randomId:RandomId cluster");
        expect(planned).toContain("replace aws:eks/cluster:Cluster cluster");
    }, 120_000);

    it("gets node groups before EKS's own nodes go, and keeps its objects", async () => {
        const planned = await stack.planned(program({ version: "1.35", nodes: { kind: "managed" } }));
        expect(planned).toEqual(
            expect.arrayContaining([
                "update aws:eks/cluster:Cluster cluster",
                "create aws:eks/nodeGroup:NodeGroup cluster-general-az1",
                "delete kubernetes:karpenter.sh/v1:NodePool cluster-general",
            ]),
        );
        expect(planned.filter((step) => step.startsWith("replace aws"))).toEqual([]);
    }, 120_000);

    it("goes, and leaves nothing", async () => {
        expectSuccess(await stack.destroy());
        expect(await stack.resources()).toEqual([]);
    }, 180_000);
});
