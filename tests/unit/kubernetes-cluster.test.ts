import * as aws from "@pulumi/aws";
import { KubernetesCluster, KubernetesClusterArgs } from "../../components/kubernetes/kubernetes-cluster";
import { holdsCredentials, kubeconfigProblems } from "../../components/kubernetes/kubeconfig";
import { addonVersions, kubernetesVersions } from "../../components/kubernetes/kubernetes-versions";
import { largestPodOn, nodeSize } from "../../components/kubernetes/node-size";
import { Dependencies } from "./dependencies";
import { network } from "./ecs-facts";
import { record, Registered } from "./harness";

const key = { arn: "arn:aws:kms:eu-central-1:123456789012:key/cluster" };
const logsKey = { arn: "arn:aws:kms:eu-central-1:123456789012:key/logs" };
const customResource = (group: string, kind: string) => `kubernetes:${group}:${kind}`;

const outputs = {
    "aws:eks/cluster:Cluster": (inputs: Record<string, unknown>) => ({
        endpoint: "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
        certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
        vpcConfig: { ...(inputs["vpcConfig"] as object), clusterSecurityGroupId: "sg-cluster" },
    }),
    "random:index/randomId:RandomId": () => ({ hex: "0a1b2c3d" }),
};

const make = (more: Partial<KubernetesClusterArgs> = {}): Promise<Registered> =>
    record(
        () => new KubernetesCluster("cluster", { network, key, logsKey, tags: { project: "shop" }, ...more }),
        outputs,
    );

const clusterOf = (registered: Registered) => registered.one("aws:eks/cluster:Cluster").inputs;

describe("a cluster of EKS", () => {
    it("lies in three zones, and is reachable from inside alone unless somebody says from where", async () => {
        expect(clusterOf(await make())["vpcConfig"]).toEqual({
            subnetIds: ["subnet-private-1", "subnet-private-2", "subnet-private-3"],
            endpointPrivateAccess: true,
            endpointPublicAccess: false,
        });
        expect(clusterOf(await make({ publicAccessCidrs: ["203.0.113.0/24"] }))["vpcConfig"]).toMatchObject({
            endpointPrivateAccess: true,
            endpointPublicAccess: true,
            publicAccessCidrs: ["203.0.113.0/24"],
        });
    });

    it("opens the private endpoint to the ranges that are named, and to nothing else", async () => {
        const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
        expect((await make()).ofType(rule)).toEqual([]);
        const registered = await make({ privateAccessCidrs: ["10.16.0.0/16"] });
        expect(registered.one(rule).inputs).toMatchObject({
            securityGroupId: "sg-cluster",
            cidrIpv4: "10.16.0.0/16",
            fromPort: 443,
            toPort: 443,
        });
    });

    it("encrypts secrets, disks and volumes with the key that it is given", async () => {
        const registered = await make();
        expect(clusterOf(registered)["encryptionConfig"]).toEqual({
            provider: { keyArn: key.arn },
            resources: ["secrets"],
        });
        const nodeClass = registered.one(customResource("eks.amazonaws.com/v1", "NodeClass")).inputs;
        expect(nodeClass["spec"]).toMatchObject({ ephemeralStorage: { kmsKeyID: key.arn } });
        expect(registered.one("kubernetes:storage.k8s.io/v1:StorageClass").inputs).toMatchObject({
            metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
            parameters: { encrypted: "true", kmsKeyId: key.arn },
            provisioner: "ebs.csi.eks.amazonaws.com",
        });
    });

    it("logs all that its control plane does, into a group of ours that is there before it", async () => {
        const registered = await make({ logRetentionDays: 180 });
        const cluster = clusterOf(registered);
        expect([...(cluster["enabledClusterLogTypes"] as string[])].sort()).toEqual([
            "api",
            "audit",
            "authenticator",
            "controllerManager",
            "scheduler",
        ]);
        expect(registered.one("aws:cloudwatch/logGroup:LogGroup").inputs).toMatchObject({
            name: `/aws/eks/${String(cluster["name"])}/cluster`,
            retentionInDays: 180,
            kmsKeyId: logsKey.arn,
        });
    });

    it("admits by IAM alone: who made it, and the roles that are named", async () => {
        const registered = await make({ adminRoleArns: ["arn:aws:iam::123456789012:role/team/platform"] });
        expect(clusterOf(registered)["accessConfig"]).toEqual({
            authenticationMode: "API",
            bootstrapClusterCreatorAdminPermissions: true,
        });
        expect(
            registered.one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "cluster-admin-platform").inputs,
        ).toMatchObject({
            principalArn: "arn:aws:iam::123456789012:role/team/platform",
            policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            accessScope: { type: "cluster" },
        });
    });

    it("switches all three parts of Auto Mode together, and installs nothing that it would not own", async () => {
        for (const [kind, enabled] of [
            ["auto", true],
            ["managed", false],
        ] as const) {
            expect(clusterOf(await make({ nodes: { kind } }))).toMatchObject({
                bootstrapSelfManagedAddons: false,
                computeConfig: { enabled },
                storageConfig: { blockStorage: { enabled } },
                kubernetesNetworkConfig: { elasticLoadBalancing: { enabled }, serviceIpv4Cidr: "172.20.0.0/16" },
                upgradePolicy: { supportType: "STANDARD" },
                zonalShiftConfig: { enabled: true },
                deletionProtection: true,
            });
        }
    });

    it("has nodes of both architectures, on demand and in all zones, and a tainted pool for work that can wait", async () => {
        const registered = await make({ nodes: { kind: "auto", maximumCpu: 64 } });
        const pool = (name: string) =>
            registered.one(customResource("karpenter.sh/v1", "NodePool"), name).inputs["spec"] as {
                template: { spec: { requirements: { key: string; values: string[] }[]; taints: unknown[] } };
                limits: unknown;
            };
        const requirement = (name: string, of: string) =>
            pool(name).template.spec.requirements.find((one) => one.key === of)?.values;
        expect(requirement("cluster-general", "kubernetes.io/arch")).toEqual(["arm64", "amd64"]);
        expect(requirement("cluster-general", "karpenter.sh/capacity-type")).toEqual(["on-demand"]);
        expect(requirement("cluster-general", "topology.kubernetes.io/zone")).toHaveLength(3);
        expect(pool("cluster-general").template.spec.taints).toEqual([]);
        expect(pool("cluster-general").limits).toEqual({ cpu: "64" });
        expect(pool("cluster-batch").template.spec.taints).toEqual([
            { key: "workload", value: "batch", effect: "NoSchedule" },
        ]);
    });

    it("lets nodes of its own role join, since no built-in pool does", async () => {
        const registered = await make();
        expect(registered.one("aws:eks/accessEntry:AccessEntry").inputs).toMatchObject({ type: "EC2" });
        expect(registered.one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation").inputs).toMatchObject({
            policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
        });
    });

    it("obeys network policies in both modes", async () => {
        const auto = await make();
        expect(auto.one("kubernetes:core/v1:ConfigMap").inputs).toMatchObject({
            metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
            data: { "enable-network-policy-controller": "true" },
        });
        const managed = await make({ nodes: { kind: "managed" } });
        const network = managed.one("aws:eks/addon:Addon", "cluster-vpc-cni").inputs;
        expect(JSON.parse(String(network["configurationValues"]))).toMatchObject({ enableNetworkPolicy: "true" });
    });

    it("has node groups with a minimum in each zone, encrypted disks, and no way to the nodes' credentials", async () => {
        const registered = await make({
            nodes: {
                kind: "managed",
                perZone: { minimum: 2, maximum: 8 },
                batchPerZone: { minimum: 0, maximum: 4 },
            },
        });
        const groups = registered.ofType("aws:eks/nodeGroup:NodeGroup");
        expect(groups.map(({ name }) => name).sort()).toEqual([
            "cluster-batch-az1",
            "cluster-batch-az2",
            "cluster-batch-az3",
            "cluster-general-az1",
            "cluster-general-az2",
            "cluster-general-az3",
        ]);
        expect(registered.one("aws:eks/nodeGroup:NodeGroup", "cluster-general-az2").inputs).toMatchObject({
            subnetIds: ["subnet-private-2"],
            scalingConfig: { minSize: 2, maxSize: 8 },
            capacityType: "ON_DEMAND",
            amiType: "AL2023_ARM_64_STANDARD",
            taints: [],
        });
        expect(registered.one("aws:eks/nodeGroup:NodeGroup", "cluster-batch-az1").inputs["taints"]).toEqual([
            { key: "workload", value: "batch", effect: "NO_SCHEDULE" },
        ]);
        expect(registered.one("aws:ec2/launchTemplate:LaunchTemplate").inputs).toMatchObject({
            metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
            blockDeviceMappings: [{ ebs: { encrypted: "true", kmsKeyId: key.arn } }],
        });
    });

    it.each([
        ["auto", customResource("eks.amazonaws.com/v1", "NodeClass"), "cluster"],
        ["managed", "aws:eks/nodeGroup:NodeGroup", "cluster-general-az1"],
    ] as const)(
        "starts nodes (%s) when there is a way out, which stays until they are gone",
        async (kind, type, name) => {
            const dependencies = new Dependencies();
            let route: aws.ec2.Route | undefined;
            await record(() => {
                route = new aws.ec2.Route("way-out", { routeTableId: "rtb-1" });
                new KubernetesCluster(
                    "cluster",
                    { network: { ...network, egressReady: [route] }, key, logsKey, nodes: { kind } },
                    { transformations: [dependencies.note] },
                );
            }, outputs);
            expect(dependencies.of(type, name)).toContain(route);
        },
    );

    it.each(kubernetesVersions)("pins the add-ons of version %s", async (version) => {
        const registered = await make({ version, nodes: { kind: "managed" } });
        const addons = registered.ofType("aws:eks/addon:Addon").map(({ inputs }) => inputs);
        expect(addons).toHaveLength(7);
        for (const { addonName, addonVersion } of addons) {
            expect(addonVersion).toBe(addonVersions[version][addonName as "coredns"]);
            expect(addonVersion).toMatch(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/);
        }
    });

    it("has built-in what Auto Mode has, and no add-on for it", async () => {
        const registered = await make();
        expect(
            registered
                .ofType("aws:eks/addon:Addon")
                .map(({ inputs }) => inputs["addonName"])
                .sort(),
        ).toEqual(["aws-secrets-store-csi-driver-provider", "metrics-server"]);
    });

    it("hands out a kubeconfig without a secret, and keeps the provider whatever becomes of the kubeconfig", async () => {
        const registered = await make();
        const { kubeconfig, clusterIdentifier, enableServerSideApply } =
            registered.one("pulumi:providers:kubernetes").inputs;
        const config = JSON.parse(String(kubeconfig)) as { users: { user: object }[]; clusters: unknown };
        expect(config.users[0]?.user).toMatchObject({ exec: { command: "aws" } });
        expect(kubeconfigProblems(String(kubeconfig))).toEqual([]);
        expect(holdsCredentials(String(kubeconfig))).toBe(false);
        expect(JSON.stringify(config.clusters)).toContain("https://ABC.gr7.eu-central-1.eks.amazonaws.com");
        expect(clusterIdentifier).toBe("arn:aws:mock:eu-central-1:123456789012:cluster");
        expect(String(enableServerSideApply)).toBe("true");
    });

    it("may use its key and nothing else of KMS", async () => {
        const registered = await make({ nodes: { kind: "managed" } });
        for (const { inputs } of registered.ofType("aws:iam/rolePolicy:RolePolicy")) {
            const { Statement } = JSON.parse(String(inputs["policy"])) as { Statement: { Resource: unknown }[] };
            expect([...new Set(Statement.map(({ Resource }) => Resource))]).toEqual([key.arn]);
        }
    });

    it.each([
        [{ version: "1.29" as "1.36" }, "version"],
        [{ publicAccessCidrs: ["everywhere"] }, "publicAccessCidrs"],
        [{ adminRoleArns: ["arn:aws:iam::123456789012:user/me"] }, "adminRoleArns"],
        [{ serviceCidr: "10.0.128.0/20" }, "serviceCidr"],
        [{ serviceCidr: "172.20.0.0/8" }, "serviceCidr"],
        [{ serviceCidr: "192.160.0.0/12" }, "serviceCidr"],
        [{ nodes: { kind: "managed" as const, instanceType: "t4g.nano" } }, "nodes.instanceType"],
        [{ nodes: { kind: "managed" as const, perZone: { minimum: 0, maximum: 3 } } }, "nodes.perZone"],
        [{ nodes: { kind: "auto" as const, maximumCpu: 1 } }, "nodes.maximumCpu"],
        [{ network: { ...network, privateSubnets: network.privateSubnets.slice(0, 2) } }, "network.privateSubnets"],
        [{ logRetentionDays: 8 }, "logRetentionDays"],
    ])("refuses %j by name, before anything is made", async (args, setting) => {
        const registered = record(async () => {
            expect(() => new KubernetesCluster("cluster", { network, key, logsKey, ...args })).toThrow(
                new RegExp(`KubernetesCluster "cluster": 1 problem\\n {2}- ${setting.replaceAll(".", "\\.")} is`),
            );
            return Promise.resolve();
        });
        expect((await registered).resources.filter(({ component }) => !component)).toEqual([]);
    });
});

describe("the size of nodes", () => {
    it.each([
        ["m7g.xlarge", { cpu: 4, memory: 16_384, architecture: "arm64" }],
        ["c6i.large", { cpu: 2, memory: 4_096, architecture: "amd64" }],
        ["r8g.24xlarge", { cpu: 96, memory: 786_432, architecture: "arm64" }],
    ] as const)("%s is known", (type, size) => {
        expect(nodeSize(type)).toEqual(size);
    });

    it.each(["t4g.micro", "m4.large", "m7g.metal", "m7g", "x2idn.16xlarge", ""])(
        "%s is of no family at hand",
        (type) => {
            expect(nodeSize(type)).toBeUndefined();
        },
    );

    it("leaves a pod less than there is, and more on a larger node", () => {
        const sizes = ["large", "xlarge", "2xlarge", "4xlarge"].map((size) => nodeSize(`m7g.${size}`));
        const pods = sizes.map((size) => largestPodOn(size ?? { cpu: 0, memory: 0 }));
        pods.forEach((pod, index) => {
            expect(pod.cpu).toBeLessThan(sizes[index]?.cpu ?? 0);
            expect(pod.memory).toBeLessThan(sizes[index]?.memory ?? 0);
            expect(pod.cpu).toBeGreaterThan(pods[index - 1]?.cpu ?? 0);
        });
    });
});
