import { ServiceArgs, Workload } from "../../components/compute";
import { survival } from "../../components/failure-domain";
import { KubernetesClusterReference } from "../../components/kubernetes/cluster-reference";
import { KubernetesService } from "../../components/kubernetes/kubernetes-service";
import { cacheBinding, serviceArgs } from "./ecs-facts";
import { record, Registered, valueOf } from "./harness";
import { containerOf, createTarget, Manifest, manifestOf, namespace, types } from "./kubernetes-facts";
import { missingRunbooks } from "./runbooks";

const web = (more: Partial<ServiceArgs> = {}, cluster: Partial<KubernetesClusterReference> = {}): Promise<Registered> =>
    record(() => new KubernetesService("web", createTarget(cluster), { ...serviceArgs, ...more }));

const podOf = (registered: Registered) => manifestOf(registered, "deployment").spec.template;

describe("a service on Kubernetes", () => {
    it("exchanges its pods without losing one, and fails the update where they do not become ready", async () => {
        const registered = await web();
        const { spec } = manifestOf(registered, "deployment");
        expect(spec.strategy).toEqual({
            type: "RollingUpdate",
            rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 },
        });
        expect(spec.progressDeadlineSeconds).toBe(600);
    });

    it("gives pods that take long to start the time for it, and those that take none one try", async () => {
        const slow = manifestOf(await web({ healthCheckGraceSeconds: 900 }), "deployment");
        expect(slow.spec.progressDeadlineSeconds).toBe(1_200);
        expect(containerOf(slow.spec.template).startupProbe).toMatchObject({ failureThreshold: 180 });
        const quick = containerOf(podOf(await web({ healthCheckGraceSeconds: 0 })));
        expect(quick.startupProbe).toMatchObject({ failureThreshold: 1 });
    });

    it("leaves the number of pods to what scales them", async () => {
        const { spec } = manifestOf(await web(), "deployment");
        expect(spec).not.toHaveProperty("replicas");
    });

    it("finds its pods by a label that never changes", async () => {
        const registered = await web();
        const { metadata, spec } = manifestOf(registered, "deployment");
        expect(spec.selector).toEqual({ matchLabels: { "app.kubernetes.io/name": "web" } });
        expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
        expect(metadata.labels).toEqual({
            "app.kubernetes.io/name": "web",
            "app.kubernetes.io/component": "service",
            "app.kubernetes.io/part-of": namespace,
            "app.kubernetes.io/managed-by": "pulumi",
        });
    });

    it("says how many pods carry its load", async () => {
        const { metadata } = manifestOf(await web(), "deployment");
        expect(metadata.annotations).toEqual({ "policies.headroom.dev/needed-capacity": "4" });
    });

    it("scales on CPU, memory and requests, out faster than in", async () => {
        const registered = await web({ metrics: { port: 9464 } });
        const { spec } = manifestOf(registered, "autoscaler");
        expect(spec).toMatchObject({
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
            minReplicas: 6,
            maxReplicas: 24,
        });
        expect(spec.metrics).toEqual([
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
            { type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } } },
            {
                type: "Pods",
                pods: {
                    metric: { name: "http_server_requests_per_second" },
                    // 7200 a minute are 120 a second.
                    target: { type: "AverageValue", averageValue: "120000m" },
                },
            },
        ]);
        expect(spec.behavior.scaleUp.stabilizationWindowSeconds).toBe(0);
        expect(spec.behavior.scaleDown.stabilizationWindowSeconds).toBe(300);
    });

    it.each([
        ["has no metrics", {}, {}],
        ["runs where no Prometheus is", { metrics: { port: 9464 } }, { monitoringNamespace: undefined }],
    ])("does not wait for a metric of requests that nobody serves, where it %s", async (_title, args, cluster) => {
        const { spec } = manifestOf(await web(args, cluster), "autoscaler");
        expect(spec.metrics.map((metric) => metric.type)).toEqual(["Resource", "Resource"]);
    });

    it("lets nodes be drained, as far as its load allows", async () => {
        const { spec } = manifestOf(await web(), "budget");
        expect(spec).toEqual({
            selector: { matchLabels: { "app.kubernetes.io/name": "web" } },
            maxUnavailable: 1,
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        });
    });

    it("is reached through the target group that the balancer has, by the address of each pod", async () => {
        const registered = await web();
        expect(manifestOf(registered, "service").spec).toEqual({
            type: "ClusterIP",
            selector: { "app.kubernetes.io/name": "web" },
            ports: [{ name: "https", port: 8443, targetPort: "https", protocol: "TCP", appProtocol: "https" }],
        });
        expect(manifestOf(registered, "targetGroupBinding").spec).toEqual({
            serviceRef: { name: "web", port: 8443 },
            targetGroupARN: "arn:target-group",
            targetType: "ip",
            multiClusterTargetGroup: true,
        });
        expect(registered.one(types.ingressRule, "peers-from-balancer-8443").inputs).toMatchObject({
            securityGroupId: "sg-cluster",
            referencedSecurityGroupId: "sg-balancer",
            fromPort: 8443,
            toPort: 8443,
        });
    });

    it("is bound by the controller that the cluster has", async () => {
        const registered = await web({}, { targetGroupBindings: "elbv2.k8s.aws/v1beta1" });
        expect(registered.ofType(types.targetGroupBinding)).toEqual([]);
        expect(registered.ofType("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding")).toHaveLength(1);
    });

    it("survives what its minimum leaves after a loss", async () => {
        let workload: Workload | undefined;
        await record(() => {
            workload = new KubernetesService("web", createTarget(), serviceArgs);
        });
        const domain = workload?.failureDomain;
        expect(domain).toEqual({ tier: "web", unit: "pod", units: 6, zones: 3, needed: 4 });
        expect(domain && survival(domain).afterZone).toEqual({ left: 4, enough: true });
        await expect(valueOf(workload?.workloadName)).resolves.toBe("web");
        await expect(valueOf(workload?.securityGroupId)).resolves.toBe("sg-cluster");
    });

    it("has signals that lead to runbooks", async () => {
        let workload: Workload | undefined;
        await record(() => {
            workload = new KubernetesService("web", createTarget(), serviceArgs);
        });
        expect(workload?.signals.map(({ name }) => name)).toContain("web-tasks-missing");
        expect(missingRunbooks(workload?.signals ?? [])).toEqual([]);
    });
});

describe("a pod of a service", () => {
    it("can do no more than it must: no root, no capability, nothing to write to but /tmp", async () => {
        const registered = await web();
        const { spec } = podOf(registered);
        expect(spec.securityContext).toEqual({
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 1000,
            seccompProfile: { type: "RuntimeDefault" },
        });
        expect(containerOf(podOf(registered)).securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            privileged: false,
            capabilities: { drop: ["ALL"] },
        });
        expect(spec.volumes).toContainEqual({ name: "tmp", emptyDir: { sizeLimit: "1Gi" } });
        expect(containerOf(podOf(registered)).volumeMounts.filter((mount) => !mount.readOnly)).toEqual([
            { name: "tmp", mountPath: "/tmp" },
        ]);
    });

    it("gets no token for the API server, and no variables that nobody asked for", async () => {
        expect(podOf(await web()).spec).toMatchObject({
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            serviceAccountName: "web",
        });
    });

    it("requests its size, is limited in memory and not in CPU", async () => {
        expect(containerOf(podOf(await web())).resources).toEqual({
            requests: { cpu: "1000m", memory: "2048Mi", "ephemeral-storage": "1Gi" },
            limits: { memory: "2048Mi", "ephemeral-storage": "1Gi" },
        });
    });

    it("runs where its image does", async () => {
        expect(podOf(await web()).spec.nodeSelector).toEqual({
            "kubernetes.io/arch": "arm64",
            "kubernetes.io/os": "linux",
        });
        expect(podOf(await web({ architecture: "amd64" })).spec.nodeSelector["kubernetes.io/arch"]).toBe("amd64");
    });

    it("is spread over zones and hosts, but rather runs anywhere than not at all", async () => {
        const constraints = podOf(await web()).spec.topologySpreadConstraints;
        expect(constraints.map((constraint) => constraint.topologyKey)).toEqual([
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        ]);
        for (const constraint of constraints) {
            expect(constraint).toMatchObject({
                maxSkew: 1,
                whenUnsatisfiable: "ScheduleAnyway",
                nodeTaintsPolicy: "Honor",
                matchLabelKeys: ["pod-template-hash"],
                labelSelector: { matchLabels: { "app.kubernetes.io/name": "web" } },
            });
        }
    });

    it("is restarted for its own process only, and taken out of use when it takes no requests", async () => {
        const registered = await web({ healthCommand: ["node", "health.js"], healthCheckGraceSeconds: 120 });
        const container = containerOf(podOf(registered));
        const exec = { command: ["node", "health.js"] };
        expect(container.startupProbe).toMatchObject({ exec, periodSeconds: 5, failureThreshold: 24 });
        expect(container.livenessProbe).toMatchObject({ exec, failureThreshold: 3 });
        expect(container.readinessProbe).toMatchObject({
            httpGet: { path: "/health/accepting", port: "https", scheme: "HTTPS" },
        });
    });

    it("asks the path of the target for everything where there is no command", async () => {
        const container = containerOf(podOf(await web()));
        const httpGet = { path: "/health/accepting", port: "https", scheme: "HTTPS" };
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
            expect(container[probe]).toMatchObject({ httpGet });
        }
    });

    it("goes on serving until the balancer has let go of it, and then has its time to drain", async () => {
        const registered = await web({ stopTimeoutSeconds: 60 });
        expect(containerOf(podOf(registered)).lifecycle).toEqual({ preStop: { sleep: { seconds: 20 } } });
        expect(podOf(registered).spec.terminationGracePeriodSeconds).toBe(80);
    });

    it("shows its metrics at a port of their own, or writes them where nobody scrapes", async () => {
        const metrics = { port: 9464 };
        const scraped = await web({ metrics });
        expect(containerOf(podOf(scraped)).ports).toEqual([
            { name: "https", containerPort: 8443 },
            { name: "metrics", containerPort: 9464 },
        ]);
        expect(environmentOf(scraped)).toMatchObject({ METRICS: "prometheus", METRICS_PORT: "9464" });
        expect(scraped.ofType("kubernetes:monitoring.coreos.com/v1:PodMonitor")).toHaveLength(1);

        const logged = await web({ metrics }, { monitoringNamespace: undefined });
        expect(containerOf(podOf(logged)).ports).toHaveLength(1);
        expect(environmentOf(logged)).toMatchObject({ METRICS: "emf" });
        expect(logged.resources.filter(({ type }) => type.includes("monitoring.coreos.com"))).toEqual([]);
    });
});

const environmentOf = (registered: Registered) => manifestOf(registered, "configMap", "web").data;

describe("the environment of a pod", () => {
    it("comes from the bindings, in a ConfigMap that never changes", async () => {
        const registered = await web();
        const map = manifestOf(registered, "configMap", "web");
        expect(map).toMatchObject({
            immutable: true,
            data: { CACHE_ENDPOINT: "cache.example:6379", PORT: "8443", TLS: "on" },
        });
        // A name that Pulumi makes up is never used twice, not even for the same content.
        expect(map.metadata.annotations).toEqual({ "pulumi.com/autonamed": "true" });
        expect(containerOf(podOf(registered)).envFrom).toEqual([{ configMapRef: { name: map.metadata.name } }]);
    });

    it("names the region, which the SDKs of AWS do not guess, unless the workload has another", async () => {
        expect(environmentOf(await web())).toMatchObject({ AWS_REGION: "eu-central-1" });
        const elsewhere = await web({ environment: { AWS_REGION: "eu-west-1" } });
        expect(environmentOf(elsewhere)).toMatchObject({ AWS_REGION: "eu-west-1" });
    });

    it("takes secrets by reference, and no value of one is in a manifest", async () => {
        const registered = await web();
        const provider = manifestOf(registered, "secretProviderClass");
        const secret = provider.spec.secretObjects[0];
        expect(containerOf(podOf(registered)).env).toEqual([
            { name: "CACHE_PASSWORD", valueFrom: { secretKeyRef: { name: secret.secretName, key: "CACHE_PASSWORD" } } },
        ]);
        expect(JSON.parse(String(provider.spec.parameters["objects"]))).toEqual([
            {
                objectName: "arn:aws:secretsmanager:::secret:cache",
                objectType: "secretsmanager",
                jmesPath: [{ path: '"password"', objectAlias: "CACHE_PASSWORD" }],
            },
        ]);
        expect(provider.spec.parameters).toMatchObject({ region: "eu-central-1", usePodIdentity: "true" });
        expect(podOf(registered).spec.volumes).toContainEqual({
            name: "secrets",
            csi: {
                driver: "secrets-store.csi.k8s.io",
                readOnly: true,
                volumeAttributes: { secretProviderClass: provider.metadata.name },
            },
        });
        expect(registered.ofType("kubernetes:core/v1:Secret")).toEqual([]);
    });

    it("has another Secret for another list of secrets, since the driver does not add to one that is there", async () => {
        const nameOf = async (more: Partial<ServiceArgs>): Promise<string> =>
            manifestOf(await web(more), "secretProviderClass").spec.secretObjects[0].secretName;
        const added = {
            ...cacheBinding,
            secrets: [...cacheBinding.secrets, { variable: "CACHE_USER", secretArn: "arn:user", keyArn: "arn:key" }],
        };
        const before = await nameOf({});
        await expect(nameOf({ uses: [added] })).resolves.not.toBe(before);
    });

    it("mounts no secrets where there are none", async () => {
        const registered = await web({ uses: [] });
        expect(registered.ofType(types.secretProviderClass)).toEqual([]);
        expect(podOf(registered).spec.volumes).toEqual([{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }]);
    });
});

describe("the identity of a pod", () => {
    interface Statement {
        Sid: string;
        Action: string | string[];
        Resource: string | string[];
        Condition: Record<string, Record<string, unknown>>;
    }
    const statements = (policy: unknown): Statement[] =>
        (JSON.parse(String(policy)) as { Statement: Statement[] }).Statement;

    it("may be taken by this service account of this cluster only", async () => {
        const registered = await web();
        const role = registered.one("aws:iam/role:Role", "web-pods").inputs;
        expect(statements(role["assumeRolePolicy"])).toEqual([
            {
                Effect: "Allow",
                Principal: { Service: "pods.eks.amazonaws.com" },
                Action: ["sts:AssumeRole", "sts:TagSession"],
                Condition: {
                    StringEquals: {
                        "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-central-1:123456789012:cluster/shop-0a1b2c3",
                        "aws:RequestTag/kubernetes-namespace": namespace,
                        "aws:RequestTag/kubernetes-service-account": "web",
                    },
                },
            },
        ]);
        expect(registered.one("aws:eks/podIdentityAssociation:PodIdentityAssociation").inputs).toMatchObject({
            clusterName: "shop-0a1b2c3",
            namespace,
            serviceAccount: "web",
            roleArn: "arn:aws:mock:eu-central-1:123456789012:web-pods",
        });
    });

    it("has what the bindings say, and reads their secrets", async () => {
        const registered = await web();
        const all = registered
            .ofType(types.rolePolicy)
            .flatMap(({ inputs }) => statements(inputs["policy"]))
            .map(({ Sid, Resource }) => [Sid, Resource]);
        expect(Object.fromEntries(all)).toEqual({
            CacheConnect: ["arn:aws:elasticache:::cache"],
            ReadSecrets: ["arn:aws:secretsmanager:::secret:cache"],
            DecryptSecrets: ["arn:key/secrets"],
        });
    });

    it("is vouched for by the cluster's OpenID Connect provider where there is no agent", async () => {
        const registered = await web(
            {},
            { identity: { kind: "oidc", providerArn: "arn:provider", issuer: "oidc.example/id/1" } },
        );
        const role = registered.one("aws:iam/role:Role", "web-pods").inputs;
        expect(statements(role["assumeRolePolicy"])[0]).toMatchObject({
            Principal: { Federated: "arn:provider" },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
                StringEquals: {
                    "oidc.example/id/1:aud": "sts.amazonaws.com",
                    "oidc.example/id/1:sub": `system:serviceaccount:${namespace}:web`,
                },
            },
        });
        expect(manifestOf(registered, "serviceAccount").metadata.annotations).toEqual({
            "eks.amazonaws.com/role-arn": "arn:aws:mock:eu-central-1:123456789012:web-pods",
        });
        expect(registered.ofType("aws:eks/podIdentityAssociation:PodIdentityAssociation")).toEqual([]);
    });
});

describe("the network policy of a service", () => {
    const policyOf = async (more: Partial<ServiceArgs> = {}): Promise<Manifest<"networkPolicy">["spec"]> =>
        manifestOf(await web(more), "networkPolicy", "web").spec;
    const tcp = (port: number) => ({ protocol: "TCP", port });

    it("lets the balancer and Prometheus in, each at its port, and nobody else", async () => {
        const { ingress, policyTypes } = await policyOf({ metrics: { port: 9464 } });
        expect(policyTypes).toEqual(["Ingress", "Egress"]);
        expect(ingress).toEqual([
            { from: [{ ipBlock: { cidr: "10.0.0.0/16" } }], ports: [tcp(8443)] },
            {
                from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
                ports: [tcp(9464)],
            },
        ]);
    });

    it("lets it out to DNS, to its identity, to the peers of its bindings and to HTTPS", async () => {
        const { egress } = await policyOf();
        expect(egress.map((rule) => rule.ports)).toEqual([
            [tcp(53), { protocol: "UDP", port: 53 }],
            [tcp(80)],
            [tcp(6379)],
            [tcp(443)],
        ]);
        expect(egress[1]?.to).toEqual([{ ipBlock: { cidr: "169.254.170.23/32" } }]);
        // Not to the metadata of the node.
        expect(egress[3]?.to).toEqual([{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }]);
    });

    it("keeps HTTPS inside the VPC, and to S3, for what may not reach the internet", async () => {
        const { egress } = await policyOf({ internet: "none" });
        expect(egress.slice(3).map((rule) => rule.to)).toEqual([
            [{ ipBlock: { cidr: "10.0.0.0/16" } }],
            [{ ipBlock: { cidr: "52.219.0.0/16" } }],
        ]);
    });

    it("goes with a rule at the peer, which two workloads share", async () => {
        const registered = await record(() => {
            const target = createTarget();
            new KubernetesService("web", target, serviceArgs);
            new KubernetesService("admin", target, serviceArgs);
        });
        const toCache = registered
            .ofType(types.ingressRule)
            .filter(({ inputs }) => inputs["securityGroupId"] === "sg-cache");
        expect(toCache).toHaveLength(1);
        expect(toCache[0]?.inputs).toMatchObject({ referencedSecurityGroupId: "sg-cluster", fromPort: 6379 });
    });
});

describe("a service on Kubernetes with bad arguments", () => {
    const refused = async (more: Partial<ServiceArgs>, name = "web") => {
        let message = "";
        const registered = await record(() => {
            const target = createTarget();
            try {
                new KubernetesService(name, target, { ...serviceArgs, ...more });
            } catch (error) {
                message = (error as Error).message;
            }
        });
        expect(registered.ofType("headroom:components:KubernetesService")).toEqual([]);
        return message;
    };

    it("is refused with all problems at once, before anything is registered", async () => {
        const message = await refused(
            { image: "shop:latest", size: { cpu: 16, memory: 2048 }, neededTasks: 6, user: "0" },
            "Web",
        );
        expect(message).toContain('service "Web": 5 problems');
        expect(message).toContain('name is "Web"');
        expect(message).toContain("image is");
        expect(message).toContain("size is");
        expect(message).toContain("the largest node leaves to a pod: 15 vCPU and 120000 MiB");
        expect(message).toContain("neededTasks is 6; allowed: less than scaling.minimum, which is 6");
        expect(message).toContain("no node with one can be drained");
        expect(message).toContain('user is "0"');
    });

    it("is refused where its memory exceeds any node", async () => {
        await expect(refused({ size: { cpu: 1, memory: 120_001 } })).resolves.toContain("size is");
    });

    it("may have one pod only, which a drained node interrupts", async () => {
        const one = { scaling: { ...serviceArgs.scaling, minimum: 1 }, neededTasks: 1 };
        expect(manifestOf(await web(one), "budget").spec.maxUnavailable).toBe(1);
    });

    it("may take longer to stop than Fargate grants", async () => {
        expect(podOf(await web({ stopTimeoutSeconds: 600 })).spec.terminationGracePeriodSeconds).toBe(620);
    });
});
