import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Example } from "../expectation";

const ZONES = ["a", "b", "c"];
const TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts";
const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1";
const CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/1";
const IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.4.2";

/** A cluster in Auto Mode with a node pool of the program's own, and a load balancer that the program keeps. */
function program(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnetIds = ZONES.map(
        (zone, index) =>
            new aws.ec2.Subnet(`subnet-${zone}`, {
                vpcId: vpc.id,
                cidrBlock: `10.0.${index}.0/24`,
                availabilityZone: `eu-central-1${zone}`,
            }).id,
    );
    const role = (name: string, service: string): aws.iam.Role =>
        new aws.iam.Role(name, { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: service }) });
    const nodeRole = role("node-role", "ec2.amazonaws.com");
    const cluster = new aws.eks.Cluster("shop", {
        roleArn: role("cluster-role", "eks.amazonaws.com").arn,
        accessConfig: { authenticationMode: "API" },
        bootstrapSelfManagedAddons: false,
        computeConfig: { enabled: true, nodePools: ["system"], nodeRoleArn: nodeRole.arn },
        kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
        storageConfig: { blockStorage: { enabled: true } },
        vpcConfig: { subnetIds, endpointPrivateAccess: true, endpointPublicAccess: false },
        encryptionConfig: { provider: { keyArn: KEY }, resources: ["secrets"] },
    });
    const securityGroups = [new aws.ec2.SecurityGroup("balancer", { vpcId: vpc.id }).id];
    const balancer = new aws.lb.LoadBalancer("web", {
        subnets: subnetIds,
        securityGroups,
        internal: true,
        enableDeletionProtection: true,
        dropInvalidHeaderFields: true,
    });
    const targets = new aws.lb.TargetGroup("web", {
        vpcId: vpc.id,
        targetType: "ip",
        port: 8443,
        protocol: "HTTPS",
        healthCheck: { path: "/health/accepting", protocol: "HTTPS" },
    });
    new aws.lb.Listener("https", {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        certificateArn: CERTIFICATE,
        defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
    });
    new aws.cloudwatch.MetricAlarm("web-errors", {
        namespace: "AWS/ApplicationELB",
        metricName: "HTTPCode_ELB_5XX_Count",
        dimensions: { LoadBalancer: balancer.arnSuffix },
        comparisonOperator: "GreaterThanThreshold",
        evaluationPeriods: 1,
        alarmActions: [TOPIC],
    });

    const kubeconfig = pulumi
        .all([cluster.endpoint, cluster.certificateAuthority.data, cluster.name])
        .apply(([server, authority, name]) =>
            JSON.stringify({ clusters: [{ name, cluster: { server, "certificate-authority-data": authority } }] }),
        );
    const provider = new k8s.Provider("provider", { kubeconfig });
    const custom = (name: string, apiVersion: string, kind: string, spec: pulumi.Input<object>, namespace?: string) =>
        new k8s.apiextensions.CustomResource(
            name,
            { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec },
            { provider },
        );
    custom("on-demand", "karpenter.sh/v1", "NodePool", {
        template: {
            spec: {
                nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "default" },
                requirements: [
                    { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
                    { key: "kubernetes.io/arch", operator: "In", values: ["arm64"] },
                    {
                        key: "topology.kubernetes.io/zone",
                        operator: "In",
                        values: ZONES.map((zone) => `eu-central-1${zone}`),
                    },
                ],
            },
        },
        disruption: { consolidationPolicy: "WhenEmptyOrUnderutilized", budgets: [{ nodes: "10%" }] },
    });

    const namespace = "shop";
    new k8s.core.v1.Namespace(namespace, { metadata: { name: namespace } }, { provider });
    const podRole = role("pod-role", "pods.eks.amazonaws.com");
    const account = new k8s.core.v1.ServiceAccount("shop", { metadata: { name: "shop", namespace } }, { provider });
    new aws.eks.PodIdentityAssociation("shop", {
        clusterName: cluster.name,
        namespace,
        serviceAccount: account.metadata.name,
        roleArn: podRole.arn,
    });
    custom(
        "secrets",
        "external-secrets.io/v1",
        "SecretStore",
        { provider: { aws: { service: "SecretsManager", region: "eu-central-1" } } },
        namespace,
    );
    custom(
        "database",
        "external-secrets.io/v1",
        "ExternalSecret",
        {
            refreshInterval: "1h",
            secretStoreRef: { kind: "SecretStore", name: "secrets" },
            target: { name: "database" },
            data: [{ secretKey: "password", remoteRef: { key: "shop/database", property: "password" } }],
        },
        namespace,
    );
    const settings = new k8s.core.v1.ConfigMap(
        "settings",
        { metadata: { namespace }, data: { LOG_LEVEL: "info", DATABASE_HOST: "db.internal", DATABASE_SSL: "verify" } },
        { provider },
    );
    const password = { name: "DATABASE_PASSWORD", valueFrom: { secretKeyRef: { name: "database", key: "password" } } };
    const container = (command: string): object => ({
        name: command,
        image: IMAGE,
        args: [command],
        envFrom: [{ configMapRef: { name: settings.metadata.name } }],
        env: [password],
    });
    const migrate = { "app.kubernetes.io/name": "shop-migrate" };
    const migrated = new k8s.batch.v1.Job(
        "migrate",
        {
            metadata: { namespace },
            spec: {
                backoffLimit: 2,
                template: {
                    metadata: { labels: migrate },
                    spec: {
                        containers: [container("migrate") as k8s.types.input.core.v1.Container],
                        restartPolicy: "Never",
                    },
                },
            },
        },
        { provider },
    );
    const workload = (name: string, needed: number, more: object): k8s.apps.v1.Deployment => {
        const labels = { "app.kubernetes.io/name": `shop-${name}` };
        const deployment = new k8s.apps.v1.Deployment(
            name,
            {
                metadata: {
                    name,
                    namespace,
                    annotations: { "policies.headroom.dev/needed-capacity": String(needed) },
                },
                spec: {
                    selector: { matchLabels: labels },
                    strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
                    template: {
                        metadata: { labels },
                        spec: {
                            serviceAccountName: account.metadata.name,
                            terminationGracePeriodSeconds: 90,
                            containers: [{ ...container(name), ...more } as k8s.types.input.core.v1.Container],
                            topologySpreadConstraints: [
                                {
                                    maxSkew: 1,
                                    minDomains: 3,
                                    topologyKey: "topology.kubernetes.io/zone",
                                    whenUnsatisfiable: "DoNotSchedule",
                                    labelSelector: { matchLabels: labels },
                                    matchLabelKeys: ["pod-template-hash"],
                                },
                            ],
                        },
                    },
                },
            },
            { provider, dependsOn: [migrated], ignoreChanges: ["spec.replicas"] },
        );
        new k8s.policy.v1.PodDisruptionBudget(
            name,
            { metadata: { name, namespace }, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
            { provider },
        );
        new k8s.networking.v1.NetworkPolicy(
            name,
            { metadata: { name, namespace }, spec: { podSelector: { matchLabels: labels }, policyTypes: ["Ingress"] } },
            { provider },
        );
        custom(
            name,
            "keda.sh/v1alpha1",
            "ScaledObject",
            {
                scaleTargetRef: { name: deployment.metadata.name },
                minReplicaCount: 6,
                maxReplicaCount: 60,
                triggers: [{ type: "cpu", metricType: "Utilization", metadata: { value: "60" } }],
            },
            namespace,
        );
        return deployment;
    };
    workload("web", 4, {
        ports: [{ name: "https", containerPort: 8443 }],
        readinessProbe: { httpGet: { path: "/health/ready", port: "https", scheme: "HTTPS" } },
    });
    workload("worker", 4, {});
    const service = new k8s.core.v1.Service(
        "web",
        {
            metadata: { name: "web", namespace },
            spec: {
                selector: { "app.kubernetes.io/name": "shop-web" },
                ports: [{ name: "https", port: 443, targetPort: "https" }],
            },
        },
        { provider },
    );
    custom(
        "web-targets",
        "eks.amazonaws.com/v1",
        "TargetGroupBinding",
        {
            serviceRef: { name: service.metadata.name, port: "https" },
            targetGroupARN: targets.arn,
            targetType: "ip",
        },
        namespace,
    );
}

export const eksAutoMode: Example = {
    shape: "A shop on EKS Auto Mode with KEDA, Pod Identity and the External Secrets operator",
    program,
    expected: [],
};
