import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account, currentAccount } from "./account";
import { Permission, ServiceBinding, statementPrefix, variablePrefix } from "./binding";
import { Component, ComponentArgs } from "./component";
import { FailureDomain, FailureTier } from "./failure-domain";
import { KeyReference } from "./key-reference";
import { LogBucket } from "./log-bucket";
import { denyInsecureTransport, policyDocument } from "./policy-document";
import { createPrivateBucket, PrivateBucket } from "./private-bucket";
import { Problems } from "./problems";
import { Metric, MetricMath, Signal, SignalSource } from "./signal";

export interface AssetBucketArgs extends ComponentArgs {
    /** Encrypts the objects. Its policy must admit S3, and CloudFront where a CDN serves them. */
    key: KeyReference;
    /** Where the record of requests goes. Same region. */
    logs: LogBucket;
    /** Region of the bucket, a plain string. Default: the provider's. */
    region?: string;
    /**
     * The prefix of object names that a CDN may read, so that what is uploaded elsewhere in the bucket stays unseen until it is
     * checked. Begins without and ends with a slash. A plain string. Default `assets/`.
     */
    servedPrefix?: string;
    /**
     * The prefix below which clients put what is not checked yet; never below `servedPrefix`. Begins without and ends with a
     * slash. A plain string. Default `uploads/`.
     */
    uploadPrefix?: string;
    /**
     * Days after which an upload is deleted, whether somebody worked on it or not. Default 21: a job about it waits for up to 4
     * days in its queue and 14 among the dead letters, and a few more until somebody sends it back.
     */
    uploadDays?: number;
    /** Days that a replaced or deleted object can be brought back. Default 30. */
    undeleteDays?: number;
}

/** Metrics of the requests to a bucket. */
export class AssetBucketMetrics {
    constructor(
        private readonly bucketName: pulumi.Input<string>,
        private readonly filterId: string,
    ) {}

    requests(): Metric {
        return this.metric("AllRequests", "requests");
    }

    errors(): Metric {
        return this.metric("5xxErrors", "5xx");
    }

    errorPercent(): MetricMath {
        return {
            expression: "IF(requests > 0, 100 * FILL(errors, 0) / requests, 0)",
            metrics: { errors: this.errors(), requests: this.requests() },
            label: "5xx (%)",
        };
    }

    private metric(metricName: string, label: string): Metric {
        return {
            namespace: "AWS/S3",
            metricName,
            dimensions: { BucketName: this.bucketName, FilterId: this.filterId },
            statistic: "Sum",
            label,
        };
    }
}

/**
 * A bucket for what the application keeps and the CDN serves: private, versioned, under a customer key, reachable over TLS
 * only, with a record of all requests.
 *
 * The bucket's policy is written here as a whole, since a bucket has but one: CloudFront may read below `servedPrefix`, and
 * nothing else may without IAM permissions in this account ({@link uploader}, {@link publisher}). It names all distributions of the account
 * and not the one that serves it: the distribution needs the bucket first, and a name that a preview does not know would
 * hide the whole policy from the policy packs. A missing object is a 403 to CloudFront, since it may not list.
 *
 * Files come by way of `uploadPrefix`: a service with the binding `uploader` signs a form that lets a client put one file
 * there, a worker with the binding `publisher` reads it and writes what may be seen below `servedPrefix`. Browsers may post
 * such forms from the origins that {@link admitUploadsFrom} names, and from no other. Uploads expire after `uploadDays`.
 *
 * Costs S3's prices, and 5 USD a month for request metrics. Never replaced but by `region`; never deleted while it holds
 * objects.
 *
 * ```ts
 * import { AssetBucket } from "./asset-bucket";
 * import { EncryptionKey } from "./encryption-key";
 * import { LogBucket } from "./log-bucket";
 *
 * const key = new EncryptionKey("objects", { purpose: "objects in buckets", users: ["s3", "cloudfront"] });
 * const logs = new LogBucket("access-logs", { retentionDays: 90 });
 * const assets = new AssetBucket("assets", { key, logs });
 * export const bucket = assets.bucketName;
 * ```
 */
export class AssetBucket extends Component implements SignalSource, FailureTier {
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** The bucket's name in its region, which CloudFront reads from. */
    readonly domainName: pulumi.Output<string>;
    /** The prefix that a CDN may read, such as `assets/`. */
    readonly servedPrefix: string;
    /** The prefix that clients upload to, such as `uploads/`. */
    readonly uploadPrefix: string;
    /** Puts objects below the upload prefix, and reads none: for the service that lets clients upload. */
    readonly uploader: ServiceBinding;
    /** Reads what was uploaded and writes what is served: for the worker between the two. */
    readonly publisher: ServiceBinding;
    readonly metrics: AssetBucketMetrics;

    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;

    private readonly region: string | undefined;

    constructor(name: string, args: AssetBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("AssetBucket", name, args, opts);
        checkArgs(name, args);
        const account = currentAccount(this);
        this.region = args.region;
        this.servedPrefix = args.servedPrefix ?? defaultServedPrefix;
        this.uploadPrefix = args.uploadPrefix ?? defaultUploadPrefix;
        const made = this.createBucket(args, account);
        this.createPolicy(args, made, account);
        this.createAccessLog(args, made.bucket);
        const metric = this.createRequestMetrics(args, made.bucket);

        this.bucketName = made.bucket.bucket;
        this.arn = made.arn;
        this.domainName = made.bucket.bucketRegionalDomainName;
        this.uploader = this.bindUploader(args);
        this.publisher = this.bindPublisher(args);
        this.metrics = new AssetBucketMetrics(this.bucketName, metric);
        this.tier = name;
        this.signals = this.declareSignals();
        // S3 keeps every object in three zones by itself.
        this.failureDomain = { tier: name, unit: "bucket", units: 1, zones: 3, managed: true };
        this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
    }

    /**
     * Lets pages of these origins post files to the bucket. A browser asks for it (CORS); the signed form is what permits the
     * upload. To be called once: a bucket has one such configuration.
     *
     * @param origins such as `https://shop.example.com`, without a path
     */
    admitUploadsFrom(origins: readonly pulumi.Input<string>[]): void {
        new aws.s3.BucketCorsConfiguration(
            this.componentName,
            {
                bucket: this.bucketName,
                region: this.region,
                corsRules: [
                    {
                        id: "uploads",
                        allowedOrigins: [...origins],
                        // Forms are posted; a page reads nothing from the bucket itself.
                        allowedMethods: ["POST"],
                        allowedHeaders: ["content-type"],
                        exposeHeaders: ["ETag"],
                        // How long a browser remembers the answer: the longest that Chromium does.
                        maxAgeSeconds: 7_200,
                    },
                ],
            },
            this.child(),
        );
    }

    private createBucket(args: AssetBucketArgs, { partition }: Account): PrivateBucket {
        return createPrivateBucket(this.componentName, {
            partition,
            region: args.region,
            encryption: { sseAlgorithm: "aws:kms", keyArn: args.key.arn },
            lifecycleRules: [
                {
                    id: "keep-old-versions-for-a-while",
                    status: "Enabled",
                    filter: {},
                    noncurrentVersionExpiration: { noncurrentDays: args.undeleteDays ?? 30 },
                    // The mark of a deletion, once there is no version left that it hides.
                    expiration: { expiredObjectDeleteMarker: true },
                    abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
                },
                {
                    // Nobody comes back for an upload: what became of it lies below the served prefix.
                    id: "forget-uploads",
                    status: "Enabled",
                    filter: { prefix: this.uploadPrefix },
                    expiration: { days: args.uploadDays ?? 21 },
                    noncurrentVersionExpiration: { noncurrentDays: 1 },
                },
            ],
            tags: this.tags(this.componentName),
            opts: this.child(),
        });
    }

    private createPolicy(
        args: AssetBucketArgs,
        { bucket, arn, publicAccessBlock }: PrivateBucket,
        { partition, id }: Account,
    ): void {
        new aws.s3.BucketPolicy(
            this.componentName,
            {
                bucket: bucket.id,
                region: args.region,
                policy: policyDocument([
                    denyInsecureTransport("s3:*", [arn, pulumi.interpolate`${arn}/*`]),
                    {
                        // Silence means the bucket's own encryption; only asking for another one is refused. Both conditions are
                        // needed: a negated one holds for a missing header, too.
                        Sid: "DenyOtherEncryption",
                        Effect: "Deny",
                        Principal: "*",
                        Action: "s3:PutObject",
                        Resource: pulumi.interpolate`${arn}/*`,
                        Condition: {
                            Null: { "s3:x-amz-server-side-encryption": "false" },
                            StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" },
                        },
                    },
                    {
                        Sid: "AllowDistributions",
                        Effect: "Allow",
                        Principal: { Service: "cloudfront.amazonaws.com" },
                        Action: "s3:GetObject",
                        Resource: pulumi.interpolate`${arn}/${this.servedPrefix}*`,
                        Condition: {
                            ArnLike: {
                                "aws:SourceArn": pulumi.interpolate`arn:${partition}:cloudfront::${id}:distribution/*`,
                            },
                        },
                    },
                ]),
            },
            // S3 refuses two of a bucket's settings at the same time.
            this.child({ dependsOn: [publicAccessBlock] }),
        );
    }

    private createAccessLog(args: AssetBucketArgs, bucket: aws.s3.Bucket): void {
        const name = this.componentName;
        new aws.s3.BucketLogging(
            name,
            {
                bucket: bucket.id,
                region: args.region,
                targetBucket: args.logs.bucketName,
                targetPrefix: `${args.logs.bucketLogPrefix}${name}/`,
            },
            this.child({ dependsOn: [...args.logs.ready] }),
        );
    }

    /** @returns the filter's id: one filter over all objects, named the way the console names it */
    private createRequestMetrics(args: AssetBucketArgs, bucket: aws.s3.Bucket): string {
        const filterId = "EntireBucket";
        new aws.s3.BucketMetric(
            this.componentName,
            { bucket: bucket.id, name: filterId, region: args.region },
            this.child(),
        );
        return filterId;
    }

    private bindUploader(args: AssetBucketArgs): ServiceBinding {
        const name = this.componentName;
        const sid = `${statementPrefix(name)}Upload`;
        return {
            name: `${name}.uploader`,
            environment: { [`${variablePrefix(name)}_BUCKET`]: this.bucketName },
            secrets: [],
            connections: [],
            permissions: [
                {
                    sid: `${sid}Objects`,
                    actions: ["s3:PutObject"],
                    resources: [pulumi.interpolate`${this.arn}/${this.uploadPrefix}*`],
                },
                keyPermission(`${sid}Key`, args.key, ["kms:GenerateDataKey"]),
            ],
        };
    }

    private bindPublisher(args: AssetBucketArgs): ServiceBinding {
        const name = this.componentName;
        const sid = `${statementPrefix(name)}Publish`;
        const prefix = variablePrefix(name);
        return {
            name: `${name}.publisher`,
            environment: { [`${prefix}_BUCKET`]: this.bucketName, [`${prefix}_SERVED_PREFIX`]: this.servedPrefix },
            secrets: [],
            connections: [],
            permissions: [
                {
                    sid: `${sid}Read`,
                    actions: ["s3:GetObject"],
                    resources: [pulumi.interpolate`${this.arn}/${this.uploadPrefix}*`],
                },
                {
                    // Nothing is listed. Who may list is told that an object is missing; others only that they may not read it,
                    // and could not tell an upload that never came from a permission that is wrong. For this, S3 compares the
                    // object's key with the condition.
                    sid: `${sid}TellMissing`,
                    actions: ["s3:ListBucket"],
                    resources: [this.arn],
                    conditions: [{ test: "StringLike", variable: "s3:prefix", values: [`${this.uploadPrefix}*`] }],
                },
                {
                    sid: `${sid}Write`,
                    actions: ["s3:PutObject"],
                    resources: [pulumi.interpolate`${this.arn}/${this.servedPrefix}*`],
                },
                keyPermission(`${sid}Key`, args.key, ["kms:Decrypt", "kms:GenerateDataKey"]),
            ],
        };
    }

    private declareSignals(): Signal[] {
        const name = this.componentName;
        return [
            {
                name: `${name}-errors`,
                title: `Requests to ${name} that S3 failed (%)`,
                metric: this.metrics.errorPercent(),
                comparison: "above",
                // S3 answers 503 when a prefix gets more than 3,500 writes or 5,500 reads a second; clients retry single
                // ones, a lasting percent is felt.
                threshold: 1,
                evaluationPeriods: 10,
                datapointsToAlarm: 5,
                severity: "ticket",
                runbook: "asset-bucket-errors",
                growthStep: "cache-at-edge",
            },
        ];
    }
}

const defaultServedPrefix = "assets/";
const defaultUploadPrefix = "uploads/";

/** The right to use the key, through S3 only: that is what the key's own policy says, too. */
function keyPermission(sid: string, key: KeyReference, actions: readonly string[]): Permission {
    return {
        sid,
        actions,
        resources: [key.arn],
        conditions: [
            {
                test: "StringLike",
                variable: "kms:ViaService",
                values: ["s3.*.amazonaws.com", "s3.*.amazonaws.com.cn"],
            },
        ],
    };
}

function checkArgs(name: string, args: AssetBucketArgs): void {
    const problems = new Problems();
    const { servedPrefix = defaultServedPrefix, uploadPrefix = defaultUploadPrefix } = args;
    for (const [setting, prefix, example] of [
        ["servedPrefix", servedPrefix, defaultServedPrefix],
        ["uploadPrefix", uploadPrefix, defaultUploadPrefix],
    ] as const) {
        problems.require(
            /^[A-Za-z0-9][A-Za-z0-9/_-]*\/$/.test(prefix),
            setting,
            prefix,
            "letters, digits, dashes and slashes, without a slash in front and with one at the end",
            example,
        );
    }
    problems.require(
        // An empty one has been refused already, and every prefix lies below it.
        [servedPrefix, uploadPrefix].includes("") ||
            (!uploadPrefix.startsWith(servedPrefix) && !servedPrefix.startsWith(uploadPrefix)),
        "uploadPrefix",
        uploadPrefix,
        `a prefix beside servedPrefix, which is ${servedPrefix}: what nobody has checked must not be seen`,
        defaultUploadPrefix,
    );
    for (const [setting, days, example] of [
        ["undeleteDays", args.undeleteDays ?? 30, "30"],
        ["uploadDays", args.uploadDays ?? 21, "21"],
    ] as const) {
        problems.require(Number.isInteger(days) && days >= 1, setting, days, "a whole number of days from 1", example);
    }
    problems.throwIfAny(`AssetBucket "${name}"`);
}
