import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account, currentAccount } from "./account";
import { createPrivateBucket, PrivateBucket } from "./private-bucket";
import { Component, ComponentArgs } from "./component";
import { edgeRegion } from "./edge";
import { denyInsecureTransport, policyDocument } from "./policy-document";
import { Problems } from "./problems";

export interface LogBucketArgs extends ComponentArgs {
    /** Region of the bucket, a plain string. Load balancers write only to buckets of their own region. Default: the provider's. */
    region?: string;
    /** Days until a log is deleted. */
    retentionDays: number;
}

/**
 * Where load balancers, CloudFront and other buckets leave their access logs.
 *
 * Encrypted with S3's own keys (SSE-S3): load balancers and S3's server access logs can write to nothing else. Reachable
 * over TLS only, never public, versioned so that a log cannot be overwritten unseen, and emptied after `retentionDays` by
 * lifecycle rules.
 *
 * Costs what S3 takes for the stored logs: about 0.3 kB for each request and log, compressed. It is never emptied by the
 * program: a `destroy` stops at a bucket that holds logs, and says so.
 *
 * ```ts
 * import { LogBucket } from "./log-bucket";
 *
 * const logs = new LogBucket("access-logs", { region: "eu-central-1", retentionDays: 90 });
 * export const bucket = logs.bucketName;
 * ```
 */
export class LogBucket extends Component {
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** What the names of other buckets' access logs begin with. */
    readonly bucketLogPrefix = "buckets/";
    /** What must exist before a service can write its first log: the policy. */
    readonly ready: readonly pulumi.Resource[];

    constructor(name: string, args: LogBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("LogBucket", name, args, opts);
        checkArgs(name, args);
        const account = currentAccount(this);
        const region = pulumi.output(args.region ?? aws.getRegionOutput({}, { parent: this }).region);
        const made = this.createBucket(args, account);
        const policy = this.createPolicy(args, made, account, region);

        this.bucketName = made.bucket.bucket;
        this.arn = made.arn;
        this.ready = [policy];
        this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
    }

    private createBucket(args: LogBucketArgs, account: Account): PrivateBucket {
        return createPrivateBucket(this.componentName, {
            partition: account.partition,
            region: args.region,
            encryption: { sseAlgorithm: "AES256" },
            lifecycleRules: [
                {
                    id: "delete-old-logs",
                    status: "Enabled",
                    filter: {},
                    expiration: { days: args.retentionDays },
                    // A deleted log stays for a week as an old version, time enough to notice a mistake.
                    noncurrentVersionExpiration: { noncurrentDays: 7 },
                    abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
                },
            ],
            tags: this.tags(this.componentName),
            opts: this.child(),
        });
    }

    /** One statement for each service that delivers logs, held to this account's resources by `aws:SourceArn`. */
    private createPolicy(
        args: LogBucketArgs,
        { bucket, arn, publicAccessBlock }: PrivateBucket,
        { partition, id }: Account,
        region: pulumi.Output<string>,
    ): aws.s3.BucketPolicy {
        const anywhere = pulumi.interpolate`${arn}/*`;
        return new aws.s3.BucketPolicy(
            this.componentName,
            {
                bucket: bucket.id,
                region: args.region,
                policy: policyDocument([
                    denyInsecureTransport("s3:*", [arn, anywhere]),
                    {
                        Sid: "AllowLoadBalancers",
                        Effect: "Allow",
                        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
                        Action: "s3:PutObject",
                        Resource: pulumi.interpolate`${arn}/*/AWSLogs/${id}/*`,
                        Condition: {
                            ArnLike: {
                                "aws:SourceArn": pulumi.interpolate`arn:${partition}:elasticloadbalancing:${region}:${id}:loadbalancer/*`,
                            },
                        },
                    },
                    {
                        // CloudFront's logs (and those of other services with vended logs) come by CloudWatch's delivery,
                        // which for CloudFront runs in us-east-1.
                        Sid: "AllowVendedLogs",
                        Effect: "Allow",
                        Principal: { Service: "delivery.logs.amazonaws.com" },
                        Action: "s3:PutObject",
                        Resource: pulumi.interpolate`${arn}/AWSLogs/${id}/*`,
                        Condition: {
                            StringEquals: { "aws:SourceAccount": id, "s3:x-amz-acl": "bucket-owner-full-control" },
                            ArnLike: {
                                "aws:SourceArn": [
                                    pulumi.interpolate`arn:${partition}:logs:${region}:${id}:delivery-source:*`,
                                    pulumi.interpolate`arn:${partition}:logs:${edgeRegion}:${id}:delivery-source:*`,
                                ],
                            },
                        },
                    },
                    {
                        Sid: "AllowBuckets",
                        Effect: "Allow",
                        Principal: { Service: "logging.s3.amazonaws.com" },
                        Action: "s3:PutObject",
                        Resource: pulumi.interpolate`${arn}/${this.bucketLogPrefix}*`,
                        Condition: {
                            StringEquals: { "aws:SourceAccount": id },
                            ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${partition}:s3:::*` },
                        },
                    },
                ]),
            },
            // S3 refuses two of a bucket's settings at the same time.
            this.child({ dependsOn: [publicAccessBlock] }),
        );
    }
}

function checkArgs(name: string, args: LogBucketArgs): void {
    const problems = new Problems();
    problems.require(
        Number.isInteger(args.retentionDays) && args.retentionDays >= 1,
        "retentionDays",
        args.retentionDays,
        "a whole number of days from 1",
        "90",
    );
    problems.throwIfAny(`LogBucket "${name}"`);
}
