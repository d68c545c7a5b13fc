import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account, currentAccount } from "./account";
import { Component, ComponentArgs } from "./component";
import { KeyUser, keyStatements } from "./key-users";
import { KeyReference } from "./key-reference";
import { policyDocument } from "./policy-document";
import { Problems } from "./problems";

export interface EncryptionKeyArgs extends ComponentArgs {
    /** What the key encrypts, for the console: `rows, snapshots and insights of the database`. */
    purpose: string;
    /**
     * The services that may use the key, or through which the account's principals may. A plain list, since the policy
     * is built from it. Nobody else can decrypt, whatever their IAM policies say.
     */
    users: readonly KeyUser[];
    /**
     * Region of the key, a plain string. Default: the provider's. A key is used where it lies: what is encrypted in another
     * region needs a key there.
     */
    region?: string;
    /**
     * Days from the key's deletion to the moment when what it encrypted is lost for good, 7 to 30. Default 30: the longest
     * time to notice.
     */
    deletionWindowInDays?: number;
    /**
     * Whether replicas of the key can be made in other regions. Default false. Cannot be changed later: another value
     * makes another key.
     */
    multiRegion?: boolean;
}

/**
 * A customer key of KMS for one kind of data, with yearly rotation and a policy that names its users.
 *
 * The account's administrators (through IAM) can manage the key, but data can be encrypted and decrypted only through
 * the services in `users`: a role with `kms:Decrypt` on everything reads nothing with it by hand.
 *
 * Costs 1 USD a month (2 and 3 from the first and second rotation on), and 0.03 USD per 10,000 calls beyond the free ones.
 * `multiRegion` and `region` replace the key; everything else changes in place. What was encrypted with a replaced key
 * needs the old one: data stores refuse to change theirs, so a key is replaced by hand only.
 *
 * ```ts
 * import { EncryptionKey } from "./encryption-key";
 *
 * const key = new EncryptionKey("orders", {
 *     purpose: "rows and snapshots of the orders database",
 *     users: ["rds"],
 * });
 * export const keyArn = key.arn;
 * ```
 */
export class EncryptionKey extends Component implements KeyReference {
    /** ARN of the key. */
    readonly arn: pulumi.Output<string>;
    readonly keyId: pulumi.Output<string>;
    /** `alias/…`, for people: resources refer to the ARN, since an alias can be moved to another key. */
    readonly alias: pulumi.Output<string>;
    /** Where the key lies. */
    readonly region: pulumi.Output<string>;

    constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("EncryptionKey", name, args, opts);
        checkArgs(name, args);
        this.region = pulumi.output(args.region ?? aws.getRegionOutput({}, { parent: this }).region);
        const key = this.createKey(args, currentAccount(this));
        const alias = this.createAlias(args, key);

        this.arn = key.arn;
        this.keyId = key.keyId;
        this.alias = alias.name;
        this.registerOutputs({ arn: this.arn, keyId: this.keyId, alias: this.alias });
    }

    private createKey(args: EncryptionKeyArgs, account: Account): aws.kms.Key {
        const name = this.componentName;
        return new aws.kms.Key(
            name,
            {
                description: `${name}: ${args.purpose}`,
                enableKeyRotation: true,
                deletionWindowInDays: args.deletionWindowInDays ?? 30,
                multiRegion: args.multiRegion ?? false,
                policy: policyDocument(keyStatements(args.users, { ...account, region: this.region })),
                region: args.region,
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    private createAlias(args: EncryptionKeyArgs, key: aws.kms.Key): aws.kms.Alias {
        return new aws.kms.Alias(this.componentName, { targetKeyId: key.keyId, region: args.region }, this.child());
    }
}

function checkArgs(name: string, args: EncryptionKeyArgs): void {
    const problems = new Problems();
    const days = args.deletionWindowInDays;
    problems.require(
        days === undefined || (Number.isInteger(days) && days >= 7 && days <= 30),
        "deletionWindowInDays",
        days,
        "a whole number of days from 7 to 30",
        "30",
    );
    problems.throwIfAny(`EncryptionKey "${name}"`);
}
