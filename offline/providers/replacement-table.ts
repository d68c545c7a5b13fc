import { asText, flag, list, open, text, Unknown, isMap, type Value, type ValueMap } from "./values";

/**
 * Which changes AWS can make only by a new resource. The packages do not carry this, so the table follows the documentation
 * and the source of the real provider.
 *
 * By type and property path without list positions; a path stands for all below it unless a longer one says otherwise.
 * `true` replaces, `false` updates in place although a general rule in `replacement.ts` says otherwise, and a function
 * decides by the old and the new inputs. `*` is every property that is not listed.
 */
export type Decision = boolean | ((olds: ValueMap, news: ValueMap) => boolean);
export type Decisions = Readonly<Record<string, Decision>>;

const replace = (...paths: string[]): Record<string, Decision> => Object.fromEntries(paths.map((path) => [path, true]));
const inPlace = (...paths: string[]): Record<string, Decision> =>
    Object.fromEntries(paths.map((path) => [path, false]));
/** Nothing can be changed but what is listed. */
const allBut = (...paths: string[]): Decisions => ({ "*": true, tags: false, tagsAll: false, ...inPlace(...paths) });

const loadBalancer: Decisions = {
    ...replace("internal", "loadBalancerType", "customerOwnedIpv4Pool"),
    subnets: removedFromNetworkLoadBalancer("subnets"),
    subnetMappings: removedFromNetworkLoadBalancer("subnetMappings"),
    securityGroups: securityGroupsAppearOrVanish,
};
const targetGroup = replace("port", "protocol", "protocolVersion", "targetType", "vpcId", "ipAddressType");

const balancing = (module: string): Record<string, Decisions> => ({
    [`aws:${module}/loadBalancer:LoadBalancer`]: loadBalancer,
    [`aws:${module}/targetGroup:TargetGroup`]: targetGroup,
    [`aws:${module}/listener:Listener`]: replace("loadBalancerArn"),
    [`aws:${module}/listenerRule:ListenerRule`]: replace("listenerArn"),
    [`aws:${module}/listenerCertificate:ListenerCertificate`]: allBut(),
});

/** What a rule admits is changed in place as long as it stays of one kind. */
const peers = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];
const securityGroupRule: Decisions = {
    ...replace("securityGroupId"),
    ...Object.fromEntries(
        peers.map((peer): [string, Decision] => [
            peer,
            (olds, news) => peers.some((one) => isSet(olds, one) !== isSet(news, one)),
        ]),
    ),
};

/** Settings of a bucket that are resources of their own. */
const bucketSetting = replace("bucket", "expectedBucketOwner");

export const replacementTable: Readonly<Record<string, Decisions>> = {
    ...balancing("lb"),
    ...balancing("alb"),
    // Databases and caches
    "aws:rds/instance:Instance": {
        ...replace(
            "engine",
            "username",
            "dbName",
            "kmsKeyId",
            "storageEncrypted",
            "availabilityZone",
            "snapshotIdentifier",
            "restoreToPointInTime",
            "s3Import",
            "characterSetName",
            "ncharCharacterSetName",
            "timezone",
            "backupTarget",
            "customIamInstanceProfile",
        ),
        ...inPlace("identifier", "identifierPrefix", "dbSubnetGroupName"),
        // Removing it promotes the replica, which keeps its data. Any other change is refused (`refuseUpdate` in aws/rules.ts).
        replicateSourceDb: false,
    },
    "aws:rds/cluster:Cluster": replace(
        "clusterIdentifier",
        "clusterIdentifierPrefix",
        "databaseName",
        "engine",
        "engineMode",
        "masterUsername",
        "kmsKeyId",
        "storageEncrypted",
        "availabilityZones",
        "dbSubnetGroupName",
        "dbSystemId",
        "snapshotIdentifier",
        "sourceRegion",
        "restoreToPointInTime",
        "s3Import",
    ),
    "aws:rds/clusterInstance:ClusterInstance": replace(
        "clusterIdentifier",
        "identifier",
        "identifierPrefix",
        "engine",
        "availabilityZone",
        "dbSubnetGroupName",
        "customIamInstanceProfile",
    ),
    "aws:rds/subnetGroup:SubnetGroup": inPlace("description"),
    "aws:rds/parameterGroup:ParameterGroup": replace("family", "description"),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": replace("family", "description"),
    "aws:rds/optionGroup:OptionGroup": replace("engineName", "majorEngineVersion", "optionGroupDescription"),
    "aws:rds/proxy:Proxy": { ...replace("engineFamily", "vpcSubnetIds"), name: false },
    "aws:docdb/cluster:Cluster": replace(
        "clusterIdentifier",
        "availabilityZones",
        "dbSubnetGroupName",
        "engine",
        "kmsKeyId",
        "masterUsername",
        "port",
        "snapshotIdentifier",
        "storageEncrypted",
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        ...replace(
            "replicationGroupId",
            "atRestEncryptionEnabled",
            "kmsKeyId",
            "subnetGroupName",
            "port",
            "networkType",
            "dataTieringEnabled",
            "globalReplicationGroupId",
            "snapshotName",
            "snapshotArns",
            "securityGroupNames",
        ),
        engine: (olds, news) => text(olds, "engine") === "valkey" && text(news, "engine") === "redis",
        engineVersion: isDowngrade("engineVersion"),
        // Versions before 7.0.5 take it at creation only; none of them is Valkey.
        transitEncryptionEnabled: (olds) =>
            text(olds, "engine") !== "valkey" && /^([0-6]\.|7\.0\.[0-4]$)/.test(text(olds, "engineVersion") ?? "7.1"),
    },
    "aws:elasticache/cluster:Cluster": {
        ...replace(
            "clusterId",
            "availabilityZone",
            "engine",
            "networkType",
            "port",
            "subnetGroupName",
            "replicationGroupId",
            "snapshotArns",
            "snapshotName",
        ),
        nodeType: (olds) => text(olds, "engine") === "memcached",
        engineVersion: isDowngrade("engineVersion"),
    },
    "aws:elasticache/serverlessCache:ServerlessCache": {
        ...replace("kmsKeyId", "subnetIds", "snapshotArnsToRestores"),
        engine: (olds, news) => text(olds, "engine") === "valkey" && text(news, "engine") === "redis",
        majorEngineVersion: isDowngrade("majorEngineVersion"),
    },
    "aws:elasticache/user:User": replace("userId", "userName"),
    "aws:elasticache/userGroup:UserGroup": replace("userGroupId"),
    "aws:elasticache/parameterGroup:ParameterGroup": replace("family", "description"),
    "aws:dynamodb/table:Table": replace(
        "hashKey",
        "rangeKey",
        "localSecondaryIndexes",
        "importTable",
        "restoreSourceName",
        "restoreSourceTableArn",
        "restoreDateTime",
        "restoreToLatestTime",
    ),
    "aws:dynamodb/tableItem:TableItem": replace("tableName", "hashKey", "rangeKey"),
    "aws:opensearch/domain:Domain": replace("domainName", "encryptAtRest.kmsKeyId", "vpcOptions.subnetIds"),
    "aws:redshift/cluster:Cluster": replace(
        "clusterIdentifier",
        "databaseName",
        "masterUsername",
        "clusterSubnetGroupName",
        "snapshotIdentifier",
    ),
    // Streams and queues
    "aws:sesv2/configurationSet:ConfigurationSet": replace("configurationSetName"),
    "aws:sesv2/emailIdentity:EmailIdentity": replace("emailIdentity"),
    "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes": replace("emailIdentity"),
    "aws:sqs/queue:Queue": replace("name", "namePrefix", "fifoQueue"),
    "aws:sqs/queuePolicy:QueuePolicy": replace("queueUrl"),
    "aws:sqs/redrivePolicy:RedrivePolicy": replace("queueUrl"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": replace("queueUrl"),
    "aws:sns/topic:Topic": replace("fifoTopic"),
    "aws:sns/topicPolicy:TopicPolicy": replace("arn"),
    "aws:sns/topicSubscription:TopicSubscription": replace("topic", "protocol", "endpoint"),
    "aws:msk/cluster:Cluster": {
        ...replace(
            "clusterName",
            "brokerNodeGroupInfo.clientSubnets",
            "brokerNodeGroupInfo.securityGroups",
            "brokerNodeGroupInfo.azDistribution",
            "encryptionInfo.encryptionAtRestKmsKeyArn",
            "encryptionInfo.encryptionInTransit.inCluster",
        ),
        kafkaVersion: isDowngrade("kafkaVersion"),
    },
    "aws:msk/configuration:Configuration": replace("kafkaVersions"),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": replace(
        "destination",
        "kinesisSourceConfiguration",
        "mskSourceConfiguration",
    ),
    "aws:mq/broker:Broker": replace(
        "brokerName",
        "engineType",
        "deploymentMode",
        "publiclyAccessible",
        "subnetIds",
        "storageType",
        "encryptionOptions",
        "authenticationStrategy",
    ),
    // Containers and functions
    "aws:ecs/service:Service": {
        ...replace("cluster", "launchType", "iamRole", "schedulingStrategy", "deploymentController.type"),
        // Going from or to none takes a new service even with a forced deployment.
        capacityProviderStrategies: (olds, news) =>
            !flag(news, "forceNewDeployment") || appearsOrVanishes("capacityProviderStrategies", olds, news),
    },
    "aws:ecs/taskDefinition:TaskDefinition": allBut("skipDestroy", "trackLatest"),
    "aws:ecs/capacityProvider:CapacityProvider": replace("autoScalingGroupProvider.autoScalingGroupArn"),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": replace("clusterName"),
    "aws:appautoscaling/target:Target": replace("resourceId", "scalableDimension", "serviceNamespace"),
    "aws:appautoscaling/policy:Policy": replace("resourceId", "scalableDimension", "serviceNamespace"),
    "aws:appautoscaling/scheduledAction:ScheduledAction": replace(
        "resourceId",
        "scalableDimension",
        "serviceNamespace",
    ),
    "aws:ec2/launchConfiguration:LaunchConfiguration": allBut(),
    "aws:ecr/repository:Repository": replace("encryptionConfigurations"),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": replace("repository"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": replace("repository"),
    "aws:lambda/function:Function": replace("packageType"),
    // By default it calls the function when it is created only, so another call is another resource.
    "aws:lambda/invocation:Invocation": {
        ...replace("functionName", "qualifier", "triggers"),
        input: (_olds, news) => news["lifecycleScope"] !== "CRUD",
    },
    "aws:lambda/permission:Permission": allBut(),
    "aws:lambda/alias:Alias": replace("functionName"),
    "aws:lambda/layerVersion:LayerVersion": allBut("skipDestroy"),
    "aws:lambda/functionUrl:FunctionUrl": replace("functionName", "qualifier"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": replace(
        "eventSourceArn",
        "startingPosition",
        "startingPositionTimestamp",
        "selfManagedEventSource",
        "queues",
    ),
    "aws:eks/cluster:Cluster": {
        ...replace(
            "roleArn",
            "bootstrapSelfManagedAddons",
            "outpostConfig",
            "accessConfig.bootstrapClusterCreatorAdminPermissions",
            "kubernetesNetworkConfig.ipFamily",
            "kubernetesNetworkConfig.serviceIpv4Cidr",
        ),
        // A cluster without a key can get one, and never another one.
        encryptionConfig: (olds) => isSet(olds, "encryptionConfig"),
    },
    "aws:eks/nodeGroup:NodeGroup": {
        ...replace(
            "clusterName",
            "nodeGroupName",
            "nodeGroupNamePrefix",
            "nodeRoleArn",
            "subnetIds",
            "amiType",
            "capacityType",
            "diskSize",
            "instanceTypes",
            "remoteAccess",
            "launchTemplate.id",
            "launchTemplate.name",
        ),
    },
    "aws:eks/addon:Addon": replace("clusterName", "addonName"),
    "aws:eks/fargateProfile:FargateProfile": allBut(),
    "aws:eks/accessEntry:AccessEntry": replace("clusterName", "principalArn", "type"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": allBut(),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
        ...replace("clusterName", "namespace", "serviceAccount"),
        ...inPlace("roleArn", "targetRoleArn", "disableSessionTags", "policy"),
    },
    "aws:apigateway/resource:Resource": replace("restApi"),
    "aws:apigateway/deployment:Deployment": replace("restApi", "triggers"),
    "aws:apigateway/stage:Stage": replace("restApi", "stageName"),
    "aws:apigateway/method:Method": replace("restApi", "resourceId", "httpMethod"),
    "aws:apigateway/integration:Integration": replace(
        "restApi",
        "resourceId",
        "httpMethod",
        "type",
        "integrationHttpMethod",
    ),
    "aws:apigateway/restApi:RestApi": inPlace("name"),
    "aws:apigatewayv2/api:Api": { ...replace("protocolType"), name: false },
    "aws:apigatewayv2/stage:Stage": replace("apiId"),
    "aws:apigatewayv2/route:Route": replace("apiId"),
    "aws:apigatewayv2/integration:Integration": replace("apiId", "integrationType"),
    "aws:apigatewayv2/deployment:Deployment": replace("apiId", "triggers"),
    "aws:sfn/stateMachine:StateMachine": replace("type"),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": replace("vpc"),
    "aws:servicediscovery/service:Service": replace(
        "namespaceId",
        "dnsConfig.namespaceId",
        "dnsConfig.routingPolicy",
        "type",
    ),
    // Network
    "aws:ec2/vpc:Vpc": replace("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": allBut(),
    "aws:ec2/subnet:Subnet": {
        ...replace(
            "vpcId",
            "cidrBlock",
            "availabilityZone",
            "availabilityZoneId",
            "outpostArn",
            "ipv4IpamPoolId",
            "ipv4NetmaskLength",
            "ipv6IpamPoolId",
            "ipv6NetmaskLength",
            "ipv6Native",
        ),
        ipv6CidrBlock: (olds) => flag(olds, "assignIpv6AddressOnCreation"),
    },
    "aws:ec2/securityGroup:SecurityGroup": replace("description", "vpcId"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": allBut("description"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": replace("vpcId"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule,
    "aws:ec2/routeTable:RouteTable": replace("vpcId"),
    "aws:ec2/route:Route": replace(
        "routeTableId",
        "destinationCidrBlock",
        "destinationIpv6CidrBlock",
        "destinationPrefixListId",
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": { ...replace("subnetId", "gatewayId"), routeTableId: false },
    "aws:ec2/internetGateway:InternetGateway": inPlace("vpcId"),
    "aws:ec2/natGateway:NatGateway": replace(
        "subnetId",
        "allocationId",
        "connectivityType",
        "privateIp",
        "availabilityMode",
        "vpcId",
    ),
    "aws:ec2/eip:Eip": replace(
        "address",
        "domain",
        "publicIpv4Pool",
        "networkBorderGroup",
        "customerOwnedIpv4Pool",
        "ipamPoolId",
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        ...replace(
            "serviceName",
            "vpcId",
            "vpcEndpointType",
            "serviceRegion",
            "resourceConfigurationArn",
            "serviceNetworkArn",
        ),
        privateDnsEnabled: (_olds, news) => text(news, "vpcEndpointType") !== "Interface",
    },
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": replace("vpcId", "peerVpcId", "peerOwnerId", "peerRegion"),
    "aws:ec2/flowLog:FlowLog": allBut(),
    "aws:ec2/managedPrefixList:ManagedPrefixList": { ...replace("addressFamily"), name: false },
    "aws:ec2/networkInterface:NetworkInterface": replace("subnetId", "interfaceType"),
    "aws:ec2/keyPair:KeyPair": replace("keyName", "keyNamePrefix", "publicKey"),
    "aws:ec2/instance:Instance": {
        ...replace(
            "ami",
            "availabilityZone",
            "subnetId",
            "keyName",
            "privateIp",
            "associatePublicIpAddress",
            "securityGroups",
            "networkInterfaces",
            "placementGroup",
            "hibernation",
            "cpuOptions",
            "rootBlockDevice.encrypted",
            "rootBlockDevice.kmsKeyId",
            "ephemeralBlockDevices",
        ),
        userData: (_olds, news) => flag(news, "userDataReplaceOnChange"),
        userDataBase64: (_olds, news) => flag(news, "userDataReplaceOnChange"),
    },
    "aws:ebs/volume:Volume": replace(
        "availabilityZone",
        "encrypted",
        "kmsKeyId",
        "snapshotId",
        "outpostArn",
        "multiAttachEnabled",
    ),
    "aws:efs/fileSystem:FileSystem": replace(
        "availabilityZoneName",
        "creationToken",
        "encrypted",
        "kmsKeyId",
        "performanceMode",
    ),
    "aws:efs/mountTarget:MountTarget": replace("fileSystemId", "subnetId", "ipAddress"),
    "aws:efs/accessPoint:AccessPoint": allBut(),
    // Edge
    "aws:cloudfront/distribution:Distribution": replace("staging"),
    "aws:cloudfront/cachePolicy:CachePolicy": inPlace("name"),
    "aws:cloudfront/monitoringSubscription:MonitoringSubscription": replace("distributionId"),
    "aws:cloudfront/originAccessControl:OriginAccessControl": inPlace("name"),
    "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": inPlace("name"),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": inPlace("name"),
    "aws:cloudfront/publicKey:PublicKey": replace("encodedKey"),
    "aws:route53/zone:Zone": replace("delegationSetId"),
    "aws:route53/record:Record": replace("zoneId"),
    "aws:route53/healthCheck:HealthCheck": replace("type", "requestInterval", "measureLatency", "referenceName"),
    "aws:acm/certificate:Certificate": replace(
        "domainName",
        "subjectAlternativeNames",
        "validationMethod",
        "validationOptions",
        "keyAlgorithm",
        "certificateAuthorityArn",
    ),
    "aws:acm/certificateValidation:CertificateValidation": allBut(),
    "aws:wafv2/webAcl:WebAcl": replace("scope"),
    "aws:wafv2/ipSet:IpSet": replace("scope", "ipAddressVersion"),
    "aws:wafv2/ruleGroup:RuleGroup": replace("scope", "capacity"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": replace("resourceArn", "logDestinationConfigs"),
    // Identity, keys and secrets
    "aws:iam/role:Role": replace("path"),
    "aws:iam/policy:Policy": replace("path", "description"),
    "aws:iam/rolePolicy:RolePolicy": replace("role"),
    "aws:iam/user:User": inPlace("name", "path"),
    "aws:iam/group:Group": inPlace("name", "path"),
    "aws:iam/instanceProfile:InstanceProfile": replace("path"),
    "aws:iam/accessKey:AccessKey": replace("user", "pgpKey"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": replace("url"),
    "aws:kms/key:Key": replace("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId", "xksKeyId"),
    "aws:kms/replicaKey:ReplicaKey": replace("primaryKeyArn"),
    "aws:kms/grant:Grant": allBut(),
    "aws:secretsmanager/secretVersion:SecretVersion": replace(
        "secretId",
        "secretString",
        "secretBinary",
        "secretStringWoVersion",
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": replace("secretArn"),
    "aws:ssm/parameter:Parameter": replace("dataType"),
    "aws:cognito/userPool:UserPool": {
        ...replace("usernameAttributes", "aliasAttributes", "usernameConfiguration"),
        name: false,
    },
    "aws:cognito/userPoolClient:UserPoolClient": { ...replace("userPoolId", "generateSecret"), name: false },
    // Storage
    "aws:s3/bucket:Bucket": replace("bucket", "bucketPrefix", "objectLockEnabled"),
    "aws:s3/bucketV2:BucketV2": replace("bucket", "bucketPrefix", "objectLockEnabled"),
    "aws:s3/bucketObject:BucketObject": replace("bucket", "key"),
    "aws:s3/bucketObjectv2:BucketObjectv2": replace("bucket", "key"),
    ...Object.fromEntries(
        [
            "Policy",
            "PublicAccessBlock",
            "Versioning",
            "OwnershipControls",
            "LifecycleConfiguration",
            "ServerSideEncryptionConfiguration",
            "WebsiteConfiguration",
            "Notification",
            "Acl",
            "Logging",
            "CorsConfiguration",
            "ReplicationConfig",
            "Metric",
        ].map((kind) => [`aws:s3/bucket${kind}:Bucket${kind}`, bucketSetting]),
    ),
    "aws:backup/vault:Vault": replace("kmsKeyArn"),
    "aws:backup/plan:Plan": inPlace("name"),
    "aws:backup/selection:Selection": allBut(),
    // Observation
    "aws:cloudwatch/logGroup:LogGroup": replace("logGroupClass"),
    "aws:cloudwatch/logDelivery:LogDelivery": replace("deliveryDestinationArn", "deliverySourceName"),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": replace("outputFormat"),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": replace("logType", "resourceArn"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": replace("policyName"),
    "aws:cloudwatch/logStream:LogStream": replace("logGroupName"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": replace("logGroupName"),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": replace("logGroup"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": replace("alarmName"),
    "aws:cloudwatch/dashboard:Dashboard": replace("dashboardName"),
    "aws:cloudwatch/eventRule:EventRule": replace("eventBusName"),
    "aws:cloudwatch/eventTarget:EventTarget": replace("rule", "targetId", "eventBusName"),
};

function isSet(map: ValueMap, key: string): boolean {
    const value = open(map[key]);
    return value !== undefined && value !== null && value !== "";
}

/** A lower version than before cannot be reached by an upgrade. An unknown one may be any. */
function isDowngrade(property: string): Decision {
    return (olds, news) => {
        const [before, after] = [text(olds, property), text(news, property)];
        if (before === undefined || after === undefined) {
            return false;
        }
        const parts = (version: string): number[] => version.split(".").map((part) => parseInt(part, 10));
        const [left, right] = [parts(before), parts(after)];
        for (let i = 0; i < Math.min(left.length, right.length); i++) {
            const [a = NaN, b = NaN] = [left[i], right[i]];
            // "8.x" fits every version of 8.
            if (Number.isNaN(a) || Number.isNaN(b)) {
                return false;
            }
            if (a !== b) {
                return b < a;
            }
        }
        return false;
    };
}

function removedFromNetworkLoadBalancer(property: string): Decision {
    return (olds, news) => {
        if (text(news, "loadBalancerType") !== "network" || open(news[property]) instanceof Unknown) {
            return false;
        }
        const kept = new Set(list(news, property).map(textOf));
        return list(olds, property).some((one) => !kept.has(textOf(one)));
    };
}

function appearsOrVanishes(property: string, olds: ValueMap, news: ValueMap): boolean {
    if (open(news[property]) instanceof Unknown) {
        return false;
    }
    return (list(olds, property).length === 0) !== (list(news, property).length === 0);
}

function securityGroupsAppearOrVanish(olds: ValueMap, news: ValueMap): boolean {
    if (text(news, "loadBalancerType") !== "network" || open(news["securityGroups"]) instanceof Unknown) {
        return false;
    }
    return (list(olds, "securityGroups").length === 0) !== (list(news, "securityGroups").length === 0);
}

function textOf(value: Value): string {
    const opened = open(value);
    return isMap(opened) ? asText(opened["subnetId"]) : asText(opened);
}
