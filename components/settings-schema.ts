import { z } from "zod";
import { taskCpuSizes } from "./compute";
import { leastPerProcess } from "./connection-budget";
import { instanceClass } from "./database-sizing";
import { ClusterChoice } from "./kubernetes/cluster-choice";
import { defaultKubernetesVersion, kubernetesVersions } from "./kubernetes/kubernetes-versions";
import { nodeSize } from "./kubernetes/node-size";
import { logRetentions } from "./log-retention";
import { allowedVpcCidr } from "./subnet-layout";

/**
 * The shape of the stack configuration, one leaf a setting. Every leaf says what is allowed and what to write, so that
 * a mistake can be answered with more than a type's name.
 */

/** What a message about a setting needs to say. */
interface SettingHelp {
    readonly allowed: string;
    readonly example: string;
}

const help = z.registry<SettingHelp>();

/** The help of a leaf, looked for through `optional()` and the like. */
export function helpOf(schema: z.ZodType): SettingHelp | undefined {
    const found = help.get(schema);
    if (found !== undefined) {
        return found;
    }
    return schema instanceof z.ZodOptional ? helpOf(schema.unwrap() as z.ZodType) : undefined;
}

function setting<Schema extends z.ZodType>(schema: Schema, allowed: string, example: string): Schema {
    help.add(schema, { allowed, example });
    return schema;
}

const whole = (least: number, most: number, example: number) =>
    setting(
        z.int().min(least).max(most),
        `a whole number from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}`,
        String(example),
    );

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values, example: Values[number]) =>
    setting(z.enum(values), `one of ${values.join(", ")}`, example);

const matching = (pattern: RegExp, allowed: string, example: string) =>
    setting(z.string().regex(pattern), allowed, example);

const flag = (example: boolean) => setting(z.boolean(), "true or false", String(example));

const listOf = (pattern: RegExp, allowed: string, example: string) =>
    setting(z.array(z.string().regex(pattern)), allowed, example);

const cpu = setting(
    z.union(taskCpuSizes.map((size) => z.literal(size))),
    `one of ${taskCpuSizes.join(", ")} (vCPU)`,
    "1",
);

const memory = setting(
    z.int().min(512).max(122_880),
    "a whole number of MiB from 512 to 122,880 (what fits the CPU is checked, too)",
    "2048",
);

const architecture = oneOf(["arm64", "amd64"], "arm64");

const cidrPattern = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;

const sections = {
    network: {
        /** Address range of the VPC. */
        cidr: matching(cidrPattern, allowedVpcCidr, "10.0.0.0/16"),
        /** Ranges that this VPC must not overlap: other environments, offices, peers. */
        reservedCidrs: listOf(cidrPattern, "a list of IPv4 ranges in CIDR form", '["10.1.0.0/16"]'),
        /** Zone ids, at least three. Default: the first three of the region that every part of Headroom supports. */
        zoneIds: listOf(
            /^[a-z]+\d+-az\d+$/,
            "a list of zone ids of the region",
            '["euc1-az1", "euc1-az2", "euc1-az3"]',
        ),
        natGateways: oneOf(["per-zone", "single", "regional"], "per-zone"),
        interfaceEndpoints: listOf(
            /^[a-z][a-z0-9.-]+$/,
            "a list of service names as they end the endpoint's name; an empty list for none",
            '["ecr.api", "ecr.dkr", "logs"]',
        ),
    },
    web: {
        cpu,
        memory,
        architecture,
        minimum: whole(1, 5_000, 3),
        maximum: whole(1, 5_000, 9),
        /** Tasks that carry the average load: what must be left when a zone is lost. */
        neededTasks: whole(1, 5_000, 2),
        cpuTarget: whole(10, 90, 60),
        requestsPerTarget: whole(1, 1_000_000, 7_200),
        /**
         * Processes that a task runs, which `WEB_CONCURRENCY` tells it; each has its own connections to the database. Default: one for
         * each whole vCPU, since a process of Node.js uses little more than one. An image that uses all of them by itself says 1.
         */
        processes: whole(1, 16, 2),
    },
    worker: {
        cpu,
        memory,
        architecture,
        minimum: whole(0, 5_000, 2),
        maximum: whole(1, 5_000, 20),
        neededTasks: whole(1, 5_000, 1),
        acceptableLatencySeconds: whole(1, 86_400, 30),
        processingSeconds: setting(z.number().min(0.001).max(43_200), "a number of seconds from 0.001 to 43,200", "2"),
        /** Messages that one task works on at a time; the application takes up to 10 in a request, in up to 50 loops. */
        concurrency: whole(1, 500, 5),
    },
    database: {
        /** Name of the database in PostgreSQL. Changing it replaces the database. */
        name: matching(
            /^[a-z][a-z0-9_]{0,62}$/,
            "1 to 63 lower-case letters, digits and underscores, a letter first",
            "shop",
        ),
        engineVersion: matching(/^(1[7-9]|[2-9]\d)$/, "a major version of PostgreSQL from 17", "17"),
        instanceClass: setting(
            z.string().refine((name) => instanceClass(name) !== undefined),
            "an RDS instance class that runs PostgreSQL",
            "db.r7g.xlarge",
        ),
        storageGib: whole(20, 65_536, 100),
        maxStorageGib: whole(20, 65_536, 1_000),
        /** For the update that raises `engineVersion`; applies at once what would wait for the maintenance window. */
        allowMajorVersionUpgrade: flag(true),
        multiAz: flag(true),
        replicas: whole(0, 15, 2),
        backupRetentionDays: whole(0, 35, 7),
        /** Raise it by one to give the master user a new password. */
        passwordVersion: whole(1, 1_000_000, 2),
        /**
         * Connections that a process keeps to the primary and to each replica, at most; one of a worker keeps 3 at the least. Default:
         * what fits the instance class at the maximum of tasks, up to 10.
         */
        connectionsPerProcess: whole(leastPerProcess, 50, 10),
    },
    cache: {
        engineVersion: matching(/^[89]\.\d$/, "a version of Valkey from 8.0", "8.2"),
        nodeType: matching(
            /^cache\.[a-z][a-z0-9]*\.(micro|small|medium|\d*x?large)$/,
            "an ElastiCache node type",
            "cache.r7g.large",
        ),
        shards: whole(1, 250, 2),
        replicasPerShard: whole(0, 5, 1),
        authentication: oneOf(["password", "iam"], "password"),
        snapshotRetentionDays: whole(0, 35, 1),
    },
    jobs: {
        visibilityTimeoutSeconds: whole(1, 43_200, 60),
        maxReceives: whole(1, 1_000, 3),
        retentionDays: whole(1, 14, 4),
    },
    cdn: {
        /** Requests in five minutes that one address may make. */
        rateLimit: whole(100, 2_000_000, 2_000),
        /** Paths whose answers are the same for everyone and may be kept at the edge as long as the application says. */
        edgeCachedPaths: setting(
            z.array(z.string().regex(/^\/[^\s]*$/)).max(20),
            "a list of at most 20 path patterns, each from / on",
            '["/catalog/*"]',
        ),
        priceClass: oneOf(["PriceClass_100", "PriceClass_200", "PriceClass_All"], "PriceClass_100"),
    },
    auth: {
        /** Raise it by one to sign bearer tokens with a new key; see `SigningKeys` for what has to happen in between. */
        signingKeyVersion: whole(1, 1_000_000, 2),
    },
    mail: {
        /** What stands before the @ of the address that mails come from. */
        sender: matching(
            /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/,
            "1 to 64 lower-case letters, digits and . _ -, a letter or digit at both ends",
            "orders",
        ),
        /** What receivers do with mails that only claim to be the domain's; `unmanaged` where it has a DMARC record already. */
        dmarc: oneOf(["none", "quarantine", "reject", "unmanaged"], "quarantine"),
    },
    kubernetes: {
        version: oneOf(kubernetesVersions, defaultKubernetesVersion),
        /** Who runs the nodes: EKS Auto Mode, or node groups. Of an adopted cluster: who does already. */
        nodes: oneOf(["auto", "managed"], "auto"),
        /** Of node groups. */
        instanceType: setting(
            z.string().refine((name) => nodeSize(name) !== undefined),
            "an instance type of a family c, m or r from the fifth generation, large at the least",
            "m7g.xlarge",
        ),
        /** The fewest nodes of node groups in each zone. */
        nodesPerZone: whole(1, 500, 1),
        /** The most nodes of node groups in each zone. */
        maximumNodesPerZone: whole(2, 1_000, 6),
        /** The most vCPUs of all nodes of EKS Auto Mode together. */
        maximumCpu: whole(6, 100_000, 100),
        /** Whence the API server can be reached over the internet; an empty list leaves the private endpoint alone. */
        publicAccessCidrs: listOf(cidrPattern, "a list of IPv4 ranges in CIDR form", '["203.0.113.0/24"]'),
        /** Whence, inside or in peered networks, the private endpoint can be reached. Default: from anywhere in the VPC. */
        privateAccessCidrs: listOf(cidrPattern, "a list of IPv4 ranges in CIDR form", '["10.16.0.0/16"]'),
        adminRoleArns: listOf(
            /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/,
            "a list of ARNs of IAM roles",
            '["arn:aws:iam::123456789012:role/platform"]',
        ),
        /** Whether the cluster refuses to be deleted; false before compute goes elsewhere. Default: as for the whole stack. */
        deletionProtection: flag(true),
        serviceCidr: matching(cidrPattern, "a private IPv4 range from /12 to /24", "172.20.0.0/16"),
        /** Whether KEDA scales workers on the queue's backlog: made here (the default), there already (in adopted clusters), or refused. */
        keda: oneOf(["install", "present", "none"], "install"),
        /** Whether a Prometheus watches pods: made here (the default), there already (in adopted clusters), or none. */
        monitoring: oneOf(["install", "present", "none"], "install"),
        /** Of a cluster that is there already. It makes no cluster then. */
        kubeconfig: setting(
            z.string().min(1),
            "a kubeconfig as YAML or JSON, written with pulumi config set --secret",
            'the output of "kubectl config view --raw --minify --flatten"',
        ),
        /** Name of the adopted cluster in EKS. */
        clusterName: matching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/, "the name of a cluster of EKS", "platform-1"),
        /** Security group of the adopted cluster's nodes. */
        nodeSecurityGroupId: matching(/^sg-[0-9a-f]{8,17}$/, "the id of a security group", "sg-0123456789abcdef0"),
        /** The largest instance type of the adopted cluster's nodes. */
        largestNode: setting(
            z.string().refine((name) => nodeSize(name) !== undefined),
            "an instance type of a family c, m or r from the fifth generation, large at the least",
            "m7g.4xlarge",
        ),
        /** For an adopted cluster without the agent of Pod Identity. */
        oidcProviderArn: matching(
            /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/.+$/,
            "the ARN of an IAM OpenID Connect provider",
            "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF",
        ),
    },
    image: {
        /** Tag of the image in the stack's own repository. */
        tag: matching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, "an image tag, up to 128 characters", "2026-11-22.1"),
        /** A whole image reference, for images that are kept elsewhere. Excludes `tag`. */
        uri: matching(
            /^[a-z0-9][^\s]*[:@][^\s]+$/,
            "an image reference with a tag or a digest",
            "registry.example.com/shop:1.4.2",
        ),
    },
    monitoring: {
        /** Who hears of alarms. Each address must confirm its subscription. */
        emails: listOf(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "a list of e-mail addresses", '["on-call@example.com"]'),
    },
} as const;

type Sections = typeof sections;
type Complete = { [Section in keyof Sections]: z.infer<z.ZodObject<Sections[Section]>> };

const topLevel = {
    environment: oneOf(["dev", "staging", "prod"], "prod"),
    stage: oneOf(["start", "grow", "scale", "global"], "start"),
    domain: setting(
        z.string().regex(/^(none|(?=.{4,57}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})$/),
        "a domain name in lower case of at most 57 characters (with `origin.` in front, a certificate takes 64) that has a hosted zone in Route 53, or none (environment dev only)",
        "shop.example.com",
    ),
    /** Needed only where the domain's hosted zone is not named like the domain. */
    hostedZoneId: matching(/^Z[A-Z0-9]{1,32}$/, "the id of a Route 53 hosted zone", "Z0123456789ABCDEFGHIJ"),
    compute: oneOf(["ecs", "kubernetes"], "ecs"),
    /** Whether database and load balancer refuse to be deleted. */
    deletionProtection: flag(true),
    /** Days that logs are kept. */
    logRetentionDays: setting(
        z.int().refine((days) => logRetentions.includes(days)),
        `one of ${logRetentions.join(", ")}`,
        "90",
    ),
} as const;

/** The settings as a stack file holds them: what is absent comes from the stage. */
export const fileSchema = z.strictObject({
    environment: topLevel.environment,
    stage: topLevel.stage.optional(),
    domain: topLevel.domain,
    hostedZoneId: topLevel.hostedZoneId.optional(),
    compute: topLevel.compute.optional(),
    deletionProtection: topLevel.deletionProtection.optional(),
    logRetentionDays: topLevel.logRetentionDays.optional(),
    network: z.strictObject(sections.network).partial().optional(),
    web: z.strictObject(sections.web).partial().optional(),
    worker: z.strictObject(sections.worker).partial().optional(),
    database: z.strictObject(sections.database).partial().optional(),
    cache: z.strictObject(sections.cache).partial().optional(),
    jobs: z.strictObject(sections.jobs).partial().optional(),
    cdn: z.strictObject(sections.cdn).partial().optional(),
    auth: z.strictObject(sections.auth).partial().optional(),
    mail: z.strictObject(sections.mail).partial().optional(),
    kubernetes: z.strictObject(sections.kubernetes).partial().optional(),
    image: z.strictObject(sections.image).partial().optional(),
    monitoring: z.strictObject(sections.monitoring).partial().optional(),
});

export type FileSettings = z.infer<typeof fileSchema>;

/** The names of the stages, smallest first. */
export type StageName = z.infer<typeof topLevel.stage>;

/** The part of the settings that a stage decides. */
export interface StagePreset {
    readonly network: Omit<Complete["network"], "zoneIds">;
    /** How many processes a task runs follows from its CPU. */
    readonly web: Omit<Complete["web"], "processes">;
    readonly worker: Complete["worker"];
    /** How many connections a process keeps follows from the numbers of tasks. */
    readonly database: Omit<Complete["database"], "connectionsPerProcess">;
    readonly cache: Complete["cache"];
    readonly jobs: Complete["jobs"];
    readonly cdn: Complete["cdn"];
}

/** The settings of a stack: every value known, every contradiction refused. */
export interface Settings {
    readonly environment: FileSettings["environment"];
    readonly stage: StageName;
    readonly region: string;
    readonly domain: string;
    readonly hostedZoneId: string | undefined;
    readonly compute: z.infer<typeof topLevel.compute>;
    readonly deletionProtection: boolean;
    readonly logRetentionDays: number;
    readonly network: Complete["network"];
    readonly web: Complete["web"];
    readonly worker: Complete["worker"];
    readonly database: Complete["database"];
    readonly cache: Complete["cache"];
    readonly jobs: Complete["jobs"];
    readonly cdn: Complete["cdn"];
    readonly auth: Complete["auth"];
    readonly mail: Complete["mail"];
    /** Which cluster, where compute is kubernetes. */
    readonly kubernetes: ClusterChoice;
    readonly image: { readonly tag: string } | { readonly uri: string };
    readonly monitoring: { readonly emails: readonly string[] };
}
