import * as pulumi from "@pulumi/pulumi";
import { ServiceBinding } from "../../components/binding";
import { Compute, JobArgs, ServiceArgs, WorkerArgs, Workload } from "../../components/compute";
import { fargateSize } from "../../components/ecs/fargate-sizing";
import { FailureDomain } from "../../components/failure-domain";
import { KubernetesCompute } from "../../components/kubernetes/kubernetes-compute";
import { Signal } from "../../components/signal";
import { ecsReader } from "./ecs-description";
import { cacheBinding, createEcs, logsKey, network, serviceArgs, workerArgs } from "./ecs-facts";
import { record, Registered } from "./harness";
import { kubernetesReader, nodeSecurityGroupId } from "./kubernetes-description";
import { kubeconfig } from "./kubernetes-facts";
import { missingRunbooks } from "./runbooks";
import { SignalDescription, WorkloadDescription, WorkloadReader } from "./workload-description";

/**
 * One suite for both compute targets: the same arguments must give the same workload. Each case changes one argument, and says what
 * of the workload changes by it; all else must stay as it is, on both.
 */
interface ComputeTarget {
    readonly title: string;
    readonly reader: WorkloadReader;
    readonly create: () => Compute;
}

const createKubernetes = (): Compute =>
    new KubernetesCompute("compute", {
        network,
        logsKey,
        cluster: {
            adopt: {
                kubeconfig,
                clusterName: "platform",
                nodeSecurityGroupId,
                autoMode: true,
                largestNode: { cpu: 16, memory: 131_072 },
            },
            keda: "present",
            monitoring: "present",
        },
        tags: { project: "shop" },
    });

const ecs: ComputeTarget = { title: "ECS", reader: ecsReader, create: () => createEcs() };
const kubernetes: ComputeTarget = { title: "Kubernetes", reader: kubernetesReader, create: createKubernetes };
const targets = [ecs, kubernetes];

const jobArgs: JobArgs = {
    image: serviceArgs.image,
    command: ["migrate"],
    size: { cpu: 0.25, memory: 512 },
    uses: [cacheBinding],
    environment: { TLS: "on" },
    logRetentionDays: 30,
};

/** What a program sees of a workload, and what was registered for it. */
interface Outcome {
    readonly registered: Registered;
    readonly description: WorkloadDescription;
    readonly signals: readonly SignalDescription[];
    readonly failureDomain: FailureDomain | undefined;
    readonly tier: string;
}

function describeSignal(signal: Signal): SignalDescription {
    const { name, title, comparison, threshold, evaluationPeriods, severity, runbook } = signal;
    const { datapointsToAlarm, missingData, growthStep } = signal;
    return {
        name,
        title,
        comparison,
        threshold,
        evaluationPeriods,
        datapointsToAlarm,
        missingData,
        severity,
        runbook,
        growthStep,
    };
}

type Made = Pick<Workload, "tier" | "signals"> & Partial<Pick<Workload, "failureDomain">>;

async function outcomeOf(target: ComputeTarget, name: string, make: (compute: Compute) => Made): Promise<Outcome> {
    const made: Made[] = [];
    const registered = await record(() => made.push(make(target.create())));
    const [workload] = made;
    if (workload === undefined) {
        throw new Error(`${name} was not made`);
    }
    return {
        registered,
        description: target.reader.describe(registered, name),
        signals: workload.signals.map(describeSignal),
        failureDomain: workload.failureDomain,
        tier: workload.tier,
    };
}

const metrics = { port: 9464 };
const service = (target: ComputeTarget, more: Partial<ServiceArgs> = {}) =>
    outcomeOf(target, "web", (compute) => compute.service("web", { ...serviceArgs, metrics, ...more }));
const worker = (target: ComputeTarget, more: Partial<WorkerArgs> = {}) =>
    outcomeOf(target, "worker", (compute) => compute.worker("worker", { ...workerArgs, metrics, ...more }));
const job = (target: ComputeTarget, more: Partial<JobArgs> = {}) =>
    outcomeOf(target, "migrate", (compute) => compute.job("migrate", { ...jobArgs, ...more }));

/** One argument, and what of the description it changes; nothing, where it shows elsewhere. */
interface Case<Args> {
    readonly when: string;
    readonly args: Partial<Args>;
    readonly changes: Partial<WorkloadDescription>;
    /** What else it changes on Kubernetes alone; the reason stands beside it. */
    readonly onKubernetes?: Partial<WorkloadDescription>;
}

/** Arguments are looked up by name: one that is added to the interface is missing here until it has its cases. */
type Cases<Args> = { readonly [Argument in keyof Required<Args>]: readonly Case<Args>[] };

const queueBinding: ServiceBinding = {
    name: "queue",
    environment: { QUEUE_URL: "https://queue.example" },
    secrets: [
        { variable: "QUEUE_TOKEN", secretArn: "arn:aws:secretsmanager:::secret:queue", keyArn: "arn:key/secrets" },
        {
            variable: "CACHE_USER",
            secretArn: "arn:aws:secretsmanager:::secret:cache",
            field: "user-name",
            keyArn: "arn:key/other",
        },
    ],
    connections: [
        { peer: "queue", securityGroupId: "sg-queue", port: 5671 },
        { peer: "cache", securityGroupId: "sg-cache", port: 6379 },
    ],
    permissions: [
        { sid: "QueueSend", actions: ["sqs:SendMessage"], resources: ["arn:queue"] },
        { sid: "QueueAttributes", actions: ["sqs:GetQueueAttributes"], resources: ["arn:queue", "arn:dead-letters"] },
    ],
};

const cacheStatement = {
    Sid: "CacheConnect",
    Effect: "Allow",
    Action: ["elasticache:Connect"],
    Resource: ["arn:aws:elasticache:::cache"],
    Condition: {
        StringEquals: { "aws:ResourceTag/tier": ["cache"], "aws:RequestedRegion": ["eu-central-1"] },
    },
};

const fromCache = {
    secrets: { CACHE_PASSWORD: "arn:aws:secretsmanager:::secret:cache password" },
    readableSecrets: ["arn:aws:secretsmanager:::secret:cache"],
    decryptingKeys: ["arn:key/secrets"],
    permissions: [cacheStatement],
    admittedBy: ["sg-cache:6379"],
    ways: ["internet:443", "vpc:6379"],
};

const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.4.2";

/** What every container is, unless an argument says otherwise. */
const container = {
    image,
    architecture: "arm64",
    user: "1000:1000",
    writablePaths: ["/tmp"],
    droppedCapabilities: ["ALL"],
    privileged: false,
    stopSeconds: 90,
    healthCommand: undefined,
} as const;

const expectedService: WorkloadDescription = {
    ...container,
    ...fromCache,
    command: ["web"],
    environment: { CACHE_ENDPOINT: "cache.example:6379", PORT: "8443", TLS: "on" },
    servedPorts: [8443],
    admits: ["sg-balancer:8443"],
    target: "arn:target-group:8443",
    scaling: { minimum: 6, maximum: 24, cpu: 60, requests: 7200, backlog: undefined },
    neededCapacity: "4",
};

const expectedWorker: WorkloadDescription = {
    ...container,
    command: ["worker"],
    environment: {},
    secrets: {},
    readableSecrets: [],
    decryptingKeys: [],
    permissions: [],
    admittedBy: [],
    ways: ["internet:443"],
    servedPorts: [],
    admits: [],
    target: undefined,
    scaling: {
        minimum: 2,
        maximum: 20,
        cpu: undefined,
        requests: undefined,
        // 30 s of waiting, 2 s a message, 5 at a time.
        backlog: { queue: "jobs-0a1b2c3", target: 75 },
    },
    neededCapacity: "1",
};

const expectedJob: WorkloadDescription = {
    ...container,
    ...fromCache,
    command: ["migrate"],
    environment: { CACHE_ENDPOINT: "cache.example:6379", TLS: "on" },
    servedPorts: [],
    admits: [],
    target: undefined,
    scaling: undefined,
    neededCapacity: undefined,
};

const withoutBindings = {
    environment: { PORT: "8443", TLS: "on" },
    secrets: {},
    readableSecrets: [],
    decryptingKeys: [],
    permissions: [],
    admittedBy: [],
    ways: ["internet:443"],
};

const withBothBindings = {
    secrets: {
        CACHE_PASSWORD: "arn:aws:secretsmanager:::secret:cache password",
        CACHE_USER: "arn:aws:secretsmanager:::secret:cache user-name",
        QUEUE_TOKEN: "arn:aws:secretsmanager:::secret:queue",
    },
    readableSecrets: ["arn:aws:secretsmanager:::secret:cache", "arn:aws:secretsmanager:::secret:queue"],
    decryptingKeys: ["arn:key/secrets", "arn:key/other"],
    permissions: [
        cacheStatement,
        {
            Sid: "QueueAttributes",
            Effect: "Allow",
            Action: ["sqs:GetQueueAttributes"],
            Resource: ["arn:queue", "arn:dead-letters"],
        },
        { Sid: "QueueSend", Effect: "Allow", Action: ["sqs:SendMessage"], Resource: ["arn:queue"] },
    ],
    admittedBy: ["sg-cache:6379", "sg-queue:5671"],
    ways: ["internet:443", "vpc:5671", "vpc:6379"],
};

const otherImage = "registry.example.com/shop@sha256:".padEnd(33 + 64, "0");

/** What every container is asked for, whatever it is part of. */
const containerCases = {
    image: [
        { when: "is another", args: { image: otherImage }, changes: { image: otherImage } },
        { when: "is an output", args: { image: pulumi.output(otherImage) }, changes: { image: otherImage } },
    ],
    command: [
        { when: "is the image's own", args: { command: undefined }, changes: { command: undefined } },
        {
            when: "has words with spaces",
            args: { command: ["run", "--fast", "a b"] },
            changes: { command: ["run", "--fast", "a b"] },
        },
    ],
    // What the target makes of it is compared below.
    size: [{ when: "is larger", args: { size: { cpu: 2, memory: 4096 } }, changes: {} }],
    architecture: [{ when: "is amd64", args: { architecture: "amd64" }, changes: { architecture: "amd64" } }],
    // Log groups belong to the target.
    logRetentionDays: [{ when: "is a year", args: { logRetentionDays: 365 }, changes: {} }],
    user: [
        { when: "is another", args: { user: "2000:3000" }, changes: { user: "2000:3000" } },
        { when: "is the default", args: { user: undefined }, changes: {} },
    ],
    tags: [{ when: "are given", args: { tags: { team: "shop" } }, changes: {} }],
} satisfies Partial<Cases<JobArgs>>;

const startAfter = { tier: "migrate", signals: [], completed: [], securityGroupId: pulumi.output("sg-migrate") };

/** What a service and a worker have in common. */
const workloadCases = {
    ...containerCases,
    // Only ECS can undo a deployment: see below.
    rollbackAlarms: [{ when: "are none", args: { rollbackAlarms: [] }, changes: {} }],
    stopTimeoutSeconds: [
        { when: "is short", args: { stopTimeoutSeconds: 30 }, changes: { stopSeconds: 30 } },
        { when: "is as long as Fargate grants", args: { stopTimeoutSeconds: 120 }, changes: { stopSeconds: 120 } },
    ],
    // Who may open a shell is said by IAM on the one, by access entries and roles on the other.
    interactiveAccess: [{ when: "is given", args: { interactiveAccess: true }, changes: {} }],
    healthCommand: [
        {
            when: "is given",
            args: { healthCommand: ["node", "health.js"] },
            changes: { healthCommand: ["node", "health.js"] },
        },
    ],
    neededTasks: [
        { when: "is none", args: { neededTasks: 0 }, changes: { neededCapacity: "0" } },
        { when: "is the default", args: { neededTasks: undefined }, changes: { neededCapacity: "1" } },
    ],
    after: [{ when: "names a job", args: { after: [startAfter] }, changes: {} }],
} satisfies Partial<Cases<ServiceArgs & WorkerArgs>>;

const serviceCases: Cases<ServiceArgs> = {
    ...workloadCases,
    uses: [
        { when: "is nothing", args: { uses: [] }, changes: withoutBindings },
        {
            when: "are two that share a peer and a secret",
            args: { uses: [queueBinding, cacheBinding] },
            changes: {
                ...withBothBindings,
                environment: { ...expectedService.environment, QUEUE_URL: "https://queue.example" },
            },
        },
        { when: "is a component with a binding", args: { uses: [{ binding: cacheBinding }] }, changes: {} },
    ],
    environment: [
        {
            when: "is another",
            args: { environment: { EMPTY: "", PORT: pulumi.output("1") } },
            changes: { environment: { CACHE_ENDPOINT: "cache.example:6379", EMPTY: "", PORT: "1" } },
        },
    ],
    internet: [
        {
            when: "is none",
            args: { internet: "none" },
            changes: { ways: ["s3:443", "vpc:443", "vpc:6379"] },
        },
    ],
    target: [
        {
            when: "has another port, protocol and group",
            args: {
                target: {
                    ...serviceArgs.target,
                    port: 8080,
                    protocol: "HTTP",
                    targetGroupArn: pulumi.output("arn:other-group"),
                    sourceSecurityGroupId: "sg-other",
                },
            },
            changes: { servedPorts: [8080], admits: ["sg-other:8080"], target: "arn:other-group:8080" },
        },
    ],
    scaling: [
        {
            when: "has other bounds and targets",
            args: { scaling: { minimum: 3, maximum: 9, cpuTarget: 50, requestsPerTarget: 600 }, neededTasks: 2 },
            changes: {
                scaling: { minimum: 3, maximum: 9, cpu: 50, requests: 600, backlog: undefined },
                neededCapacity: "2",
            },
        },
        {
            when: "is fixed",
            args: { scaling: { ...serviceArgs.scaling, minimum: 6, maximum: 6 } },
            changes: { scaling: { minimum: 6, maximum: 6, cpu: 60, requests: 7200, backlog: undefined } },
        },
    ],
    metrics: [
        {
            when: "are none",
            args: { metrics: undefined },
            changes: {},
            // The balancer counts requests for ECS. For Kubernetes the application does, where somebody may ask it.
            onKubernetes: { scaling: { minimum: 6, maximum: 24, cpu: 60, requests: undefined, backlog: undefined } },
        },
    ],
    healthCheckGraceSeconds: [{ when: "is longer", args: { healthCheckGraceSeconds: 300 }, changes: {} }],
};

const workerCases: Cases<WorkerArgs> = {
    ...workloadCases,
    uses: [
        {
            when: "are two",
            args: { uses: [cacheBinding, queueBinding] },
            changes: {
                ...withBothBindings,
                environment: { CACHE_ENDPOINT: "cache.example:6379", QUEUE_URL: "https://queue.example" },
            },
        },
    ],
    environment: [{ when: "is given", args: { environment: { A: "b" } }, changes: { environment: { A: "b" } } }],
    internet: [{ when: "is none", args: { internet: "none" }, changes: { ways: ["s3:443", "vpc:443"] } }],
    metrics: [{ when: "are none", args: { metrics: undefined }, changes: {} }],
    source: [
        {
            when: "is another queue",
            args: {
                source: {
                    ...workerArgs.source,
                    queueName: pulumi.output("mails-1"),
                    queueUrl: pulumi.output("https://sqs.eu-central-1.amazonaws.com/123456789012/mails-1"),
                },
            },
            changes: {
                scaling: {
                    minimum: 2,
                    maximum: 20,
                    cpu: undefined,
                    requests: undefined,
                    backlog: { queue: "mails-1", target: 75 },
                },
            },
        },
    ],
    scaling: [
        {
            when: "starts from zero, with slow messages",
            args: {
                scaling: {
                    minimum: 0,
                    maximum: 4,
                    acceptableLatencySeconds: 10,
                    processingSeconds: 30,
                    concurrency: 1,
                },
                neededTasks: 0,
            },
            changes: {
                scaling: {
                    minimum: 0,
                    maximum: 4,
                    cpu: undefined,
                    requests: undefined,
                    backlog: { queue: "jobs-0a1b2c3", target: 1 },
                },
                neededCapacity: "0",
            },
        },
    ],
};

const jobCases: Cases<JobArgs> = {
    ...containerCases,
    uses: [
        {
            when: "are two",
            args: { uses: [cacheBinding, queueBinding] },
            changes: {
                ...withBothBindings,
                environment: { ...expectedJob.environment, QUEUE_URL: "https://queue.example" },
            },
        },
    ],
    environment: [
        {
            when: "is none",
            args: { environment: undefined },
            changes: { environment: { CACHE_ENDPOINT: "cache.example:6379" } },
        },
    ],
    internet: [{ when: "is none", args: { internet: "none" }, changes: { ways: ["s3:443", "vpc:443", "vpc:6379"] } }],
    timeoutSeconds: [{ when: "is short", args: { timeoutSeconds: 60 }, changes: {} }],
};

const rows = <Args>(cases: { readonly [Argument in keyof Required<Args>]: readonly Case<Args>[] }) =>
    Object.entries<readonly Case<Args>[]>(cases).flatMap(([argument, list]) =>
        list.map((one) => ({ argument, ...one })),
    );

/** The unit is called by the target's own word. */
function plain({ description, signals, failureDomain, tier }: Outcome) {
    return {
        description,
        signals,
        failureDomain: failureDomain && { ...failureDomain, unit: undefined },
        tier,
    };
}

function describeKind<Args extends object>(
    kind: string,
    expected: WorkloadDescription,
    cases: Cases<Args>,
    make: (target: ComputeTarget, more?: Partial<Args>) => Promise<Outcome>,
): void {
    describe(`a ${kind} on every compute target`, () => {
        it.each(targets)("is what its arguments say, on $title", async (target) => {
            expect((await make(target)).description).toEqual(expected);
        });

        it.each(rows(cases))("is the same where $argument $when", async ({ args, changes, onKubernetes }) => {
            const [one, other] = [plain(await make(ecs, args)), plain(await make(kubernetes, args))];
            expect(one.description).toEqual({ ...expected, ...changes });
            expect(other).toEqual({ ...one, description: { ...one.description, ...onKubernetes } });
        });

        it.each(targets)("has signals that lead to runbooks, on $title", async (target) => {
            expect(missingRunbooks((await make(target)).signals)).toEqual([]);
        });
    });
}

describeKind<ServiceArgs>("service", expectedService, serviceCases, service);
describeKind<WorkerArgs>("worker", expectedWorker, workerCases, worker);
describeKind<JobArgs>("job", expectedJob, jobCases, job);

describe("the signals of a workload", () => {
    it.each(targets)("are named after it, on $title", async (target) => {
        const names = async (made: Promise<Outcome>) => (await made).signals.map(({ name }) => name);
        const all = ["cpu", "memory", "deployment-failed", "tasks-missing", "at-maximum"];
        await expect(names(service(target))).resolves.toEqual(all.map((signal) => `web-${signal}`));
        await expect(names(worker(target))).resolves.toEqual(all.map((signal) => `worker-${signal}`));
    });

    it.each(targets)("know the bounds between which it scales, on $title", async (target) => {
        const scaling = { ...serviceArgs.scaling, minimum: 7, maximum: 31 };
        const { signals } = await service(target, { scaling });
        const threshold = (name: string) => signals.find((signal) => signal.name === name)?.threshold;
        expect([threshold("web-tasks-missing"), threshold("web-at-maximum")]).toEqual([7, 31]);
    });
});

describe("what a workload survives", () => {
    it.each([
        { title: "ECS", target: ecs, unit: "task" },
        { title: "Kubernetes", target: kubernetes, unit: "pod" },
    ])("is counted the same on $title", async ({ target, unit }) => {
        const { failureDomain } = await service(target);
        expect(failureDomain).toEqual({ tier: "web", unit, units: 6, zones: 3, needed: 4 });
    });
});

describe("what differs between the targets", () => {
    it("is where metrics and traces go: to the log on ECS, to a port and a collector on Kubernetes", async () => {
        const read = async ({ reader, create }: ComputeTarget) =>
            reader.metrics(await record(() => create().service("web", { ...serviceArgs, metrics })), "web");
        await expect(read(ecs)).resolves.toEqual({ variables: { METRICS: "emf" }, port: undefined });
        await expect(read(kubernetes)).resolves.toEqual({
            variables: {
                METRICS: "prometheus",
                METRICS_PORT: "9464",
                OTEL_EXPORTER_OTLP_ENDPOINT: expect.stringMatching(/^https?:/) as string,
            },
            port: 9464,
        });
    });

    it.each([
        { cpu: 0.25, memory: 512 },
        { cpu: 0.5, memory: 4500 },
        { cpu: 1, memory: 2048 },
        { cpu: 16, memory: 100_000 },
    ] as const)(
        "is that Fargate sells sizes, and Kubernetes gives what is asked for: $cpu and $memory",
        async (size) => {
            const read = async ({ reader, create }: ComputeTarget) =>
                reader.size(await record(() => create().service("web", { ...serviceArgs, size })), "web");
            const sold = fargateSize([size]);
            await expect(read(ecs)).resolves.toEqual({ cpu: Number(sold?.cpu) / 1024, memory: sold?.memory });
            // The largest pod of the tests' cluster is smaller than its largest node.
            if (size.cpu < 16) {
                await expect(read(kubernetes)).resolves.toEqual(size);
            }
        },
    );
});

interface BadCase {
    readonly title: string;
    readonly args: Partial<ServiceArgs>;
    readonly problem: string;
}

const badCases: readonly BadCase[] = [
    { title: "an image that moves", args: { image: "shop:latest" }, problem: "image is" },
    { title: "a size that nobody has", args: { size: { cpu: 3, memory: 2048 } }, problem: "size.cpu is 3" },
    { title: "next to no memory", args: { size: { cpu: 1, memory: 64 } }, problem: "size.memory is 64" },
    { title: "more than any node or task has", args: { size: { cpu: 1, memory: 200_000 } }, problem: "size" },
    { title: "root", args: { user: "0:0" }, problem: 'user is "0:0"' },
    { title: "no time to stop", args: { stopTimeoutSeconds: 1 }, problem: "stopTimeoutSeconds is 1" },
    { title: "logs for ten days", args: { logRetentionDays: 10 }, problem: "logRetentionDays is 10" },
    { title: "a negative need", args: { neededTasks: -1 }, problem: "neededTasks is -1" },
    {
        title: "a range upside down",
        args: { scaling: { ...serviceArgs.scaling, minimum: 5, maximum: 3 } },
        problem: "scaling.maximum is 3; allowed: no less than scaling.minimum, which is 5",
    },
    {
        title: "all of the CPU as a target",
        args: { scaling: { ...serviceArgs.scaling, cpuTarget: 100 } },
        problem: "scaling.cpuTarget is 100",
    },
    {
        title: "no requests",
        args: { scaling: { ...serviceArgs.scaling, requestsPerTarget: 0 } },
        problem: "scaling.requestsPerTarget is 0",
    },
    {
        title: "a port that is none",
        args: { target: { ...serviceArgs.target, port: 70_000 } },
        problem: "target.port is 70000",
    },
    { title: "a long grace", args: { healthCheckGraceSeconds: 4000 }, problem: "healthCheckGraceSeconds is 4000" },
    {
        title: "a variable that is set twice",
        args: { environment: { CACHE_ENDPOINT: "elsewhere" } },
        problem: "variable CACHE_ENDPOINT is set by environment and by cache",
    },
];

describe.each(targets)("bad arguments on $title", ({ create }) => {
    const messages = new Map<string, string>();
    let registered: Registered;

    beforeAll(async () => {
        registered = await record(() => {
            const compute = create();
            const all = { image: "shop:latest", user: "0:0", logRetentionDays: 10 };
            for (const { title, args } of [...badCases, { title: "all", args: all }]) {
                try {
                    compute.service("web", { ...serviceArgs, ...args });
                } catch (error) {
                    messages.set(title, (error as Error).message);
                }
            }
        });
    });

    it.each(badCases)("are refused: $title", ({ title, problem }) => {
        expect(messages.get(title)).toContain(problem);
    });

    it("are named all at once", () => {
        expect(messages.get("all")).toContain('service "web": 3 problems');
    });

    it("leave nothing behind", () => {
        expect(registered.resources.filter(({ name, component }) => name === "web" && !component)).toEqual([]);
    });
});
