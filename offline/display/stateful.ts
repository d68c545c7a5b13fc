/**
 * Types whose resources hold data: losing one, or exchanging it for a new one, loses what is in it. They are matched by token;
 * a `*` stands for any rest.
 */
const STATEFUL = [
    "aws:backup/vault:Vault",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cognito/userPool:UserPool",
    "aws:docdb/cluster*:*",
    "aws:dynamodb/globalTable:GlobalTable",
    "aws:dynamodb/table:Table",
    "aws:ebs/volume:Volume",
    "aws:ec2/eip:Eip",
    "aws:ecr/repository:Repository",
    "aws:efs/fileSystem:FileSystem",
    "aws:elasticache/cluster:Cluster",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:elasticache/serverlessCache:ServerlessCache",
    "aws:elasticsearch/domain:Domain",
    "aws:fsx/*",
    "aws:kinesis/stream:Stream",
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:memorydb/cluster:Cluster",
    "aws:mq/broker:Broker",
    "aws:msk/cluster:Cluster",
    "aws:msk/serverlessCluster:ServerlessCluster",
    "aws:neptune/cluster*:*",
    "aws:opensearch/domain:Domain",
    "aws:opensearch/serverlessCollection:ServerlessCollection",
    "aws:rds/cluster:Cluster",
    "aws:rds/clusterInstance:ClusterInstance",
    "aws:rds/globalCluster:GlobalCluster",
    "aws:rds/instance:Instance",
    "aws:redshift/cluster:Cluster",
    "aws:route53/zone:Zone",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:s3/directoryBucket:DirectoryBucket",
    "aws:secretsmanager/secret:Secret",
    "aws:sqs/queue:Queue",
    "aws:ssm/parameter:Parameter",
    "aws:timestreamwrite/table:Table",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:PersistentVolume",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "random:index/randomBytes:RandomBytes",
    "random:index/randomPassword:RandomPassword",
].map((pattern) => new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\\\*/g, ".*")}$`));

/** Whether losing a resource of this type loses what cannot be made again. A random password is: it guards something. */
export function isStateful(type: string): boolean {
    return STATEFUL.some((pattern) => pattern.test(type));
}

/** What is lost with these is a record or a name, not the data that the system is for: they stand below the rest. */
const LESS_GRAVE = /^(aws:cloudwatch\/logGroup|aws:ec2\/eip|aws:ssm\/parameter|random):?/;

/** Orders types of resources: what holds the most comes first. */
export function byGravity(a: string, b: string): number {
    return Number(LESS_GRAVE.test(a)) - Number(LESS_GRAVE.test(b));
}
