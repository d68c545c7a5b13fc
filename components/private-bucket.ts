import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Tags } from "./component";

export interface PrivateBucketArgs {
    readonly partition: pulumi.Input<string>;
    /** Region of the bucket. Default: the provider's. */
    readonly region?: string;
    /** How objects are encrypted unless their writer says otherwise. */
    readonly encryption:
        | { readonly sseAlgorithm: "AES256" }
        | { readonly sseAlgorithm: "aws:kms"; readonly keyArn: pulumi.Input<string> };
    readonly lifecycleRules: aws.types.input.s3.BucketLifecycleConfigurationRule[];
    readonly tags: Tags;
    readonly opts: pulumi.CustomResourceOptions;
}

/** A bucket with what every bucket has; its policy is the owner's to write. */
export interface PrivateBucket {
    readonly bucket: aws.s3.Bucket;
    /**
     * The ARN, from the bucket's name. A preview knows the name and not the `arn` output, and with it the policy is known
     * too, so that the policy packs can judge it before it is in force.
     */
    readonly arn: pulumi.Output<string>;
    readonly publicAccessBlock: aws.s3.BucketPublicAccessBlock;
}

/**
 * Makes a bucket that is private, versioned, encrypted and without access lists. Never with `forceDestroy`: a bucket that
 * holds objects is not deleted.
 *
 * @param name logical name of the bucket and of each of its parts
 */
export function createPrivateBucket(name: string, args: PrivateBucketArgs): PrivateBucket {
    const { opts, region } = args;
    const bucket = new aws.s3.Bucket(name, { region, tags: args.tags }, opts);
    const publicAccessBlock = new aws.s3.BucketPublicAccessBlock(
        name,
        {
            bucket: bucket.id,
            region,
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
        },
        opts,
    );
    new aws.s3.BucketOwnershipControls(
        name,
        { bucket: bucket.id, region, rule: { objectOwnership: "BucketOwnerEnforced" } },
        opts,
    );
    const versioning = new aws.s3.BucketVersioning(
        name,
        { bucket: bucket.id, region, versioningConfiguration: { status: "Enabled" } },
        opts,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        {
            bucket: bucket.id,
            region,
            rules: [
                {
                    applyServerSideEncryptionByDefault:
                        args.encryption.sseAlgorithm === "aws:kms"
                            ? { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.encryption.keyArn }
                            : { sseAlgorithm: "AES256" },
                    // One data key for many objects: S3 calls KMS (and pays for it) a hundredth as often.
                    bucketKeyEnabled: args.encryption.sseAlgorithm === "aws:kms",
                },
            ],
        },
        opts,
    );
    new aws.s3.BucketLifecycleConfiguration(
        name,
        { bucket: bucket.id, region, rules: args.lifecycleRules },
        // Rules on old versions are refused until versioning is on.
        pulumi.mergeOptions(opts, { dependsOn: [versioning] }),
    );
    return { bucket, arn: pulumi.interpolate`arn:${args.partition}:s3:::${bucket.bucket}`, publicAccessBlock };
}
