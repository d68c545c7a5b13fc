import { ServiceBinding } from "../../components/binding";
import { ServiceArgs, WorkerArgs } from "../../components/compute";
import { EcsCompute, EcsComputeArgs } from "../../components/ecs/ecs-compute";
import { NetworkReference } from "../../components/network-reference";

const zone = (n: number) => ({
    id: `euc1-az${String(n)}`,
    key: `az${String(n)}`,
    name: `eu-central-1${"abc".charAt(n - 1)}`,
});
const subnets = (kind: string) => [1, 2, 3].map((n) => ({ zone: zone(n), id: `subnet-${kind}-${String(n)}` }));

/** A network of three zones that was made elsewhere. */
export const network: NetworkReference = {
    vpcId: "vpc-1",
    cidrBlock: "10.0.0.0/16",
    region: "eu-central-1",
    zones: [1, 2, 3].map(zone),
    publicSubnets: subnets("public"),
    privateSubnets: subnets("private"),
    isolatedSubnets: subnets("isolated"),
    egressReady: [],
};

export const logsKey = { arn: "arn:aws:kms:eu-central-1:123456789012:key/logs" };

/** A backing service with a bit of everything. */
export const cacheBinding: ServiceBinding = {
    name: "cache",
    environment: { CACHE_ENDPOINT: "cache.example:6379" },
    secrets: [
        {
            variable: "CACHE_PASSWORD",
            secretArn: "arn:aws:secretsmanager:::secret:cache",
            field: "password",
            keyArn: "arn:key/secrets",
        },
    ],
    connections: [{ peer: "cache", securityGroupId: "sg-cache", port: 6379 }],
    permissions: [
        {
            sid: "CacheConnect",
            actions: ["elasticache:Connect"],
            resources: ["arn:aws:elasticache:::cache"],
            conditions: [
                { test: "StringEquals", variable: "aws:ResourceTag/tier", values: ["cache"] },
                { test: "StringEquals", variable: "aws:RequestedRegion", values: ["eu-central-1"] },
            ],
        },
    ],
};

export const serviceArgs: ServiceArgs = {
    image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.4.2",
    command: ["web"],
    size: { cpu: 1, memory: 2048 },
    uses: [cacheBinding],
    environment: { TLS: "on", PORT: "8443" },
    logRetentionDays: 30,
    neededTasks: 4,
    rollbackAlarms: ["web-errors", "web-slow"],
    target: {
        port: 8443,
        protocol: "HTTPS",
        healthCheckPath: "/health/accepting",
        sourceSecurityGroupId: "sg-balancer",
        targetGroupArn: "arn:target-group",
        requestCountLabel: "app/balancer/1/targetgroup/web/2",
        metricDimensions: {},
        ready: [],
    },
    scaling: { minimum: 6, maximum: 24, cpuTarget: 60, requestsPerTarget: 7200 },
};

export const workerArgs: WorkerArgs = {
    image: serviceArgs.image,
    command: ["worker"],
    size: { cpu: 0.5, memory: 1024 },
    logRetentionDays: 30,
    source: {
        queueName: "jobs-0a1b2c3",
        queueUrl: "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs-0a1b2c3",
        queueArn: "arn:aws:sqs:eu-central-1:123456789012:jobs-0a1b2c3",
        visibilityTimeoutSeconds: 60,
    },
    scaling: { minimum: 2, maximum: 20, acceptableLatencySeconds: 30, processingSeconds: 2, concurrency: 5 },
};

export const createEcs = (more: Partial<EcsComputeArgs> = {}): EcsCompute =>
    new EcsCompute("compute", { network, logsKey, tags: { project: "shop" }, ...more });
