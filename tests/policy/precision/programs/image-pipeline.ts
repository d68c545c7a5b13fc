import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { finds, leavesOpen, type Example } from "../expectation";

/** Uploads to a bucket that go over a topic and a queue to a function, with a dead-letter queue, an alarm and a topic. */
function program(): void {
    const uploads = new aws.s3.Bucket("uploads", {});
    const thumbnails = new aws.s3.Bucket("thumbnails", {});
    const events = new aws.sns.Topic("upload-events", {});
    new aws.sns.TopicPolicy("upload-events", {
        arn: events.arn,
        policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Principal: { Service: "s3.amazonaws.com" },
                    Action: "sns:Publish",
                    Resource: events.arn,
                    Condition: { ArnLike: { "aws:SourceArn": uploads.arn } },
                },
            ],
        }),
    });
    new aws.s3.BucketNotification("uploads", {
        bucket: uploads.id,
        topics: [{ topicArn: events.arn, events: ["s3:ObjectCreated:*"] }],
    });
    const dead = new aws.sqs.Queue("resize-dlq", { messageRetentionSeconds: 1_209_600 });
    const queue = new aws.sqs.Queue("resize", {
        visibilityTimeoutSeconds: 180,
        redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 5 }),
    });
    new aws.sqs.QueuePolicy("resize", {
        queueUrl: queue.id,
        policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Principal: { Service: "sns.amazonaws.com" },
                    Action: "sqs:SendMessage",
                    Resource: queue.arn,
                    Condition: { ArnEquals: { "aws:SourceArn": events.arn } },
                },
            ],
        }),
    });
    new aws.sns.TopicSubscription("resize", { topic: events.arn, protocol: "sqs", endpoint: queue.arn });

    const role = new aws.iam.Role("resize", {
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
    });
    const resize = new aws.lambda.Function("resize", {
        runtime: "nodejs20.x",
        handler: "index.handler",
        role: role.arn,
        timeout: 30,
        code: new pulumi.asset.AssetArchive({
            "index.js": new pulumi.asset.StringAsset("exports.handler = async () => undefined;"),
        }),
        environment: { variables: { TARGET: thumbnails.bucket } },
    });
    new aws.lambda.EventSourceMapping("resize", {
        eventSourceArn: queue.arn,
        functionName: resize.arn,
        batchSize: 10,
        functionResponseTypes: ["ReportBatchItemFailures"],
    });
    const alerts = new aws.sns.Topic("alerts", { kmsMasterKeyId: "alias/aws/sns" });
    new aws.cloudwatch.MetricAlarm("resize-dead-letters", {
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: dead.name },
        comparisonOperator: "GreaterThanThreshold",
        statistic: "Maximum",
        period: 300,
        evaluationPeriods: 1,
        threshold: 0,
        alarmActions: [alerts.arn],
    });
}

export const imagePipeline: Example = {
    shape: "S3, SNS, SQS and Lambda: thumbnails",
    program,
    expected: [
        finds("alarm-topic-subscribed", ["alerts"], "the alarm on dead letters goes to a topic that nobody listens to"),
        finds("alarm-topic-key-usable", ["alerts"], "and never gets there: CloudWatch may not use alias/aws/sns"),
        finds("sns-subscription-dlq", ["resize"], "what the queue refuses is dropped"),
        finds("sns-kms", ["upload-events"], "no key of its own"),
        finds("sns-tls-only", ["alerts"], "no topic policy"),
        leavesOpen("sns-tls-only", ["upload-events"], "its policy holds ARNs that are not known yet", "found"),
        finds("sqs-tls-only", ["resize-dlq"], "no queue policy"),
        leavesOpen("sqs-tls-only", ["resize"], "its policy holds ARNs that are not known yet", "found"),
        finds("sqs-cmk", ["resize", "resize-dlq"], "encrypted with the key of SQS only"),
        finds("s3-kms", ["thumbnails", "uploads"], "encrypted with the key of S3 only"),
        finds("s3-tls-only", ["thumbnails", "uploads"], "no bucket policy"),
        finds("s3-versioning", ["thumbnails", "uploads"], "not set up"),
        finds("s3-replication", ["thumbnails", "uploads"], "not set up"),
    ],
};
