import { stringify } from "yaml";
import { createCompute } from "../../components/create-compute";
import { ClusterChoice } from "../../components/kubernetes/cluster-choice";
import { KubernetesCompute, KubernetesComputeArgs, namespaceOf } from "../../components/kubernetes/kubernetes-compute";
import { kubernetesVersions } from "../../components/kubernetes/kubernetes-versions";
import { cacheBinding, logsKey, network, serviceArgs, workerArgs } from "./ecs-facts";
import { record } from "./harness";
import { missingRunbooks } from "./runbooks";

const created: ClusterChoice = { create: {}, keda: "install", monitoring: "install" };
const adopted = {
    adopt: {
        kubeconfig: stringify({
            "current-context": "platform",
            contexts: [{ name: "platform", context: { cluster: "platform", user: "deployer" } }],
            clusters: [{ name: "platform", cluster: { server: "https://10.0.0.1" } }],
            users: [{ name: "deployer", user: { exec: { command: "aws" } } }],
        }),
        clusterName: "platform-1",
        nodeSecurityGroupId: "sg-platform",
        autoMode: true,
        largestNode: { cpu: 16, memory: 65_536 },
    },
    keda: "present",
    monitoring: "present",
} as const satisfies ClusterChoice;

const outputs = {
    "aws:eks/cluster:Cluster": (inputs: Record<string, unknown>) => ({
        endpoint: "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
        certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
        vpcConfig: { ...(inputs["vpcConfig"] as object), clusterSecurityGroupId: "sg-cluster" },
    }),
};

const create = (more: Partial<KubernetesComputeArgs> = {}): KubernetesCompute =>
    new KubernetesCompute("compute", { network, logsKey, cluster: created, tags: { project: "shop" }, ...more });

const make = (
    more: Partial<KubernetesComputeArgs> = {},
    use: (compute: KubernetesCompute) => unknown = () => undefined,
) => record(() => use(create(more)), outputs);

describe("Kubernetes as the compute target", () => {
    it("is what the settings ask for", async () => {
        let compute: unknown;
        await record(() => {
            compute = createCompute("compute", { kind: "kubernetes", network, logsKey, cluster: created });
        }, outputs);
        expect(compute).toBeInstanceOf(KubernetesCompute);
    });

    it("makes a cluster with a key of its own, which admits nobody but EKS and EC2", async () => {
        const registered = await make();
        const { Statement } = JSON.parse(String(registered.one("aws:kms/key:Key").inputs["policy"])) as {
            Statement: { Sid: string; Action: unknown; Condition?: unknown }[];
        };
        expect(Statement.map(({ Sid }) => Sid)).toEqual([
            "AllowAdministration",
            "AllowUseThroughServices",
            "AllowClusterSecrets",
        ]);
        // EKS makes no cluster under `kms:GrantIsForAWSResource`; nobody decrypts by this statement himself.
        expect(Statement[2]).toMatchObject({ Action: "kms:CreateGrant" });
        expect(Statement[2]).not.toHaveProperty("Condition");
        expect(registered.one("aws:eks/cluster:Cluster").inputs["encryptionConfig"]).toMatchObject({
            provider: { keyArn: "arn:aws:mock:eu-central-1:123456789012:compute-cluster" },
        });
    });

    it("lets EC2 Auto Scaling encrypt disks where it starts the nodes", async () => {
        const registered = await make({ cluster: { ...created, create: { nodes: { kind: "managed" } } } });
        expect(String(registered.one("aws:kms/key:Key").inputs["policy"])).toContain("AWSServiceRoleForAutoScaling");
    });

    it("makes nothing of a cluster that is there already but what runs in its namespace", async () => {
        const registered = await make({ cluster: adopted });
        const types = new Set(registered.resources.filter(({ component }) => !component).map(({ type }) => type));
        expect(
            [...types].filter((type) => /^aws:(eks\/(cluster|addon|nodeGroup|access)|kms|cloudwatch)|helm/.test(type)),
        ).toEqual([]);
        expect(registered.one("kubernetes:core/v1:Namespace").inputs).toMatchObject({
            metadata: { name: "headroom-test" },
        });
    });

    it.each([
        ["install", "install", ["keda", "kube-prometheus-stack", "prometheus-adapter"]],
        ["none", "install", ["kube-prometheus-stack", "prometheus-adapter"]],
        ["install", "none", ["keda"]],
        ["present", "present", []],
    ] as const)("installs what it is told to: KEDA %s, monitoring %s", async (keda, monitoring, charts) => {
        const registered = await make({ cluster: { ...created, keda, monitoring } });
        const installed = registered.ofType("kubernetes:helm.sh/v3:Release").map(({ inputs }) => inputs);
        expect(installed.map(({ chart }) => chart).sort()).toEqual([...charts]);
        for (const { version } of installed) {
            expect(version).toMatch(/^\d+\.\d+\.\d+$/);
        }
    });

    it("brings with node groups what EKS Auto Mode has: an autoscaler of nodes, and who registers targets", async () => {
        const registered = await make({
            cluster: { create: { nodes: { kind: "managed" } }, keda: "none", monitoring: "none" },
        });
        expect(
            registered
                .ofType("kubernetes:helm.sh/v3:Release")
                .map(({ inputs }) => [inputs["chart"], inputs["namespace"]]),
        ).toEqual(
            expect.arrayContaining([
                ["aws-load-balancer-controller", "kube-system"],
                ["cluster-autoscaler", "kube-system"],
            ]),
        );
    });

    it.each(kubernetesVersions)("runs the autoscaler of the cluster's own version %s", async (version) => {
        const registered = await make({
            cluster: { create: { version, nodes: { kind: "managed" } }, keda: "none", monitoring: "none" },
        });
        const { values } = registered.one("kubernetes:helm.sh/v3:Release", "compute-cluster-autoscaler").inputs;
        const { image } = values as { image: { tag: string } };
        expect(image.tag.startsWith(`v${version}.`)).toBe(true);
    });

    it("opens a peer's port once for the cluster, however many workloads go there", async () => {
        const registered = await make({}, (compute) => {
            compute.service("web", serviceArgs);
            compute.worker("worker", { ...workerArgs, uses: [cacheBinding] });
        });
        const rules = registered
            .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
            .filter(({ name }) => /^compute-(to|from)-/.test(name))
            .sort((a, b) => a.name.localeCompare(b.name));
        expect(
            rules.map(({ name, inputs }) => [name, inputs["securityGroupId"], inputs["referencedSecurityGroupId"]]),
        ).toEqual([
            ["compute-from-balancer-8443", "sg-cluster", "sg-balancer"],
            ["compute-to-cache-6379", "sg-cache", "sg-cluster"],
        ]);
    });

    it.each([
        ["auto", "compute-control-plane"],
        ["managed", "compute-aws-load-balancer-controller"],
    ] as const)("lets who registers targets with nodes %s move those of this target group only", async (kind, role) => {
        const registered = await make({ cluster: { ...created, create: { nodes: { kind } } } }, (compute) =>
            compute.service("web", serviceArgs),
        );
        const { inputs } = registered.one("aws:iam/rolePolicy:RolePolicy", "compute-targets-web");
        expect(String(inputs["role"])).toContain(role);
        expect(JSON.parse(String(inputs["policy"]))).toMatchObject({
            Statement: [
                {
                    Action: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
                    Resource: serviceArgs.target.targetGroupArn,
                },
            ],
        });
    });

    it("has the target group tagged only where the role that registers is another's", async () => {
        await make({}, (compute) => {
            expect(compute.targetTags).toEqual({});
        });
        await make({ cluster: adopted }, (compute) => {
            expect(compute.targetTags).toEqual({ "eks:eks-cluster-name": "platform-1" });
        });
    });

    it("lets KEDA ask the queue of a worker, and no other", async () => {
        const registered = await make({}, (compute) => compute.worker("worker", workerArgs));
        const policies = registered
            .ofType("aws:iam/rolePolicy:RolePolicy")
            .filter(({ inputs }) => String(inputs["role"]).includes("keda"))
            .map(({ inputs }) => JSON.parse(String(inputs["policy"])) as { Statement: { Resource: unknown }[] });
        expect(policies.flatMap(({ Statement }) => Statement.map(({ Resource }) => Resource))).toEqual([
            workerArgs.source.queueArn,
        ]);
    });

    it("keeps every log for the days that it is told, encrypted, in groups that are there before they are written to", async () => {
        const registered = await make({ logRetentionDays: 180 });
        const groups = registered.ofType("aws:cloudwatch/logGroup:LogGroup");
        expect(groups.length).toBeGreaterThanOrEqual(2);
        for (const { inputs } of groups) {
            expect(inputs).toMatchObject({ retentionInDays: 180, kmsKeyId: logsKey.arn });
        }
    });

    it("protects the cluster from being deleted as it is told", async () => {
        for (const deletionProtection of [true, false]) {
            const registered = await make({ deletionProtection });
            expect(registered.one("aws:eks/cluster:Cluster").inputs["deletionProtection"]).toBe(deletionProtection);
        }
        const leaving = await make({
            deletionProtection: true,
            cluster: { ...created, create: { deletionProtection: false } },
        });
        expect(leaving.one("aws:eks/cluster:Cluster").inputs["deletionProtection"]).toBe(false);
    });

    it("gives every resource that takes tags those of the program", async () => {
        const registered = await make({}, (compute) => compute.service("web", serviceArgs));
        for (const type of ["aws:eks/cluster:Cluster", "aws:eks/addon:Addon", "aws:iam/role:Role", "aws:kms/key:Key"]) {
            for (const { inputs } of registered.ofType(type)) {
                expect(inputs["tags"]).toMatchObject({ project: "shop" });
            }
        }
    });

    it("watches the cluster with signals that have runbooks, and knows the quota of what was composed", async () => {
        await make({}, (compute) => {
            const before = JSON.stringify(compute.signals);
            compute.service("web", serviceArgs);
            expect(JSON.stringify(compute.signals)).not.toBe(before);
            expect(compute.signals.length).toBeGreaterThanOrEqual(4);
            expect(missingRunbooks(compute.signals)).toEqual([]);
        });
    });

    it("refuses logs that would be kept for no length that there is", async () => {
        await record(() => {
            expect(() => create({ logRetentionDays: 8 })).toThrow(
                /KubernetesCompute "compute".*\n.*logRetentionDays is 8/,
            );
        });
    });

    it.each([
        ["headroom", "dev-k8s", "headroom-dev-k8s"],
        ["Headroom", "feature/Cart_2", "headroom-feature-cart-2"],
        ["p".repeat(60), "production", `${"p".repeat(60)}-pr`],
    ])("names the namespace of %s and %s by a label of DNS", (project, stack, namespace) => {
        expect(namespaceOf(project, stack)).toBe(namespace);
    });
});
