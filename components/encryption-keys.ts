import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "./component";
import { edgeRegion } from "./edge";
import { EncryptionKey } from "./encryption-key";
import { KeyUser } from "./key-users";

export interface EncryptionKeysArgs extends ComponentArgs {
    /** The main region, a plain string. */
    region: string;
    /** Days from a key's deletion to the loss of what it encrypted, 7 to 30. Default 30. */
    deletionWindowInDays?: number;
    /**
     * Whether replicas of the keys can be made in other regions. Default false. Choose before the first `up`: another
     * value makes other keys, and data stores refuse to change theirs.
     */
    multiRegion?: boolean;
}

/** Keys for what CloudFront's parts leave in us-east-1. */
export interface EdgeKeys {
    /** The web ACL's log group. */
    readonly logs: EncryptionKey;
    /** The topic of alarms about CloudFront. */
    readonly messages: EncryptionKey;
}

/**
 * One customer key for each kind of data, so that access to one kind can be granted, audited and withdrawn alone.
 *
 * Nine keys, 9 USD a month (seven where the main region is us-east-1). See {@link EncryptionKey} for what a key's policy
 * allows and what replaces a key.
 *
 * ```ts
 * import { EncryptionKeys } from "./encryption-keys";
 *
 * const keys = new EncryptionKeys("keys", { region: "eu-central-1" });
 * export const databaseKey = keys.database.arn;
 * ```
 */
export class EncryptionKeys extends Component {
    /** Rows, snapshots and insights of databases. */
    readonly database: EncryptionKey;
    /** Nodes and snapshots of caches. */
    readonly cache: EncryptionKey;
    /** Queues and topics. */
    readonly messages: EncryptionKey;
    /** Objects in buckets. */
    readonly objects: EncryptionKey;
    /** Container images. */
    readonly images: EncryptionKey;
    /** Log groups, and shells in containers, which are logged. */
    readonly logs: EncryptionKey;
    /** Passwords. */
    readonly secrets: EncryptionKey;
    readonly edge: EdgeKeys;

    constructor(name: string, args: EncryptionKeysArgs, opts?: pulumi.ComponentResourceOptions) {
        super("EncryptionKeys", name, args, opts);
        const key = (kind: string, purpose: string, users: readonly KeyUser[], region = args.region): EncryptionKey =>
            new EncryptionKey(
                `${name}-${kind}`,
                {
                    purpose,
                    users,
                    region,
                    deletionWindowInDays: args.deletionWindowInDays,
                    multiRegion: args.multiRegion,
                    tags: this.inheritedTags,
                },
                { parent: this },
            );

        this.database = key("database", "rows, snapshots and insights of databases", ["rds"]);
        this.cache = key("cache", "nodes and snapshots of caches", ["elasticache"]);
        this.messages = key("messages", "queues and topics", ["sqs", "sns", "alarms", "topics"]);
        this.objects = key("objects", "objects in buckets", ["s3", "cloudfront"]);
        this.images = key("images", "container images", ["ecr"]);
        this.logs = key("logs", "log groups", ["logs", "ecs-exec"]);
        this.secrets = key("secrets", "passwords", ["secretsmanager"]);
        this.edge =
            args.region === edgeRegion
                ? { logs: this.logs, messages: this.messages }
                : {
                      logs: key("edge-logs", "log groups of the CDN", ["logs"], edgeRegion),
                      messages: key("edge-messages", "alarms of the CDN", ["sns", "alarms"], edgeRegion),
                  };
        this.registerOutputs({});
    }
}
