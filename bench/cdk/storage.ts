import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Repository, RepositoryEncryption, TagMutability } from "aws-cdk-lib/aws-ecr";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { EncryptionKeys } from "./keys";

/** The assets, the access logs and the images. */
export class Storage extends Construct {
    readonly logs: Bucket;
    readonly assets: Bucket;
    readonly images: Repository;

    constructor(scope: Construct, id: string, keys: EncryptionKeys) {
        super(scope, id);
        const shared = {
            blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
            enforceSSL: true,
            versioned: true,
            removalPolicy: RemovalPolicy.RETAIN,
        };
        this.logs = new Bucket(this, "logs", {
            ...shared,
            // Load balancers write to no bucket with a customer key.
            encryption: BucketEncryption.S3_MANAGED,
            objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
            serverAccessLogsPrefix: "s3/logs/",
            lifecycleRules: [
                {
                    expiration: Duration.days(90),
                    noncurrentVersionExpiration: Duration.days(7),
                    abortIncompleteMultipartUploadAfter: Duration.days(7),
                },
            ],
        });
        this.assets = new Bucket(this, "assets", {
            ...shared,
            encryption: BucketEncryption.KMS,
            encryptionKey: keys.objects,
            bucketKeyEnabled: true,
            serverAccessLogsBucket: this.logs,
            serverAccessLogsPrefix: "s3/assets/",
            lifecycleRules: [
                {
                    noncurrentVersionExpiration: Duration.days(30),
                    abortIncompleteMultipartUploadAfter: Duration.days(7),
                },
            ],
        });
        this.images = new Repository(this, "images", {
            imageScanOnPush: true,
            imageTagMutability: TagMutability.IMMUTABLE,
            encryption: RepositoryEncryption.KMS,
            encryptionKey: keys.images,
            lifecycleRules: [{ maxImageCount: 30 }],
        });
    }
}
