/**
 * What the stack gives the application, held against what the application reads and calls: the real index.ts, against mocks, and
 * the real configuration of app/src.
 */
import * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { loadConfiguration, type Role, SETTING_NAMES } from "../../app/src/configuration";
import { Images } from "../../app/src/shop/images";
import { outputs as edgeOutputs } from "./edge-fixture";
import { record, Registered } from "./harness";

const root = path.join(__dirname, "../..");

/** What AWS knows once these exist, in its own formats: the application refuses others. */
const outputs: Parameters<typeof record>[1] = {
    ...edgeOutputs,
    "aws:rds/instance:Instance": (_inputs, name) => ({
        identifier: name,
        resourceId: `db-${name}`,
        address: `${name}.abc123.eu-central-1.rds.amazonaws.com`,
        endpoint: `${name}.abc123.eu-central-1.rds.amazonaws.com:5432`,
    }),
    "aws:elasticache/replicationGroup:ReplicationGroup": () => ({
        configurationEndpointAddress: "clustercfg.cache.abc123.euc1.cache.amazonaws.com",
        replicationGroupId: "cache-0a1b2c3d",
    }),
    "aws:sqs/queue:Queue": (_inputs, name) => ({
        url: `https://sqs.eu-central-1.amazonaws.com/123456789012/${name}-0a1b2c3`,
    }),
    "aws:sesv2/emailIdentity:EmailIdentity": () => ({ dkimSigningAttributes: { tokens: ["one", "two", "three"] } }),
    "aws:ecr/repository:Repository": (_inputs, name) => ({
        repositoryUrl: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/${name}`,
    }),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (_inputs, name) => ({ name: `${name}-0a1b2c3` }),
};

const runs = new Map<string, Promise<Registered>>();

/** Runs index.ts with a stack file's settings, once for all tests: it takes seconds. */
function runStack(stack: string): Promise<Registered> {
    const run = runs.get(stack) ?? register(stack);
    runs.set(stack, run);
    return run;
}

async function register(stack: string): Promise<Registered> {
    const { config } = parse(fs.readFileSync(path.join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
        config: Record<string, unknown>;
    };
    return record(() => {
        pulumi.runtime.setAllConfig(
            Object.fromEntries(
                Object.entries(config).map(([key, value]) => [
                    key,
                    typeof value === "string" ? value : JSON.stringify(value),
                ]),
            ),
        );
        // The program anew, as another process would run it.
        jest.isolateModules(() => {
            jest.requireActual("../../index");
        });
    }, outputs);
}

interface Container {
    readonly name: string;
    readonly command: readonly string[];
    readonly stopTimeout: number;
    readonly healthCheck?: { readonly command: readonly string[] };
    readonly environment: readonly { readonly name: string; readonly value: string }[];
    readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
}

/** The container of each role, as ECS is told to run it. */
function containersOf(registered: Registered): ReadonlyMap<string, Container> {
    const definitions = registered.ofType("aws:ecs/taskDefinition:TaskDefinition").map(({ inputs }) => {
        const [container] = JSON.parse(String(inputs["containerDefinitions"])) as Container[];
        if (container === undefined) throw new Error("a task without a container");
        return container;
    });
    return new Map(definitions.map((container) => [container.command[0] ?? "", container]));
}

/** What a secret holds, as far as the application cares. */
const secretValues: Readonly<Record<string, string>> = {
    JWT_SECRETS: ["a", "b", "c"].map((letter) => letter.repeat(64)).join(","),
};

function environmentOf({ environment, secrets }: Container): Record<string, string> {
    return Object.fromEntries([
        ...environment.map(({ name, value }) => [name, value]),
        ...secrets.map(({ name }) => [name, secretValues[name] ?? "a-secret"]),
    ]) as Record<string, string>;
}

const database = [
    "DATABASE_AUTH",
    "DATABASE_NAME",
    "DATABASE_PORT",
    "DATABASE_REGION",
    "DATABASE_TLS",
    "DATABASE_USER",
    "DATABASE_WRITER_HOST",
];
const pools = ["DATABASE_POOL_SIZE", "DATABASE_READER_HOSTS"];
const cache = ["CACHE_AUTH", "CACHE_ENDPOINT", "CACHE_MODE", "CACHE_PASSWORD", "CACHE_TLS", "CACHE_USER"];

/** What the stack gives each role: secrets among the rest, since the process reads them alike. */
const given: Readonly<Record<"web" | "worker", readonly string[]>> = {
    web: [...database, ...pools, ...cache, "ASSETS_BUCKET", "JWT_SECRETS", "METRICS", "PORT", "TLS", "WEB_CONCURRENCY"],
    worker: [
        ...database,
        ...pools,
        ...cache,
        "ASSETS_BUCKET",
        "ASSETS_SERVED_PREFIX",
        "JOBS_BATCH_SIZE",
        "JOBS_DEAD_LETTERS_QUEUE_URL",
        "JOBS_POLLERS",
        "JOBS_QUEUE_URL",
        "JOBS_VISIBILITY_SECONDS",
        "MAIL_FROM",
        "MAIL_TRANSPORT",
        "METRICS",
    ],
};

const secretNames: Readonly<Record<"web" | "worker", readonly string[]>> = {
    web: ["CACHE_PASSWORD", "JWT_SECRETS"],
    worker: ["CACHE_PASSWORD"],
};

/** The roles that run in a definition: the task that a person starts is a worker's with another command. */
const rolesOf: readonly (readonly [definition: string, role: Role])[] = [
    ["migrate", "migrate"],
    ["web", "web"],
    ["worker", "worker"],
    ["worker", "redrive"],
    ["worker", "warm"],
];

describe.each(["dev", "prod"])("the stack %s", (stack) => {
    let registered: Registered;
    let containers: ReadonlyMap<string, Container>;
    const container = (name: string): Container => {
        const found = containers.get(name);
        if (found === undefined)
            throw new Error(`no container runs ${name}; there are ${[...containers.keys()].join(", ")}`);
        return found;
    };
    beforeAll(async () => {
        registered = await runStack(stack);
        containers = containersOf(registered);
    });

    it.each(rolesOf)(
        "gives the container of %s all that the role %s cannot do without, and nothing wrong",
        (name, role) => {
            expect(loadConfiguration(environmentOf(container(name)), role).role).toBe(role);
        },
    );

    it.each(["web", "worker", "migrate"])("gives %s nothing that the application does not read", (name) => {
        const unread = Object.keys(environmentOf(container(name))).filter(
            (variable) => !(SETTING_NAMES as string[]).includes(variable),
        );
        expect(unread).toEqual([]);
    });

    it.each(["web", "worker"] as const)("gives %s exactly what the table says, and secrets by reference", (name) => {
        const expected = given[name].filter((variable) => stack !== "dev" || variable !== "MAIL_FROM");
        expect(Object.keys(environmentOf(container(name))).sort()).toEqual([...expected].sort());
        expect(container(name).secrets.map((secret) => secret.name)).toEqual(secretNames[name]);
        for (const { valueFrom } of container(name).secrets) expect(valueFrom).toMatch(/^arn:aws:/);
    });

    it("tells a web task to run a process for each vCPU, and each role its share of the connections", () => {
        const [web, worker] = (["web", "worker"] as const).map((name) =>
            loadConfiguration(environmentOf(container(name)), name),
        );
        expect([web?.processes, worker?.processes]).toEqual(stack === "dev" ? [1, 1] : [2, 1]);
        // dev: (84 − 20) ÷ ((4 + 4) × 2) on db.t4g.micro. prod: 7 for each process.
        expect([web?.values.DATABASE_POOL_SIZE, worker?.values.DATABASE_POOL_SIZE]).toEqual(
            stack === "dev" ? [4, 4] : [14, 7],
        );
    });

    it("has mails sent where there is a domain, and says that none are where there is not", () => {
        const { values } = loadConfiguration(environmentOf(container("worker")), "worker");
        expect([values.MAIL_TRANSPORT, values.MAIL_FROM]).toEqual(
            stack === "dev" ? ["none", ""] : ["ses", expect.stringMatching(/^orders@shop\.example\.com$/)],
        );
    });

    it("stops a container only after the application has stopped by itself", () => {
        for (const name of ["web", "worker"]) {
            const { stopTimeoutMs } = loadConfiguration(environmentOf(container(name)), name);
            expect(container(name).stopTimeout).toBeGreaterThanOrEqual(stopTimeoutMs / 1_000 + 5);
        }
    });

    it("lets the load balancer close connections before the application does, and take a task out while it drains", () => {
        const configuration = loadConfiguration(environmentOf(container("web")), "web");
        const idle = Number(registered.one("aws:lb/loadBalancer:LoadBalancer").inputs["idleTimeout"] ?? 60);
        expect(configuration.keepAliveTimeoutMs).toBeGreaterThan(idle * 1_000);
        expect(configuration.requestTimeoutMs).toBeLessThan(idle * 1_000);
        const group = registered.one("aws:lb/targetGroup:TargetGroup").inputs;
        const check = group["healthCheck"] as Record<string, number | string>;
        expect(check["path"]).toBe("/health/accepting");
        expect(group["port"]).toBe(configuration.port);
        // A request may run for as long as it is given, and the target stays in the group until then.
        expect(Number(group["deregistrationDelay"]) * 1_000).toBeGreaterThanOrEqual(configuration.requestTimeoutMs);
    });

    it("puts as many proxies before a container as it trusts: CloudFront, and a balancer that adds whom it was called by", () => {
        const { trustedProxies } = loadConfiguration(environmentOf(container("web")), "web");
        expect(trustedProxies).toBe(
            registered.ofType("aws:cloudfront/vpcOrigin:VpcOrigin").length +
                registered.ofType("aws:lb/loadBalancer:LoadBalancer").length,
        );
        const balancer = registered.one("aws:lb/loadBalancer:LoadBalancer").inputs;
        expect(balancer["xffHeaderProcessingMode"] ?? "append").toBe("append");
        expect(balancer["enableXffClientPort"] ?? false).toBe(false);
    });

    it("lets browsers upload from the stack's own pages, and from no others", () => {
        const { inputs } = registered.one("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration");
        const own = stack === "dev" ? "https://d111111abcdef8.cloudfront.net" : "https://shop.example.com";
        expect(inputs["corsRules"]).toMatchObject([{ allowedOrigins: [own] }]);
    });

    it("serves what the worker writes, and only that, from the bucket", () => {
        const { values } = loadConfiguration(environmentOf(container("worker")), "worker");
        const { orderedCacheBehaviors } = registered.one("aws:cloudfront/distribution:Distribution").inputs;
        const paths = (orderedCacheBehaviors as { pathPattern: string; targetOriginId: string }[])
            .filter(({ targetOriginId }) => targetOriginId === "assets")
            .map(({ pathPattern }) => pathPattern);
        expect(paths).toEqual([`/${values.ASSETS_SERVED_PREFIX}*`]);
    });

    it("asks a container after its health by a command that the image has", () => {
        const source = fs.readFileSync(path.join(root, "app/scripts/build.js"), "utf8");
        for (const name of ["web", "worker"]) {
            expect(container(name).healthCheck?.command).toEqual(["CMD", "node", "dist/health-check.js"]);
        }
        expect(source).toContain("health-check");
    });

    it("names the worker's container as the runbook of dead letters does, which starts it with another command", () => {
        const runbook = fs.readFileSync(path.join(root, "docs/runbooks/queue-dead-letters.md"), "utf8");
        expect(runbook).toContain(`{\\"name\\":\\"${container("worker").name}\\",\\"command\\":[\\"redrive\\"]`);
    });

    it("lets no metric and no trace wait for a collector that is not there", () => {
        for (const name of ["web", "worker"]) {
            const { values } = loadConfiguration(environmentOf(container(name)), name);
            expect([values.METRICS, values.OTEL_EXPORTER_OTLP_ENDPOINT]).toEqual(["emf", ""]);
        }
    });
});

/**
 * Each call that app/src makes to AWS: where, by whom, and what IAM calls it. A command that is not here is found by the first test
 * below.
 */
const calls: readonly {
    readonly file: string;
    readonly call: string;
    readonly roles: readonly ("web" | "worker")[];
    readonly actions: readonly string[];
}[] = [
    // Signed here, sent by the browser in the name of the role.
    {
        file: "storage/upload-policy.ts",
        call: "signUploadPolicy",
        roles: ["web"],
        actions: ["s3:PutObject", "kms:GenerateDataKey"],
    },
    // Signed to learn the bucket's address, and sent by nobody.
    { file: "storage/s3.ts", call: "new HeadBucketCommand", roles: ["web"], actions: [] },
    {
        file: "storage/s3.ts",
        call: "new GetObjectCommand",
        roles: ["worker"],
        // To be told what is missing.
        actions: ["s3:GetObject", "s3:ListBucket", "kms:Decrypt"],
    },
    {
        file: "storage/s3.ts",
        call: "new PutObjectCommand",
        roles: ["worker"],
        actions: ["s3:PutObject", "kms:GenerateDataKey"],
    },
    {
        file: "queue/consumer.ts",
        call: "SqsConsumer",
        roles: ["worker"],
        actions: ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "kms:Decrypt"],
    },
    {
        file: "queue/producer.ts",
        call: "new SendMessageBatchCommand",
        roles: ["worker"],
        actions: ["sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt"],
    },
    // The role redrive, which runs in the worker's definition.
    { file: "queue/redrive.ts", call: "new ReceiveMessageCommand", roles: ["worker"], actions: ["sqs:ReceiveMessage"] },
    { file: "queue/redrive.ts", call: "new SendMessageCommand", roles: ["worker"], actions: ["sqs:SendMessage"] },
    { file: "queue/redrive.ts", call: "new DeleteMessageCommand", roles: ["worker"], actions: ["sqs:DeleteMessage"] },
    {
        file: "queue/redrive.ts",
        call: "new ChangeMessageVisibilityCommand",
        roles: ["worker"],
        actions: ["sqs:ChangeMessageVisibility"],
    },
    { file: "mail/ses.ts", call: "new SendEmailCommand", roles: ["worker"], actions: ["ses:SendEmail"] },
    // Tokens are signed here; the server asks IAM whether they may be used.
    { file: "database/credentials.ts", call: "new Signer", roles: ["web", "worker"], actions: ["rds-db:connect"] },
];

/** The same with `cache.authentication: iam`. */
const iamCacheCall = { file: "cache/iam-token.ts", call: "defaultProvider" };

function sourceFiles(folder: string): string[] {
    return fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
}

/** What the application's own identity may do, by statement id, for a role. */
function permissionsOf(
    registered: Registered,
    role: string,
): { Action: string | string[]; Resource: string | string[] }[] {
    const { inputs } = registered.one("aws:iam/rolePolicy:RolePolicy", `${role}-task-bindings`);
    return (JSON.parse(String(inputs["policy"])) as { Statement: { Action: string[]; Resource: string[] }[] })
        .Statement;
}

describe("the calls of the application to AWS", () => {
    const source = path.join(root, "app/src");

    it("are all in the table", () => {
        const found = sourceFiles(source).flatMap((file) => {
            const text = fs.readFileSync(path.join(source, file), "utf8");
            return [...text.matchAll(/new (?:\w+Command|Signer)\b(?=\()/g)].map(([call]) => `${file} ${call}`);
        });
        const known = calls.filter(({ call }) => call.startsWith("new ")).map(({ file, call }) => `${file} ${call}`);
        expect([...new Set(found)].sort()).toEqual([...known].sort());
        // What is called in other words.
        for (const { file, call } of [...calls, iamCacheCall]) {
            expect(fs.readFileSync(path.join(source, file), "utf8")).toContain(call.replace("new ", ""));
        }
        // Packages of AWS that nobody has looked into.
        const packages = sourceFiles(source).flatMap((file) =>
            [...fs.readFileSync(path.join(source, file), "utf8").matchAll(/from "(@aws-sdk\/[\w-]+)"/g)].map(
                ([, name]) => name,
            ),
        );
        expect([...new Set(packages)].sort()).toEqual([
            "@aws-sdk/client-s3",
            "@aws-sdk/client-sesv2",
            "@aws-sdk/client-sqs",
            "@aws-sdk/credential-provider-node",
            "@aws-sdk/rds-signer",
            "@aws-sdk/s3-request-presigner",
        ]);
    });

    it("put uploads where the bucket takes them", async () => {
        let key = "";
        const images = new Images({
            storage: {
                presignUpload: (name: string) => {
                    key = name;
                    return Promise.resolve({ url: "", fields: {}, expiresAt: new Date(0) });
                },
            },
            flags: { isEnabled: () => Promise.resolve(true) },
            catalogue: { get: () => Promise.resolve({ id: "42" }) },
            metrics: { imageUploadBegun: () => undefined },
        } as unknown as ConstructorParameters<typeof Images>[0]);
        await images.begin("42", "image/png");
        const statements = permissionsOf(await runStack("prod"), "web");
        const upload = statements.find(({ Action }) => Action.includes("s3:PutObject"));
        expect(upload?.Resource).toEqual(["arn:aws:s3:::assets-0a1b2c3/uploads/*"]);
        expect(key).toMatch(/^uploads\/42\//);
    });

    it.each(["web", "worker"] as const)("are what the bindings let %s do, and nothing else", async (role) => {
        const permissions = permissionsOf(await runStack("prod"), role);
        const allowed = new Set(permissions.flatMap(({ Action }) => Action));
        const needed = new Set(calls.filter(({ roles }) => roles.includes(role)).flatMap(({ actions }) => actions));
        expect([...allowed].sort()).toEqual([...needed].sort());
        // None for everything, and every object by its prefix.
        const resources = permissions.flatMap(({ Resource }) => Resource);
        expect(resources.filter((resource) => resource === "*" || /:::[^/]+\/\*$/.test(resource))).toEqual([]);
    });
});
