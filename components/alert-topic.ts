import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { currentAccount } from "./account";
import { AlertReceiver } from "./alarm-set";
import { Component, ComponentArgs } from "./component";
import { edgeRegion } from "./edge";
import { KeyReference } from "./key-reference";
import { denyInsecureTransport, policyDocument } from "./policy-document";
import { Problems } from "./problems";

/** A program that is told about alarms over HTTPS: a paging service, a chat. */
export interface AlertWebhook {
    /** Names the subscription; lower-case letters, digits and dashes. */
    readonly name: string;
    /** `https://` address. Give it as a secret where it carries a token. */
    readonly url: pulumi.Input<string>;
}

export interface AlertTopicArgs extends ComponentArgs {
    /** The main region. */
    region: string;
    /** Encrypts messages. Its policy must admit `cloudwatch.amazonaws.com`, or no alarm ever arrives. */
    key: KeyReference;
    /** The same for the topic in us-east-1. Default: `key`, which fits only if the main region is us-east-1. */
    edgeKey?: KeyReference;
    /**
     * Addresses that are told by e-mail. Each gets a message from AWS and must confirm, one for each region.
     * A plain list, since a subscription is made for each. Default: none.
     */
    emails?: readonly string[];
    /** Programs that are told. A plain list of names for the same reason. Default: none. */
    webhooks?: readonly AlertWebhook[];
}

/** Part of a logical name: `ops@example.com` → `ops-at-example-com`. */
function addressKey(address: string): string {
    return address
        .toLowerCase()
        .replace("@", "-at-")
        .replace(/[^a-z0-9]+/g, "-");
}

/**
 * Where alarms go: an SNS topic under a customer key, its twin in us-east-1 for what CloudFront reports, and the people and
 * programs that are told.
 *
 * Only CloudWatch alarms of this account can publish to it, and only over TLS. Both topics are free of state: a replaced
 * topic means that e-mail subscriptions are to be confirmed once more.
 *
 * ```ts
 * import { AlertTopic } from "./alert-topic";
 * import { edgeRegion } from "./edge";
 * import { KeyReference } from "./key-reference";
 *
 * declare const key: KeyReference;
 * declare const keyInUsEast1: KeyReference;
 *
 * const alertTopic = new AlertTopic("alerts", {
 *     region: "eu-central-1",
 *     key,
 *     edgeKey: keyInUsEast1,
 *     emails: ["on-call@example.com"],
 * });
 * export const topicArn = alertTopic.topicArn();
 * ```
 */
export class AlertTopic extends Component implements AlertReceiver {
    private readonly mainRegion: string;
    private readonly topics: ReadonlyMap<string, aws.sns.Topic>;

    constructor(name: string, args: AlertTopicArgs, opts?: pulumi.ComponentResourceOptions) {
        super("AlertTopic", name, args, opts);
        refuseBadArgs(name, args);
        this.mainRegion = args.region;
        this.topics = new Map([
            [args.region, this.createTopic(name, args.region, args.key, args)],
            ...(args.region === edgeRegion
                ? []
                : [
                      [
                          edgeRegion,
                          this.createTopic(`${name}-edge`, edgeRegion, args.edgeKey ?? args.key, args),
                      ] as const,
                  ]),
        ]);
        this.registerOutputs({ topicArn: this.topicArn(), edgeTopicArn: this.topicArn(edgeRegion) });
    }

    topicArn(region: string = this.mainRegion): pulumi.Output<string> {
        const topic = this.topics.get(region);
        if (topic === undefined) {
            throw new Error(
                `AlertTopic "${this.componentName}" has no topic in ${region}, only in ${[...this.topics.keys()].join(" and ")}: ` +
                    "a signal's metrics must be in one of these regions.",
            );
        }
        return topic.arn;
    }

    private createTopic(name: string, region: string, key: KeyReference, args: AlertTopicArgs): aws.sns.Topic {
        const topic = new aws.sns.Topic(name, { region, kmsMasterKeyId: key.arn, tags: this.tags(name) }, this.child());
        this.createPolicy(name, region, topic);
        this.createSubscriptions(name, region, topic, args);
        return topic;
    }

    /** Written with names that are known in preview, so that policy packs can read it there. */
    private createPolicy(name: string, region: string, topic: aws.sns.Topic): void {
        const account = currentAccount(this);
        const arn = pulumi.interpolate`arn:${account.partition}:sns:${region}:${account.id}:${topic.name}`;
        const alarms = pulumi.interpolate`arn:${account.partition}:cloudwatch:${region}:${account.id}:alarm:*`;
        const policy = policyDocument([
            {
                Sid: "AllowAlarmsOfThisAccount",
                Effect: "Allow",
                Principal: { Service: "cloudwatch.amazonaws.com" },
                Action: "sns:Publish",
                Resource: arn,
                Condition: {
                    StringEquals: { "aws:SourceAccount": account.id },
                    ArnLike: { "aws:SourceArn": alarms },
                },
            },
            denyInsecureTransport("sns:Publish", [arn]),
        ]);
        new aws.sns.TopicPolicy(`${name}-policy`, { region, arn: topic.arn, policy }, this.child());
    }

    private createSubscriptions(name: string, region: string, topic: aws.sns.Topic, args: AlertTopicArgs): void {
        for (const address of args.emails ?? []) {
            new aws.sns.TopicSubscription(
                `${name}-${addressKey(address)}`,
                { region, topic: topic.arn, protocol: "email", endpoint: address },
                this.child(),
            );
        }
        for (const webhook of args.webhooks ?? []) {
            new aws.sns.TopicSubscription(
                `${name}-${webhook.name}`,
                { region, topic: topic.arn, protocol: "https", endpoint: webhook.url, endpointAutoConfirms: true },
                this.child(),
            );
        }
    }
}

function refuseBadArgs(name: string, args: AlertTopicArgs): void {
    const problems = new Problems();
    for (const address of args.emails ?? []) {
        problems.require(
            /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address),
            "emails",
            address,
            "e-mail addresses",
            "on-call@example.com",
        );
    }
    for (const webhook of args.webhooks ?? []) {
        problems.require(
            /^[a-z][a-z0-9-]*$/.test(webhook.name),
            "webhooks.name",
            webhook.name,
            "lower-case letters, digits and dashes",
            "pager",
        );
        if (typeof webhook.url === "string") {
            // The address may carry a token: the message does not repeat it.
            problems.require(
                webhook.url.startsWith("https://"),
                `webhooks.url of ${webhook.name}`,
                "[not shown]",
                "an https:// address",
                "https://pager.example.com/alarms",
            );
        }
    }
    const keys = [...(args.emails ?? []).map(addressKey), ...(args.webhooks ?? []).map((webhook) => webhook.name)];
    const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
    problems.require(
        twice.length === 0,
        "emails and webhooks",
        twice,
        "each once",
        "one subscription for each address",
    );
    if (args.region !== edgeRegion) {
        problems.require(
            args.edgeKey !== undefined,
            "edgeKey",
            undefined,
            `a key in ${edgeRegion}, since keys are regional`,
            "keys.edge.messages",
        );
    }
    problems.throwIfAny(`AlertTopic "${name}"`);
}
