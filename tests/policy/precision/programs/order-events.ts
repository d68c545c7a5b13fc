import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { finds, leavesOpen, type Example } from "../expectation";

/** Orders on a bus that go to a queue and a function: no dead-letter queue, an alarm without an action, a shared key. */
function program(): void {
    const key = new aws.kms.Key("orders", {
        description: "Orders",
        deletionWindowInDays: 7,
        policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" }],
        }),
    });
    const bus = new aws.cloudwatch.EventBus("orders", {});
    const rule = new aws.cloudwatch.EventRule("placed", {
        eventBusName: bus.name,
        eventPattern: JSON.stringify({ source: ["shop.orders"], "detail-type": ["OrderPlaced"] }),
    });
    const queue = new aws.sqs.Queue("fulfilment", { kmsMasterKeyId: key.arn });
    new aws.cloudwatch.EventTarget("fulfilment", { rule: rule.name, eventBusName: bus.name, arn: queue.arn });
    new aws.sqs.QueuePolicy("fulfilment", {
        queueUrl: queue.id,
        policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Principal: { Service: "events.amazonaws.com" },
                    Action: "sqs:SendMessage",
                    Resource: queue.arn,
                },
            ],
        }),
    });
    const token = new aws.secretsmanager.Secret("carrier-token", {});
    const handler = new aws.lambda.Function("ship", {
        runtime: "python3.12",
        handler: "main.handler",
        role: new aws.iam.Role("ship", {
            assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
        }).arn,
        code: new pulumi.asset.AssetArchive({ "main.py": new pulumi.asset.StringAsset("def handler(*_): pass") }),
        environment: { variables: { CARRIER_API_KEY: "k-0123456789abcdef", SECRET_ARN: token.arn } },
    });
    new aws.lambda.EventSourceMapping("ship", { eventSourceArn: queue.arn, functionName: handler.arn });
    new aws.cloudwatch.MetricAlarm("ship-errors", {
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: handler.name },
        comparisonOperator: "GreaterThanThreshold",
        statistic: "Sum",
        period: 300,
        evaluationPeriods: 1,
        threshold: 0,
    });
}

export const orderEvents: Example = {
    shape: "EventBridge, SQS and Lambda: orders",
    program,
    expected: [
        finds("kms-policy-star", ["orders"], "everybody may do everything with the key"),
        finds("kms-rotation", ["orders"], "rotation is off unless asked for"),
        finds("kms-deletion-window", ["orders"], "seven days to notice a mistake"),
        finds("sqs-dlq", ["fulfilment"], "an order that cannot be shipped is tried until it expires"),
        leavesOpen("sqs-tls-only", ["fulfilment"], "its policy holds ARNs that are not known yet", "found"),
        finds("alarm-actions", ["ship-errors"], "the alarm tells nobody"),
        finds("lambda-env-secrets", ["ship"], "the carrier's key in the clear"),
        finds("secret-cmk", ["carrier-token"], "no key of its own"),
        finds("secret-rotation", ["carrier-token"], "no rotation"),
    ],
};
