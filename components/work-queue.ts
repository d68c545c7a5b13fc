import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { currentAccount } from "./account";
import { Permission, ServiceBinding, statementPrefix, variablePrefix } from "./binding";
import { Component, ComponentArgs } from "./component";
import { WorkSource } from "./compute";
import { FailureDomain, FailureTier } from "./failure-domain";
import { KeyReference } from "./key-reference";
import { denyInsecureTransport, policyDocument } from "./policy-document";
import { Problems } from "./problems";
import { receiveEnvironment } from "./receive-environment";
import { Metric, Signal, SignalSource } from "./signal";

export interface WorkQueueArgs extends ComponentArgs {
    /**
     * Customer key that encrypts the messages. Its policy must admit the services that send to the queue (SNS,
     * EventBridge, S3); the application's tasks get their permission by the bindings.
     */
    key: KeyReference;
    /**
     * Seconds for which a received message is hidden from other consumers: longer than the slowest message takes, or it
     * is worked on twice. A plain number, since the consumer's settings are checked against it. From 1 to 43200.
     */
    visibilityTimeoutSeconds: number;
    /**
     * Messages that one consumer works on at a time, 1 to 500; the consumer is told by its binding. A plain number. Default: the
     * application's own.
     */
    concurrency?: number;
    /**
     * How often a message is handed out before it goes to the dead-letter queue. A plain number. Default 3: two retries
     * outlast a restart and a failover.
     */
    maxReceives?: number;
    /** Days that a message waits for a consumer, from 1 to 14. A plain number. Default 4. */
    retentionDays?: number;
    /**
     * Whether messages of a group keep their order and duplicates are dropped (a FIFO queue). A plain boolean; a change
     * replaces both queues. Default false.
     */
    fifo?: boolean;
    /**
     * Age of the oldest message, in seconds, at which somebody is called. A plain number. Default 600: workers that
     * scale need a few minutes to catch up with a burst, ten minutes mean that they do not.
     */
    oldestMessageAlarmSeconds?: number;
}

/** Metrics of a queue and its dead-letter queue. */
export interface WorkQueueMetrics {
    /** Messages that wait for a consumer. */
    visible(): Metric;
    /** Messages that a consumer works on. */
    inFlight(): Metric;
    /** Seconds that the oldest message has waited. */
    oldestMessageAge(): Metric;
    /** Messages that were given up. */
    deadLetters(): Metric;
}

const day = 86_400;

/** SQS keeps a message for 14 days at most; dead letters get all of it, since a person has to look at them. */
const deadLetterRetentionSeconds = 14 * day;

/**
 * A work queue with its dead-letter queue: encrypted with the customer key, reachable with TLS only, long polling.
 *
 * - `producer` and `consumer` are bindings: whoever `uses` them gets the queue's URL, the permission to send or to
 *   receive, and the right to the key that goes with it. `redrive` is one for a task that takes dead letters and sends them
 *   to the queue again.
 * - A message that fails `maxReceives` times moves to the dead-letter queue, is kept there for 14 days and raises a
 *   signal. Only this queue may send its dead letters there.
 * - The queue is a managed service of the region: no zone takes messages away.
 *
 * A change of `fifo` makes another pair of queues and deletes the first; nothing else replaces. Costs 0.40 USD per million requests; long polling keeps idle workers cheap.
 *
 * ```ts
 * import { EncryptionKey } from "./encryption-key";
 * import { WorkQueue } from "./work-queue";
 *
 * const key = new EncryptionKey("messages", { purpose: "messages", users: ["sqs"] });
 * const jobs = new WorkQueue("jobs", { key, visibilityTimeoutSeconds: 60 });
 * export const queueUrl = jobs.queueUrl;
 * ```
 */
export class WorkQueue extends Component implements WorkSource, SignalSource, FailureTier {
    readonly queueUrl: pulumi.Output<string>;
    readonly queueArn: pulumi.Output<string>;
    readonly queueName: pulumi.Output<string>;
    readonly deadLetterQueueUrl: pulumi.Output<string>;
    readonly deadLetterQueueArn: pulumi.Output<string>;
    readonly visibilityTimeoutSeconds: number;
    /** For whoever puts work into the queue. */
    readonly producer: ServiceBinding;
    /** For whoever does the work. */
    readonly consumer: ServiceBinding;
    /** For whoever sends dead letters back to the queue, once what killed them is mended. */
    readonly redrive: ServiceBinding;
    readonly metrics: WorkQueueMetrics;
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;

    constructor(name: string, args: WorkQueueArgs, opts?: pulumi.ComponentResourceOptions) {
        super("WorkQueue", name, args, opts);
        checkArgs(name, args);

        const deadLetters = this.createDeadLetterQueue(args);
        const queue = this.createQueue(args, deadLetters);
        this.restrictDeadLetterQueue(deadLetters, queue);
        this.refuseWithoutTls(this.componentName, queue);
        this.refuseWithoutTls(`${this.componentName}-dead-letters`, deadLetters);

        this.queueUrl = queue.url;
        this.queueArn = queue.arn;
        this.queueName = queue.name;
        this.deadLetterQueueUrl = deadLetters.url;
        this.deadLetterQueueArn = deadLetters.arn;
        this.visibilityTimeoutSeconds = args.visibilityTimeoutSeconds;
        this.producer = this.bindProducer(args.key);
        this.consumer = this.bindConsumer(args);
        this.redrive = this.bindRedrive(args.key);
        this.metrics = queueMetrics(queue.name, deadLetters.name);
        this.tier = name;
        this.signals = queueSignals(name, this.metrics, args.oldestMessageAlarmSeconds ?? 600);
        this.failureDomain = { tier: name, unit: "queue", units: 1, zones: 1, managed: true };
        this.registerOutputs({ queueUrl: this.queueUrl, deadLetterQueueUrl: this.deadLetterQueueUrl });
    }

    private createDeadLetterQueue(args: WorkQueueArgs): aws.sqs.Queue {
        const childName = queueName(`${this.componentName}-dead-letters`, args);
        return new aws.sqs.Queue(
            childName,
            {
                ...fifoArgs(args.fifo ?? false),
                kmsMasterKeyId: args.key.arn,
                messageRetentionSeconds: deadLetterRetentionSeconds,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    private createQueue(args: WorkQueueArgs, deadLetters: aws.sqs.Queue): aws.sqs.Queue {
        return new aws.sqs.Queue(
            queueName(this.componentName, args),
            {
                ...fifoArgs(args.fifo ?? false),
                kmsMasterKeyId: args.key.arn,
                messageRetentionSeconds: (args.retentionDays ?? 4) * day,
                visibilityTimeoutSeconds: args.visibilityTimeoutSeconds,
                // The longest poll there is: an idle consumer makes three requests a minute, and hears of work at once.
                receiveWaitTimeSeconds: 20,
                redrivePolicy: pulumi.jsonStringify({
                    deadLetterTargetArn: deadLetters.arn,
                    maxReceiveCount: args.maxReceives ?? 3,
                }),
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    /** A resource of its own, since the two queues name each other. */
    private restrictDeadLetterQueue(deadLetters: aws.sqs.Queue, queue: aws.sqs.Queue): void {
        new aws.sqs.RedriveAllowPolicy(
            `${this.componentName}-dead-letters`,
            {
                queueUrl: deadLetters.url,
                redriveAllowPolicy: pulumi.jsonStringify({
                    redrivePermission: "byQueue",
                    sourceQueueArns: [queue.arn],
                }),
            },
            this.child(),
        );
    }

    private refuseWithoutTls(childName: string, queue: aws.sqs.Queue): void {
        const { partition, id } = currentAccount(this);
        // A queue's policy speaks of that queue alone, so the pattern widens nothing; unlike the queue's own ARN it is known
        // before the queue exists, and a preview can check the statement.
        const anyQueue = pulumi.interpolate`arn:${partition}:sqs:*:${id}:*`;
        const policy = policyDocument([denyInsecureTransport("sqs:*", [anyQueue])]);
        new aws.sqs.QueuePolicy(childName, { queueUrl: queue.url, policy }, this.child());
    }

    private bindProducer(key: KeyReference): ServiceBinding {
        const sid = statementPrefix(this.componentName);
        return {
            name: `${this.componentName}.producer`,
            environment: { [`${variablePrefix(this.componentName)}_QUEUE_URL`]: this.queueUrl },
            secrets: [],
            connections: [],
            permissions: [
                { sid: `${sid}Send`, actions: ["sqs:SendMessage"], resources: [this.queueArn] },
                // SQS takes a data key in the sender's name, and decrypts it again when it comes from its cache.
                keyPermission(`${sid}SendKey`, key, ["kms:GenerateDataKey", "kms:Decrypt"]),
            ],
        };
    }

    private bindConsumer({ key, concurrency }: WorkQueueArgs): ServiceBinding {
        const sid = statementPrefix(this.componentName);
        const prefix = variablePrefix(this.componentName);
        return {
            name: `${this.componentName}.consumer`,
            environment: {
                [`${prefix}_QUEUE_URL`]: this.queueUrl,
                [`${prefix}_VISIBILITY_SECONDS`]: String(this.visibilityTimeoutSeconds),
                ...(concurrency === undefined ? {} : receiveEnvironment(prefix, concurrency)),
            },
            secrets: [],
            connections: [],
            permissions: [
                {
                    sid: `${sid}Receive`,
                    actions: takeMessages,
                    resources: [this.queueArn],
                },
                keyPermission(`${sid}ReceiveKey`, key, ["kms:Decrypt"]),
            ],
        };
    }

    private bindRedrive(key: KeyReference): ServiceBinding {
        const sid = `${statementPrefix(this.componentName)}Redrive`;
        const prefix = variablePrefix(this.componentName);
        return {
            name: `${this.componentName}.redrive`,
            environment: {
                [`${prefix}_QUEUE_URL`]: this.queueUrl,
                [`${prefix}_DEAD_LETTERS_QUEUE_URL`]: this.deadLetterQueueUrl,
            },
            secrets: [],
            connections: [],
            permissions: [
                { sid: `${sid}Take`, actions: takeMessages, resources: [this.deadLetterQueueArn] },
                { sid: `${sid}Send`, actions: ["sqs:SendMessage"], resources: [this.queueArn] },
                keyPermission(`${sid}Key`, key, ["kms:GenerateDataKey", "kms:Decrypt"]),
            ],
        };
    }
}

/** What working on messages takes: they are received, hidden for longer, and deleted. */
const takeMessages = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"] as const;

/** The right to use the key, through SQS only. */
function keyPermission(sid: string, key: KeyReference, actions: readonly string[]): Permission {
    return {
        sid,
        actions,
        resources: [key.arn],
        conditions: [
            {
                test: "StringLike",
                variable: "kms:ViaService",
                values: ["sqs.*.amazonaws.com", "sqs.*.amazonaws.com.cn"],
            },
        ],
    };
}

/**
 * The logical name of a queue. A FIFO queue has another one, since its physical name must end in `.fifo`: under the same
 * logical name, the name that was chosen for the standard queue would be kept and refused.
 */
function queueName(name: string, args: WorkQueueArgs): string {
    return args.fifo === true ? `${name}-fifo` : name;
}

/** Order and throughput are counted by message group, so that one busy group does not slow down the others. */
function fifoArgs(fifo: boolean): aws.sqs.QueueArgs {
    return fifo
        ? { fifoQueue: true, deduplicationScope: "messageGroup", fifoThroughputLimit: "perMessageGroupId" }
        : {};
}

function queueMetrics(queueName: pulumi.Output<string>, deadLetterQueueName: pulumi.Output<string>): WorkQueueMetrics {
    const metric = (name: pulumi.Output<string>, metricName: string, label: string): Metric => ({
        namespace: "AWS/SQS",
        metricName,
        dimensions: { QueueName: name },
        statistic: "Maximum",
        label,
    });
    return {
        visible: () => metric(queueName, "ApproximateNumberOfMessagesVisible", "waiting"),
        inFlight: () => metric(queueName, "ApproximateNumberOfMessagesNotVisible", "being worked on"),
        oldestMessageAge: () => metric(queueName, "ApproximateAgeOfOldestMessage", "oldest message (s)"),
        deadLetters: () => metric(deadLetterQueueName, "ApproximateNumberOfMessagesVisible", "dead letters"),
    };
}

function queueSignals(name: string, metrics: WorkQueueMetrics, oldestMessageAlarmSeconds: number): Signal[] {
    return [
        {
            name: `${name}-oldest-message`,
            title: `Age of the oldest message in ${name}, in seconds`,
            metric: metrics.oldestMessageAge(),
            comparison: "above",
            threshold: oldestMessageAlarmSeconds,
            // The age itself already lasts; three points only keep out a single late measurement.
            evaluationPeriods: 3,
            severity: "page",
            runbook: "queue-oldest-message",
            growthStep: "add-workers",
        },
        {
            name: `${name}-dead-letters`,
            title: `Messages in the dead-letter queue of ${name}`,
            metric: metrics.deadLetters(),
            comparison: "above",
            // Each one is a job that somebody asked for and that was not done.
            threshold: 0,
            evaluationPeriods: 1,
            severity: "ticket",
            runbook: "queue-dead-letters",
        },
        {
            name: `${name}-in-flight`,
            title: `Messages of ${name} that are being worked on`,
            metric: metrics.inFlight(),
            comparison: "above",
            // SQS hands out no more at 120,000 messages in flight (AWS, "Amazon SQS standard queue quotas"): 80 % of it.
            threshold: 96_000,
            evaluationPeriods: 5,
            severity: "ticket",
            runbook: "queue-in-flight",
        },
    ];
}

function checkArgs(name: string, args: WorkQueueArgs): void {
    const { visibilityTimeoutSeconds, maxReceives = 3, retentionDays = 4, oldestMessageAlarmSeconds = 600 } = args;
    const problems = new Problems();
    const whole = (setting: string, value: number, least: number, most: number, unit: string, example: string) => {
        problems.require(
            Number.isInteger(value) && value >= least && value <= most,
            setting,
            value,
            `a whole number${unit} from ${String(least)} to ${String(most)}`,
            example,
        );
    };
    whole("visibilityTimeoutSeconds", visibilityTimeoutSeconds, 1, 43_200, " of seconds", "60");
    whole("concurrency", args.concurrency ?? 1, 1, 500, "", "5");
    whole("maxReceives", maxReceives, 1, 1_000, "", "3");
    whole("retentionDays", retentionDays, 1, 14, " of days", "4");
    whole("oldestMessageAlarmSeconds", oldestMessageAlarmSeconds, 60, 14 * day, " of seconds", "600");
    problems.require(
        oldestMessageAlarmSeconds < retentionDays * day,
        "oldestMessageAlarmSeconds",
        oldestMessageAlarmSeconds,
        `less than the ${String(retentionDays * day)} seconds for which messages are kept, or they are gone before anybody is called`,
        "600",
    );
    problems.throwIfAny(`WorkQueue "${name}"`);
}
