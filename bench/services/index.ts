/**
 * `services` times the same: a web service behind its target, a queue, a worker, and the alarms of all of them, on one
 * network, cluster and load balancer. With `services: 0` only what they share is left: the fixed start.
 */
import * as pulumi from "@pulumi/pulumi";
import { AlarmSet } from "../../components/alarm-set";
import { AlertTopic } from "../../components/alert-topic";
import { createCompute } from "../../components/create-compute";
import { EncryptionKeys } from "../../components/encryption-keys";
import { LoadBalancer } from "../../components/load-balancer";
import { LogBucket } from "../../components/log-bucket";
import { Network } from "../../components/network";
import { WorkQueue } from "../../components/work-queue";

const count = new pulumi.Config().requireNumber("services");
const region = "eu-central-1";
const logRetentionDays = 90;
const tags = { Project: "bench" };
const image = "registry.example.com/bench:1";

const keys = new EncryptionKeys("keys", { region, tags });
const network = new Network("network", {
    region,
    cidrBlock: "10.0.0.0/16",
    zoneIds: ["euc1-az1", "euc1-az2", "euc1-az3"],
    interfaceEndpoints: ["ecr.api", "ecr.dkr", "logs", "sqs"],
    flowLogs: { retentionDays: logRetentionDays, keyArn: keys.logs.arn },
    tags,
});
const alerts = new AlertTopic("alerts", {
    region,
    key: keys.messages,
    edgeKey: keys.edge.messages,
    emails: ["on-call@example.com"],
    tags,
});
const logs = new LogBucket("access-logs", { retentionDays: logRetentionDays, tags });
const certificateArn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-4000-8000-000000000000";
const balancer = new LoadBalancer("balancer", { network, certificateArn, logs, deletionProtection: true, tags });
const compute = createCompute("compute", { kind: "ecs", network, logsKey: keys.logs, tags });
new AlarmSet("shared", { topic: alerts, sources: [network, balancer, compute], region, tags });

for (let number = 1; number <= count; number++) {
    const name = `s${String(number).padStart(3, "0")}`;
    const shared = { image, logRetentionDays, neededTasks: 2, tags };
    const jobs = new WorkQueue(`${name}-jobs`, { key: keys.messages, visibilityTimeoutSeconds: 60, tags });
    const target = balancer.addTarget(`${name}-web`, {
        port: 8443,
        healthCheckPath: "/health/ready",
        priority: number * 100,
        pathPatterns: [`/${name}/*`],
    });
    const web = compute.service(`${name}-web`, {
        ...shared,
        command: ["web"],
        size: { cpu: 1, memory: 2048 },
        scaling: { minimum: 3, maximum: 9, cpuTarget: 60, requestsPerTarget: 7200 },
        target,
        uses: [jobs.producer],
    });
    const worker = compute.worker(`${name}-worker`, {
        ...shared,
        command: ["worker"],
        size: { cpu: 0.5, memory: 1024 },
        scaling: { minimum: 3, maximum: 20, acceptableLatencySeconds: 30, processingSeconds: 2, concurrency: 5 },
        source: jobs,
        uses: [jobs.consumer],
    });
    new AlarmSet(`${name}-alarms`, { topic: alerts, sources: [target, web, worker, jobs], region, tags });
}
