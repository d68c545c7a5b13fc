import type { ResourceSpec } from "../../catalogue";

/** How the real provider names a resource that the program does not name. */
export interface PhysicalName {
    /** The input that holds the name. */
    property: string;
    /** Longest name that the service takes, suffix included. */
    maxLength: number;
    lowerCase?: true;
    prefix?: string;
    /** Appended where another input is true (`.fifo`). */
    suffixIf?: { input: string; suffix: string };
    /** Characters that the service does not take, replaced by a hyphen. */
    forbidden?: RegExp;
}

/** Length where the real provider knows no narrower one. */
const anyLength = 255;

/** What differs from "the optional input `name`, up to 255 characters". */
const exceptions: Readonly<Record<string, Partial<PhysicalName>>> = {
    "aws:s3/bucket:Bucket": { property: "bucket", maxLength: 63, lowerCase: true, forbidden: /[^a-z0-9.-]/g },
    "aws:s3/bucketV2:BucketV2": { property: "bucket", maxLength: 63, lowerCase: true, forbidden: /[^a-z0-9.-]/g },
    "aws:rds/instance:Instance": { property: "identifier", maxLength: 63, lowerCase: true },
    "aws:rds/cluster:Cluster": { property: "clusterIdentifier", maxLength: 63, lowerCase: true },
    "aws:rds/clusterInstance:ClusterInstance": { property: "identifier", maxLength: 63, lowerCase: true },
    "aws:rds/subnetGroup:SubnetGroup": { lowerCase: true },
    "aws:rds/parameterGroup:ParameterGroup": { lowerCase: true },
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": { lowerCase: true },
    "aws:rds/optionGroup:OptionGroup": { lowerCase: true },
    "aws:docdb/cluster:Cluster": { property: "clusterIdentifier", maxLength: 63, lowerCase: true },
    "aws:docdb/clusterInstance:ClusterInstance": { property: "identifier", maxLength: 63, lowerCase: true },
    "aws:neptune/cluster:Cluster": { property: "clusterIdentifier", maxLength: 63, lowerCase: true },
    "aws:neptune/clusterInstance:ClusterInstance": { property: "identifier", maxLength: 63, lowerCase: true },
    "aws:elasticache/cluster:Cluster": { property: "clusterId", maxLength: 50, lowerCase: true },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        property: "replicationGroupId",
        maxLength: 40,
        lowerCase: true,
    },
    "aws:elasticache/parameterGroup:ParameterGroup": { lowerCase: true },
    "aws:elasticache/subnetGroup:SubnetGroup": { lowerCase: true },
    "aws:lb/loadBalancer:LoadBalancer": { maxLength: 32 },
    "aws:alb/loadBalancer:LoadBalancer": { maxLength: 32 },
    "aws:lb/targetGroup:TargetGroup": { maxLength: 32 },
    "aws:alb/targetGroup:TargetGroup": { maxLength: 32 },
    "aws:elb/loadBalancer:LoadBalancer": { maxLength: 32 },
    "aws:iam/role:Role": { maxLength: 64 },
    "aws:iam/user:User": { maxLength: 64 },
    "aws:iam/policy:Policy": { maxLength: 128 },
    "aws:iam/instanceProfile:InstanceProfile": { maxLength: 128 },
    "aws:lambda/function:Function": { maxLength: 64 },
    "aws:sqs/queue:Queue": { maxLength: 80, suffixIf: { input: "fifoQueue", suffix: ".fifo" } },
    "aws:sns/topic:Topic": { maxLength: 256, suffixIf: { input: "fifoTopic", suffix: ".fifo" } },
    "aws:kms/alias:Alias": { prefix: "alias/" },
    "aws:cloudwatch/eventBus:EventBus": { maxLength: 256 },
    "aws:cloudwatch/eventRule:EventRule": { maxLength: 64 },
    "aws:ec2/launchTemplate:LaunchTemplate": { maxLength: 128 },
    "aws:apigateway/restApi:RestApi": { maxLength: 1024 },
    "aws:wafv2/webAcl:WebAcl": { maxLength: 128 },
    "aws:sfn/stateMachine:StateMachine": { maxLength: 80 },
    "aws:dynamodb/table:Table": { maxLength: 255 },
    "aws:ecr/repository:Repository": { maxLength: 256, lowerCase: true },
};

/** Optional inputs called `name` that the real provider leaves alone: they do not name the resource itself. */
const unnamed = new Set(["aws:apigatewayv2/stage:Stage", "aws:ssoadmin/application:Application"]);

/** How a resource of this type is named; undefined if it has no generated name. */
export function physicalName(spec: ResourceSpec): PhysicalName | undefined {
    if (unnamed.has(spec.token)) {
        return undefined;
    }
    const exception = exceptions[spec.token];
    const property = exception?.property ?? "name";
    const input = spec.inputs[property];
    if (!input || input.required || input.type !== "string") {
        return undefined;
    }
    return { maxLength: anyLength, ...exception, property };
}
