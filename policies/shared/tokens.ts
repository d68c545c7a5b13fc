/**
 * Every type token of a kind of resource. One kind often has several tokens: older names that still work, or a module
 * that re-exports another. A rule that looks at one of them only is silent on programs that use the others.
 */

const LOAD_BALANCING_MODULES = ["lb", "alb", "elasticloadbalancingv2", "applicationloadbalancing"];

function loadBalancing(file: string, type: string): readonly string[] {
    return LOAD_BALANCING_MODULES.map((module) => `aws:${module}/${file}:${type}`);
}

/** `s3/bucket`, `s3/bucketV2` and the like: version 7 of the provider merged them, stacks hold both. */
function withV2(file: string, type: string): readonly string[] {
    return [`aws:s3/${file}:${type}`, `aws:s3/${file}V2:${type}V2`];
}

/** The versions of its API under which Kubernetes has, or had, a kind. */
function kubernetes(kind: string, ...versions: readonly string[]): readonly string[] {
    return versions.map((version) => `kubernetes:${version}:${kind}`);
}

export const TOKENS = {
    loadBalancer: loadBalancing("loadBalancer", "LoadBalancer"),
    listener: loadBalancing("listener", "Listener"),
    listenerRule: loadBalancing("listenerRule", "ListenerRule"),
    targetGroup: loadBalancing("targetGroup", "TargetGroup"),
    targetGroupAttachment: loadBalancing("targetGroupAttachment", "TargetGroupAttachment"),

    vpc: ["aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc"],
    subnet: ["aws:ec2/subnet:Subnet", "aws:ec2/defaultSubnet:DefaultSubnet"],
    natGateway: ["aws:ec2/natGateway:NatGateway"],
    route: ["aws:ec2/route:Route"],
    routeTable: ["aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable"],
    routeTableAssociation: ["aws:ec2/routeTableAssociation:RouteTableAssociation"],
    mainRouteTableAssociation: ["aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"],
    instance: ["aws:ec2/instance:Instance"],
    spotInstanceRequest: ["aws:ec2/spotInstanceRequest:SpotInstanceRequest"],
    launchTemplate: ["aws:ec2/launchTemplate:LaunchTemplate"],
    launchConfiguration: ["aws:ec2/launchConfiguration:LaunchConfiguration"],
    vpcEndpoint: ["aws:ec2/vpcEndpoint:VpcEndpoint"],
    vpcEndpointSubnetAssociation: ["aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation"],

    ecsService: ["aws:ecs/service:Service"],
    ecsCluster: ["aws:ecs/cluster:Cluster"],
    ecsClusterCapacityProviders: ["aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"],
    ecsCapacityProvider: ["aws:ecs/capacityProvider:CapacityProvider"],
    ecsTaskDefinition: ["aws:ecs/taskDefinition:TaskDefinition"],
    scalingTarget: ["aws:appautoscaling/target:Target"],
    scalingPolicy: ["aws:appautoscaling/policy:Policy"],
    autoScalingPolicy: ["aws:autoscaling/policy:Policy"],
    scalingScheduledAction: ["aws:appautoscaling/scheduledAction:ScheduledAction"],
    autoScalingGroup: ["aws:autoscaling/group:Group"],
    autoScalingAttachment: ["aws:autoscaling/attachment:Attachment"],
    autoScalingTrafficSourceAttachment: ["aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment"],
    autoScalingSchedule: ["aws:autoscaling/schedule:Schedule"],
    eksCluster: ["aws:eks/cluster:Cluster"],
    eksNodeGroup: ["aws:eks/nodeGroup:NodeGroup"],
    eksFargateProfile: ["aws:eks/fargateProfile:FargateProfile"],

    rdsInstance: ["aws:rds/instance:Instance"],
    rdsCluster: ["aws:rds/cluster:Cluster"],
    rdsClusterInstance: ["aws:rds/clusterInstance:ClusterInstance"],
    rdsGlobalCluster: ["aws:rds/globalCluster:GlobalCluster"],
    rdsSubnetGroup: ["aws:rds/subnetGroup:SubnetGroup"],
    rdsParameterGroup: ["aws:rds/parameterGroup:ParameterGroup"],
    rdsClusterParameterGroup: ["aws:rds/clusterParameterGroup:ClusterParameterGroup"],
    elasticacheReplicationGroup: ["aws:elasticache/replicationGroup:ReplicationGroup"],
    elasticacheCluster: ["aws:elasticache/cluster:Cluster"],
    elasticacheSubnetGroup: ["aws:elasticache/subnetGroup:SubnetGroup"],
    elasticacheServerless: ["aws:elasticache/serverlessCache:ServerlessCache"],
    efsFileSystem: ["aws:efs/fileSystem:FileSystem"],
    efsMountTarget: ["aws:efs/mountTarget:MountTarget"],
    efsBackupPolicy: ["aws:efs/backupPolicy:BackupPolicy"],
    efsFileSystemPolicy: ["aws:efs/fileSystemPolicy:FileSystemPolicy"],
    efsAccessPoint: ["aws:efs/accessPoint:AccessPoint"],
    backupSelection: ["aws:backup/selection:Selection"],
    ebsVolume: ["aws:ebs/volume:Volume"],
    ebsEncryptionByDefault: ["aws:ebs/encryptionByDefault:EncryptionByDefault"],
    mskCluster: ["aws:msk/cluster:Cluster"],
    mskConfiguration: ["aws:msk/configuration:Configuration"],

    sqsQueue: ["aws:sqs/queue:Queue"],
    sqsRedrivePolicy: ["aws:sqs/redrivePolicy:RedrivePolicy"],
    sqsRedriveAllowPolicy: ["aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"],
    sqsQueuePolicy: ["aws:sqs/queuePolicy:QueuePolicy"],
    snsTopic: ["aws:sns/topic:Topic"],
    snsTopicSubscription: ["aws:sns/topicSubscription:TopicSubscription"],
    snsTopicPolicy: ["aws:sns/topicPolicy:TopicPolicy"],
    lambdaFunction: ["aws:lambda/function:Function"],
    lambdaEventInvokeConfig: ["aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"],
    lambdaEventSourceMapping: ["aws:lambda/eventSourceMapping:EventSourceMapping"],
    eventRule: ["aws:cloudwatch/eventRule:EventRule"],
    eventTarget: ["aws:cloudwatch/eventTarget:EventTarget"],
    eventBus: ["aws:cloudwatch/eventBus:EventBus"],
    schedule: ["aws:scheduler/schedule:Schedule"],
    pipe: ["aws:pipes/pipe:Pipe"],
    chatChannel: [
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
    ],
    metricAlarm: ["aws:cloudwatch/metricAlarm:MetricAlarm"],
    compositeAlarm: ["aws:cloudwatch/compositeAlarm:CompositeAlarm"],
    codeDeployGroup: ["aws:codedeploy/deploymentGroup:DeploymentGroup"],
    logGroup: ["aws:cloudwatch/logGroup:LogGroup"],

    bucket: withV2("bucket", "Bucket"),
    bucketPolicy: ["aws:s3/bucketPolicy:BucketPolicy"],
    bucketEncryption: withV2("bucketServerSideEncryptionConfiguration", "BucketServerSideEncryptionConfiguration"),
    bucketReplication: ["aws:s3/bucketReplicationConfig:BucketReplicationConfig"],
    bucketVersioning: withV2("bucketVersioning", "BucketVersioning"),
    bucketLogging: withV2("bucketLogging", "BucketLogging"),
    bucketWebsite: withV2("bucketWebsiteConfiguration", "BucketWebsiteConfiguration"),

    kmsKey: ["aws:kms/key:Key"],
    kmsReplicaKey: ["aws:kms/replicaKey:ReplicaKey"],
    kmsExternalKey: ["aws:kms/externalKey:ExternalKey"],
    kmsReplicaExternalKey: ["aws:kms/replicaExternalKey:ReplicaExternalKey"],
    kmsKeyPolicy: ["aws:kms/keyPolicy:KeyPolicy"],
    kmsAlias: ["aws:kms/alias:Alias"],
    secret: ["aws:secretsmanager/secret:Secret"],
    secretRotation: ["aws:secretsmanager/secretRotation:SecretRotation"],
    iamPolicy: ["aws:iam/policy:Policy"],
    iamRole: ["aws:iam/role:Role"],
    iamRolePolicy: ["aws:iam/rolePolicy:RolePolicy"],
    iamUserPolicy: ["aws:iam/userPolicy:UserPolicy"],
    iamGroupPolicy: ["aws:iam/groupPolicy:GroupPolicy"],
    dnsRecord: ["aws:route53/record:Record"],
    dnsHealthCheck: ["aws:route53/healthCheck:HealthCheck"],
    ecrRepository: ["aws:ecr/repository:Repository"],
    cloudFrontDistribution: ["aws:cloudfront/distribution:Distribution"],
    cloudFrontVpcOrigin: ["aws:cloudfront/vpcOrigin:VpcOrigin"],
    webAclAssociation: ["aws:wafv2/webAclAssociation:WebAclAssociation"],

    deployment: kubernetes("Deployment", "apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"),
    statefulSet: kubernetes("StatefulSet", "apps/v1", "apps/v1beta2", "apps/v1beta1"),
    daemonSet: kubernetes("DaemonSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1"),
    replicaSet: kubernetes("ReplicaSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1"),
    replicationController: kubernetes("ReplicationController", "core/v1"),
    job: kubernetes("Job", "batch/v1"),
    cronJob: kubernetes("CronJob", "batch/v1", "batch/v1beta1", "batch/v2alpha1"),
    pod: kubernetes("Pod", "core/v1"),
    horizontalPodAutoscaler: kubernetes(
        "HorizontalPodAutoscaler",
        "autoscaling/v2",
        "autoscaling/v1",
        "autoscaling/v2beta2",
        "autoscaling/v2beta1",
    ),
    // KEDA's, in whose place it makes a HorizontalPodAutoscaler of its own.
    scaledObject: kubernetes("ScaledObject", "keda.sh/v1alpha1"),
    scaledJob: kubernetes("ScaledJob", "keda.sh/v1alpha1"),
    // Karpenter's, which EKS Auto Mode has built in.
    nodePool: kubernetes("NodePool", "karpenter.sh/v1", "karpenter.sh/v1beta1"),
    configMap: kubernetes("ConfigMap", "core/v1"),
    podDisruptionBudget: kubernetes("PodDisruptionBudget", "policy/v1", "policy/v1beta1"),
    kubernetesNamespace: kubernetes("Namespace", "core/v1"),
    kubernetesService: kubernetes("Service", "core/v1"),
    persistentVolumeClaim: kubernetes("PersistentVolumeClaim", "core/v1"),
    storageClass: kubernetes("StorageClass", "storage.k8s.io/v1", "storage.k8s.io/v1beta1"),
    ingress: kubernetes("Ingress", "networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"),
    ingressClass: kubernetes("IngressClass", "networking.k8s.io/v1", "networking.k8s.io/v1beta1"),
    ingressClassParams: kubernetes("IngressClassParams", "elbv2.k8s.aws/v1beta1", "eks.amazonaws.com/v1"),
} as const satisfies Record<string, readonly string[]>;

/** A kind of resource, whatever token it goes by. */
export type Kind = keyof typeof TOKENS;

/** All tokens of the kinds. */
export function tokensOf(...kinds: readonly Kind[]): readonly string[] {
    return kinds.flatMap((kind) => TOKENS[kind]);
}
