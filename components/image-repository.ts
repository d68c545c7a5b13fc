import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { currentAccount } from "./account";
import { Component, ComponentArgs } from "./component";
import { FailureDomain, FailureTier } from "./failure-domain";
import { KeyReference } from "./key-reference";
import { denyInsecureTransport, policyDocument } from "./policy-document";
import { Problems } from "./problems";

export interface ImageRepositoryArgs extends ComponentArgs {
    /** Customer key that encrypts the images. Fixed for the life of the repository: another key replaces it. */
    key: KeyReference;
    /**
     * How many images are kept; older ones expire. Must exceed the number of pushes between two deployments, or the
     * image that runs could expire. A plain number. Default 100: three months of one push a day.
     */
    keepImages?: number;
    /** Days after which an image that lost its last tag expires. Default 7. */
    untaggedDays?: number;
    /**
     * Accounts that may pull, such as the production account where images are built once and promoted. A plain list.
     * Default: none besides the repository's own.
     */
    readerAccountIds?: readonly string[];
}

/** Which image is meant: a tag (or digest) in the repository, or a whole reference to an image that is kept elsewhere. */
export type ImageChoice = { readonly tag: pulumi.Input<string> } | { readonly uri: pulumi.Input<string> };

/**
 * A private image repository: immutable tags, a scan of every push, encryption with the customer key, and a lifecycle.
 *
 * - Immutable tags mean that a tag always names the same image: what was tested is what runs, a rollback finds what it
 *   looks for, and a deployment is seen as a change of tag.
 * - The repository is a managed service of the region: no task or zone takes it away.
 * - Deleting the component fails while images are in it, on purpose: delete the images first.
 *
 * Replaced by a change of `key` only. Costs about 0.10 USD per GB and month.
 *
 * ```ts
 * import { EncryptionKey } from "./encryption-key";
 * import { ImageRepository } from "./image-repository";
 *
 * const key = new EncryptionKey("images", { purpose: "container images", users: ["ecr"] });
 * const repository = new ImageRepository("images", { key });
 * export const image = repository.imageUri("2026-11-22.1");
 * ```
 */
export class ImageRepository extends Component implements FailureTier {
    /** `<account>.dkr.ecr.<region>.amazonaws.com/<name>`: where images are pushed to. */
    readonly repositoryUrl: pulumi.Output<string>;
    readonly repositoryName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    readonly failureDomain: FailureDomain;

    constructor(name: string, args: ImageRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ImageRepository", name, args, opts);
        checkArgs(name, args);

        const repository = this.createRepository(args.key);
        this.createLifecycle(repository, args.keepImages ?? 100, args.untaggedDays ?? 7);
        this.createPolicy(repository, args.readerAccountIds ?? []);

        this.repositoryUrl = repository.repositoryUrl;
        this.repositoryName = repository.name;
        this.arn = repository.arn;
        this.failureDomain = { tier: name, unit: "repository", units: 1, zones: 1, managed: true };
        this.registerOutputs({ repositoryUrl: this.repositoryUrl, arn: this.arn });
    }

    /** The image of a tag, or of a digest (`sha256:…`), as a task definition takes it. */
    imageUri(tagOrDigest: pulumi.Input<string>): pulumi.Output<string> {
        return pulumi
            .all([this.repositoryUrl, tagOrDigest])
            .apply(([url, reference]) => `${url}${reference.startsWith("sha256:") ? "@" : ":"}${reference}`);
    }

    /** The image of a choice between this repository and another place. */
    resolve(choice: ImageChoice): pulumi.Output<string> {
        return "uri" in choice ? pulumi.output(choice.uri) : this.imageUri(choice.tag);
    }

    private createRepository(key: KeyReference): aws.ecr.Repository {
        return new aws.ecr.Repository(
            this.componentName,
            {
                imageTagMutability: "IMMUTABLE",
                imageScanningConfiguration: { scanOnPush: true },
                encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: key.arn }],
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    private createLifecycle(repository: aws.ecr.Repository, keepImages: number, untaggedDays: number): void {
        const expire = { type: "expire" };
        const policy = JSON.stringify({
            rules: [
                {
                    rulePriority: 1,
                    description: `Expire images that lost their tag after ${String(untaggedDays)} days`,
                    selection: {
                        tagStatus: "untagged",
                        countType: "sinceImagePushed",
                        countUnit: "days",
                        countNumber: untaggedDays,
                    },
                    action: expire,
                },
                {
                    // A rule for any image must come last: the service refuses it otherwise.
                    rulePriority: 2,
                    description: `Keep the last ${String(keepImages)} images`,
                    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: keepImages },
                    action: expire,
                },
            ],
        });
        new aws.ecr.LifecyclePolicy(
            `${this.componentName}-lifecycle`,
            { repository: repository.name, policy },
            this.child(),
        );
    }

    private createPolicy(repository: aws.ecr.Repository, readerAccountIds: readonly string[]): void {
        // A repository's policy names no resource: it speaks of that repository alone.
        const { Resource: _, ...refuseWithoutTls } = denyInsecureTransport("ecr:*", []);
        const statements: aws.iam.PolicyStatement[] = [refuseWithoutTls];
        if (readerAccountIds.length > 0) {
            statements.push(this.allowPull(readerAccountIds));
        }
        new aws.ecr.RepositoryPolicy(
            `${this.componentName}-policy`,
            { repository: repository.name, policy: policyDocument(statements) },
            this.child(),
        );
    }

    private allowPull(readerAccountIds: readonly string[]): aws.iam.PolicyStatement {
        const { partition } = currentAccount(this);
        return {
            Sid: "PullFromReaderAccounts",
            Effect: "Allow",
            Principal: {
                AWS: [...readerAccountIds]
                    .sort()
                    .map((account) => pulumi.interpolate`arn:${partition}:iam::${account}:root`),
            },
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        };
    }
}

function checkArgs(name: string, args: ImageRepositoryArgs): void {
    const problems = new Problems();
    const { keepImages = 100, untaggedDays = 7, readerAccountIds = [] } = args;
    problems.require(
        Number.isInteger(keepImages) && keepImages >= 2 && keepImages <= 10_000,
        "keepImages",
        keepImages,
        "a whole number from 2 (what runs and what runs next) to 10000",
        "100",
    );
    problems.require(
        Number.isInteger(untaggedDays) && untaggedDays >= 1 && untaggedDays <= 365,
        "untaggedDays",
        untaggedDays,
        "a whole number of days from 1 to 365",
        "7",
    );
    for (const account of readerAccountIds) {
        problems.require(
            /^\d{12}$/.test(account),
            "readerAccountIds",
            account,
            "account ids of 12 digits",
            '["123456789012"]',
        );
    }
    problems.throwIfAny(`ImageRepository "${name}"`);
}
