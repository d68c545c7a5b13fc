/**
 * The architecture on one page: settings in, components composed, outputs out.
 *
 * Users reach CloudFront, which serves assets from a bucket and passes everything else through a VPC origin to an internal
 * load balancer and the web service behind it. Web and worker share a database with read replicas, a cache and a queue.
 * What differs between environments is data in Pulumi.<stack>.yaml.
 */
import { AlarmSet } from "./components/alarm-set";
import { AlertTopic } from "./components/alert-topic";
import { AssetBucket } from "./components/asset-bucket";
import { Cache } from "./components/cache";
import { Cdn } from "./components/cdn";
import { connectionsOfTasks } from "./components/connection-budget";
import { createCompute } from "./components/create-compute";
import { Database } from "./components/database";
import { Domain } from "./components/domain";
import { EncryptionKeys } from "./components/encryption-keys";
import { ImageRepository } from "./components/image-repository";
import { LoadBalancer } from "./components/load-balancer";
import { LogBucket } from "./components/log-bucket";
import { MailSender } from "./components/mail-sender";
import { Monitoring } from "./components/monitoring";
import { Network } from "./components/network";
import { connectionDemand, loadSettings } from "./components/settings";
import { SigningKeys } from "./components/signing-keys";
import { WorkQueue } from "./components/work-queue";

const settings = loadSettings();
const { region, logRetentionDays, deletionProtection } = settings;
const tags = { Project: "headroom", Environment: settings.environment, Stage: settings.stage };

// What everything stands on: keys, network, names, and where alarms go.
const keys = new EncryptionKeys("keys", { region, tags });
const network = new Network("network", {
    ...settings.network,
    cidrBlock: settings.network.cidr,
    region,
    flowLogs: { retentionDays: logRetentionDays, keyArn: keys.logs.arn },
    tags,
});
const domain = new Domain("domain", { name: settings.domain, hostedZoneId: settings.hostedZoneId, region, tags });
const alerts = new AlertTopic("alerts", {
    region,
    key: keys.messages,
    edgeKey: keys.edge.messages,
    ...settings.monitoring,
    tags,
});
const accessLogs = new LogBucket("access-logs", { retentionDays: logRetentionDays, tags });

// What the application keeps and what it talks to.
const database = new Database("database", {
    ...settings.database,
    databaseName: settings.database.name,
    network,
    key: keys.database,
    secretsKey: keys.secrets,
    logsKey: keys.logs,
    logRetentionDays,
    deletionProtection,
    tags,
});
const cache = new Cache("cache", {
    ...settings.cache,
    network,
    key: keys.cache,
    secretsKey: keys.secrets,
    logsKey: keys.logs,
    logRetentionDays,
    tags,
});
const jobs = new WorkQueue("jobs", {
    ...settings.jobs,
    concurrency: settings.worker.concurrency,
    key: keys.messages,
    tags,
});
const assets = new AssetBucket("assets", { key: keys.objects, logs: accessLogs, tags });
const mail = new MailSender("mail", { ...settings.mail, domain, region, tags });
const tokens = new SigningKeys("jwt", { version: settings.auth.signingKeyVersion, secretsKey: keys.secrets, tags });

// The application: one image, two roles, one way to ask a container whether it is well.
const healthCommand = ["node", "dist/health-check.js"];
const repository = new ImageRepository("images", { key: keys.images, tags });
const image = repository.resolve(settings.image);
const balancer = new LoadBalancer("balancer", {
    network,
    certificateArn: domain.originCertificateArn,
    logs: accessLogs,
    deletionProtection,
    tags,
});
const compute = createCompute("compute", {
    kind: settings.compute,
    cluster: settings.kubernetes,
    network,
    logsKey: keys.logs,
    logRetentionDays,
    deletionProtection,
    tags,
});
const webTarget = balancer.addTarget("web", {
    port: 8443,
    healthCheckPath: "/health/accepting",
    priority: 100,
    tags: compute.targetTags,
});
const webGuards = new AlarmSet("web-guards", { topic: alerts, sources: [webTarget], region, tags });
// The schema that the image expects: an update that cannot bring it about touches neither of the two.
const migrations = compute.job("migrate", {
    image,
    command: ["migrate"],
    size: { cpu: 0.25, memory: 512 },
    architecture: settings.web.architecture,
    uses: [database.owner],
    logRetentionDays,
    tags,
});
// Where compute takes metrics from a port, it is this one.
const metrics = { port: 9464 };
const connections = connectionsOfTasks(settings.database.connectionsPerProcess, connectionDemand(settings));
const web = compute.service("web", {
    image,
    command: ["web"],
    healthCommand,
    size: settings.web,
    architecture: settings.web.architecture,
    scaling: settings.web,
    neededTasks: settings.web.neededTasks,
    target: webTarget,
    rollbackAlarms: webGuards.alarmNames,
    after: [migrations],
    uses: [database.writer, database.reader, cache, assets.uploader, tokens],
    environment: {
        WEB_CONCURRENCY: String(settings.web.processes),
        DATABASE_POOL_SIZE: String(connections.web),
        PORT: "8443",
        TLS: "on",
    },
    metrics,
    logRetentionDays,
    tags,
});
const worker = compute.worker("worker", {
    image,
    command: ["worker"],
    healthCommand,
    size: settings.worker,
    architecture: settings.worker.architecture,
    scaling: settings.worker,
    neededTasks: settings.worker.neededTasks,
    source: jobs,
    after: [migrations],
    // It sends what the outbox holds, and the next step of an order, as well; `redrive` is for the task that a person starts
    // from the same definition (docs/runbooks/queue-dead-letters.md).
    uses: [database.writer, database.reader, cache, jobs.consumer, jobs.producer, jobs.redrive, assets.publisher, mail],
    environment: { DATABASE_POOL_SIZE: String(connections.worker) },
    metrics,
    logRetentionDays,
    tags,
});

// What users meet first, and what tells us how all of it is doing.
const cdn = new Cdn("cdn", {
    webAcl: { rateLimit: settings.cdn.rateLimit, logRetentionDays },
    edgeCachedPaths: settings.cdn.edgeCachedPaths,
    priceClass: settings.cdn.priceClass,
    network,
    balancer,
    domain,
    assets,
    logs: accessLogs,
    edgeLogsKey: keys.edge.logs,
    region,
    tags,
});
assets.admitUploadsFrom([cdn.url]);
const monitoring = new Monitoring("monitoring", {
    topic: alerts,
    region,
    guards: [webGuards],
    sources: [
        cdn,
        domain,
        balancer,
        webTarget,
        compute,
        migrations,
        web,
        worker,
        database,
        cache,
        jobs,
        assets,
        mail,
        network,
    ],
    failureTiers: [cdn, balancer, web, worker, ...database.failureTiers, cache, jobs, assets, network],
    golden: {
        latency: [webTarget.metrics.responseTime()],
        traffic: [webTarget.metrics.requests()],
        errors: [webTarget.metrics.errorPercent()],
        saturation: [database.metrics.cpu()],
    },
    tags,
});

export const url = cdn.url;
export const imageRepository = repository.repositoryUrl;
export const dashboard = monitoring.dashboardUrl;
export const survival = monitoring.survival;
