/**
 * What clouds fill in where a program says nothing, by kind: it is in the outputs after an update, and a rule that takes it for
 * the program's own words answers differently from then on.
 */
import type { TOKENS } from "../../../policies/shared/tokens";

/** The document that AWS writes where a program gives no policy: only the owner's account may do anything. */
const OWNERS_POLICY = JSON.stringify({
    Version: "2008-10-17",
    Statement: [
        {
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::123456789012:root" },
            Action: ["kms:*"],
            Resource: "*",
        },
    ],
});
const AWS_KEY = "arn:aws:kms:eu-central-1:123456789012:key/aws-keeps-this-one";

const DEPLOYMENT = {
    spec: {
        progressDeadlineSeconds: 600,
        replicas: 1,
        revisionHistoryLimit: 10,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
        template: { spec: { restartPolicy: "Always", dnsPolicy: "ClusterFirst", schedulerName: "default-scheduler" } },
    },
};

export const FILLED_IN: Readonly<Partial<Record<keyof typeof TOKENS, Readonly<Record<string, unknown>>>>> = {
    autoScalingGroup: {
        availabilityZones: ["eu-central-1a", "eu-central-1b"],
        capacityRebalance: false,
        desiredCapacity: 1,
        desiredCapacityType: "",
        healthCheckType: "EC2",
        launchConfiguration: "",
        loadBalancers: [],
        targetGroupArns: [],
        trafficSources: [],
        vpcZoneIdentifiers: ["subnet-of-the-default-vpc-a", "subnet-of-the-default-vpc-b"],
    },
    bucket: {
        grants: [],
        policy: "",
        serverSideEncryptionConfiguration: {
            rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256", kmsMasterKeyId: "" } },
        },
        serverSideEncryptionConfigurations: [
            { rules: [{ applyServerSideEncryptionByDefaults: [{ sseAlgorithm: "AES256", kmsMasterKeyId: "" }] }] },
        ],
        versioning: { enabled: false, mfaDelete: false },
        versionings: [{ enabled: false, mfaDelete: false }],
    },
    cloudFrontDistribution: { webAclId: "", staging: false },
    dnsRecord: { healthCheckId: "", multivalueAnswerRoutingPolicy: false, setIdentifier: "" },
    ebsVolume: { kmsKeyId: "", snapshotId: "" },
    ecsCapacityProvider: { autoScalingGroupProvider: { managedTerminationProtection: "DISABLED" } },
    ecsService: {
        availabilityZoneRebalancing: "ENABLED",
        deploymentMaximumPercent: 200,
        deploymentMinimumHealthyPercent: 100,
        iamRole: "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        launchType: "FARGATE",
        platformVersion: "LATEST",
        schedulingStrategy: "REPLICA",
    },
    efsFileSystem: {
        availabilityZoneId: "",
        availabilityZoneName: "",
        kmsKeyId: "",
        performanceMode: "generalPurpose",
    },
    eksNodeGroup: { capacityType: "ON_DEMAND", labels: {}, taints: [], updateConfig: { maxUnavailable: 1 } },
    elasticacheCluster: { azMode: "single-az", engine: "redis", numCacheNodes: 1, replicationGroupId: "" },
    elasticacheReplicationGroup: {
        clusterMode: "disabled",
        globalReplicationGroupId: "",
        kmsKeyId: "",
        snapshotRetentionLimit: 0,
        subnetGroupName: "default",
        transitEncryptionMode: "",
    },
    elasticacheSubnetGroup: { vpcId: "vpc-1" },
    instance: { ebsBlockDevices: [], subnetId: "subnet-of-the-default-vpc-a", spotInstanceRequestId: "" },
    kmsKey: { customKeyStoreId: "", keyUsage: "ENCRYPT_DECRYPT", multiRegion: false, policy: OWNERS_POLICY },
    lambdaFunction: { kmsKeyArn: "", codeSigningConfigArn: "" },
    listener: { certificateArn: "", tcpIdleTimeoutSeconds: 350 },
    loadBalancer: { internal: false, securityGroups: [], subnetMappings: [{ subnetId: "subnet-1" }] },
    logGroup: { kmsKeyId: "", logGroupClass: "STANDARD" },
    mskCluster: {
        encryptionInfo: {
            encryptionAtRestKmsKeyArn: AWS_KEY,
            encryptionInTransit: { clientBroker: "TLS", inCluster: true },
        },
    },
    natGateway: { availabilityMode: "zonal", availabilityZoneAddresses: [], connectivityType: "public" },
    rdsCluster: {
        allocatedStorage: 1,
        availabilityZones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
        backupRetentionPeriod: 1,
        clusterMembers: [],
        dbClusterInstanceClass: "",
        dbSubnetGroupName: "default",
        engineMode: "provisioned",
        globalClusterIdentifier: "",
        kmsKeyId: AWS_KEY,
        masterUserSecrets: [],
        performanceInsightsKmsKeyId: AWS_KEY,
        replicationSourceIdentifier: "",
        snapshotIdentifier: "",
    },
    rdsClusterInstance: { performanceInsightsKmsKeyId: AWS_KEY, promotionTier: 0 },
    rdsInstance: {
        characterSetName: "",
        customIamInstanceProfile: "",
        dbSubnetGroupName: "default",
        kmsKeyId: AWS_KEY,
        masterUserSecrets: [],
        performanceInsightsKmsKeyId: AWS_KEY,
        replicaMode: "",
        replicateSourceDb: "",
        snapshotIdentifier: "",
    },
    routeTable: { routes: [{ cidrBlock: "10.1.0.0/16", gatewayId: "tgw-1", natGatewayId: "" }] },
    secret: { kmsKeyId: "", policy: "" },
    snsTopic: { deliveryPolicy: "", fifoTopic: false, kmsMasterKeyId: "", policy: OWNERS_POLICY },
    snsTopicSubscription: { deliveryPolicy: "", filterPolicy: "", redrivePolicy: "" },
    sqsQueue: {
        kmsMasterKeyId: "",
        messageRetentionSeconds: 345600,
        policy: "",
        redriveAllowPolicy: "",
        redrivePolicy: "",
        sqsManagedSseEnabled: true,
    },
    targetGroup: { loadBalancingCrossZoneEnabled: "use_load_balancer_configuration", targetType: "instance" },
    vpcEndpoint: { policy: OWNERS_POLICY, routeTableIds: [], subnetIds: [] },

    deployment: DEPLOYMENT,
    replicaSet: { spec: { replicas: 1 } },
    statefulSet: {
        spec: {
            podManagementPolicy: "OrderedReady",
            replicas: 1,
            updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
        },
    },
    horizontalPodAutoscaler: { spec: { minReplicas: 1 } },
    kubernetesService: { spec: { clusterIP: "10.100.0.1", sessionAffinity: "None", type: "ClusterIP" } },
    persistentVolumeClaim: { spec: { storageClassName: "gp2", volumeMode: "Filesystem", volumeName: "pvc-1" } },
    storageClass: { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" },
    ingress: { spec: { ingressClassName: "nginx" } },
};
