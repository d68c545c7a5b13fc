import { zonesOf } from "../../aws/regions";
import type { Facts, Makers, ValueMap } from "./facts";

const byArn =
    (service: string, resource: (name: string) => string) =>
    (f: Facts): ValueMap & { id: string } => {
        const arn = f.id(() => f.arn(service, resource(f.name)));
        return { id: arn, arn };
    };

const byName =
    (service: string, resource: (name: string) => string) =>
    (f: Facts): ValueMap & { id: string } => ({ id: f.id(() => f.name), arn: f.arn(service, resource(f.name)) });

export const application: Makers = {
    "aws:sesv2/configurationSet:ConfigurationSet": (f) => {
        const name = f.text("configurationSetName") ?? f.name;
        return { id: f.id(() => name), arn: f.arn("ses", `configuration-set/${name}`) };
    },
    "aws:sesv2/emailIdentity:EmailIdentity": (f) => {
        const identity = f.text("emailIdentity") ?? f.name;
        return {
            id: f.id(() => identity),
            arn: f.arn("ses", `identity/${identity}`),
            identityType: identity.includes("@") ? "EMAIL_ADDRESS" : "DOMAIN",
            verificationStatus: "PENDING",
            verifiedForSendingStatus: false,
            dkimSigningAttributes: {
                ...f.nested("dkimSigningAttributes"),
                currentSigningKeyLength: "RSA_2048_BIT",
                lastKeyGenerationTimestamp: "",
                signingAttributesOrigin: "AWS_SES",
                status: "PENDING",
                tokens: ["one", "two", "three"].map((key) => f.generator.lower(32, `dkim-${key}`)),
            },
        };
    },
    "aws:ecs/cluster:Cluster": (f) => ({ ...byArn("ecs", (name) => `cluster/${name}`)(f), settings: [] }),
    "aws:ecs/service:Service": (f) => {
        const cluster = (f.text("cluster") ?? "default").split("/").at(-1) ?? "default";
        const arn = f.id(() => f.arn("ecs", `service/${cluster}/${f.name}`));
        return {
            id: arn,
            arn,
            launchType: f.list("capacityProviderStrategies").length > 0 ? "" : "EC2",
            platformVersion: f.text("launchType") === "FARGATE" ? "LATEST" : "",
            cluster: f.arn("ecs", "cluster/default"),
            iamRole: f.globalArn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
            availabilityZoneRebalancing: "ENABLED",
            waitForSteadyState: false,
            deploymentController: { type: "ECS" },
            deploymentConfiguration: { strategy: "ROLLING", bakeTimeInMinutes: "0" },
            triggers: {},
        };
    },
    "aws:ecs/taskDefinition:TaskDefinition": (f) => {
        const family = f.text("family") ?? f.name;
        const before = f.context.environment.cloud
            .all()
            .filter((one) => one.type === "aws:ecs/taskDefinition:TaskDefinition" && one.outputs["family"] === family)
            .map((one) => Number(one.outputs["revision"] ?? 0));
        const own = f.knownId && f.context.environment.cloud.get(f.context.urn, f.knownId)?.outputs["revision"];
        const revision = typeof own === "number" ? own : Math.max(0, ...before) + 1;
        return {
            id: f.id(() => family),
            arn: f.arn("ecs", `task-definition/${family}:${revision}`),
            arnWithoutRevision: f.arn("ecs", `task-definition/${family}`),
            revision,
            networkMode: "bridge",
            enableFaultInjection: false,
        };
    },
    "aws:ecs/capacityProvider:CapacityProvider": byArn("ecs", (name) => `capacity-provider/${name}`),
    "aws:appautoscaling/target:Target": (f) => ({
        id: f.id(() => f.text("resourceId") ?? f.name),
        arn: f.arn("application-autoscaling", `scalable-target/${f.generator.hex(32, "target")}`),
        roleArn: f.globalArn(
            "iam",
            "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService",
        ),
        suspendedState: {},
    }),
    "aws:appautoscaling/policy:Policy": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn(
            "autoscaling",
            `scalingPolicy:${f.generator.uuid("policy")}:resource/${f.text("serviceNamespace") ?? "ecs"}/${f.text("resourceId") ?? ""}:policyName/${f.name}`,
        ),
        alarmArns: [],
    }),
    "aws:autoscaling/group:Group": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn("autoscaling", `autoScalingGroup:${f.generator.uuid("group")}:autoScalingGroupName/${f.name}`),
        availabilityZones: zonesOf(f.region)
            .slice(0, 3)
            .map((zone) => zone.name),
        desiredCapacity: f.number("minSize") ?? 0,
        defaultCooldown: 300,
        healthCheckType: "EC2",
        predictedCapacity: 0,
        warmPoolSize: 0,
    }),
    "aws:ecr/repository:Repository": (f) => ({
        ...byName("ecr", (name) => `repository/${name}`)(f),
        registryId: f.account,
        repositoryUrl: `${f.account}.dkr.ecr.${f.region}.${f.dnsSuffix}/${f.name}`,
    }),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": (f) => ({
        id: f.id(() => f.text("ecrRepositoryPrefix") ?? f.name),
        registryId: f.account,
    }),
    "aws:lambda/function:Function": (f) => {
        const arn = f.arn("lambda", `function:${f.name}`);
        const version = f.flag("publish") ? "1" : "$LATEST";
        const invoke = (target: string): string =>
            `arn:${f.partition}:apigateway:${f.region}:lambda:path/2015-03-31/functions/${target}/invocations`;
        return {
            id: f.id(() => f.name),
            arn,
            invokeArn: invoke(arn),
            qualifiedArn: `${arn}:${version}`,
            qualifiedInvokeArn: invoke(`${arn}:${version}`),
            version,
            lastModified: "2024-01-01T00:00:00.000+0000",
            sourceCodeSize: 1024,
            codeSha256: Buffer.from(
                f.generator.hex(
                    64,
                    JSON.stringify(f.inputs["code"] ?? f.inputs["s3Key"] ?? f.inputs["imageUri"] ?? ""),
                ),
                "hex",
            ).toString("base64"),
            architectures: ["x86_64"],
            ephemeralStorage: { size: 512 },
            tracingConfig: { mode: "PassThrough" },
            loggingConfig: { logFormat: "Text", logGroup: `/aws/lambda/${f.name}` },
            signingJobArn: "",
            signingProfileVersionArn: "",
        };
    },
    "aws:lambda/alias:Alias": (f) => {
        const arn = f.arn("lambda", `function:${(f.text("functionName") ?? "").split(":").at(-1) ?? ""}:${f.name}`);
        return {
            id: f.id(() => arn),
            arn,
            invokeArn: `arn:${f.partition}:apigateway:${f.region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
        };
    },
    "aws:lambda/invocation:Invocation": (f) => {
        // Nothing runs here: the function is taken for one that answers with nothing.
        const parts = [
            f.text("functionName") ?? f.name,
            f.text("qualifier") ?? "$LATEST",
            f.generator.hex(32, "result"),
        ];
        return { id: f.id(() => parts.join("_")), result: "{}" };
    },
    "aws:lambda/layerVersion:LayerVersion": (f) => {
        const base = f.arn("lambda", `layer:${f.text("layerName") ?? f.name}`);
        return {
            id: f.id(() => `${base}:1`),
            arn: `${base}:1`,
            layerArn: base,
            version: "1",
            sourceCodeSize: 1024,
            createdDate: "2024-01-01T00:00:00.000+0000",
        };
    },
    "aws:lambda/functionUrl:FunctionUrl": (f) => {
        const urlId = f.generator.lower(32, "url");
        return {
            id: f.id(() => f.text("functionName") ?? f.name),
            urlId,
            functionUrl: `https://${urlId}.lambda-url.${f.region}.on.aws/`,
            functionArn: f.arn("lambda", `function:${(f.text("functionName") ?? "").split(":").at(-1) ?? ""}`),
        };
    },
    "aws:lambda/permission:Permission": (f) => ({
        id: f.id(() => f.text("statementId") ?? f.name),
        statementId: f.name,
    }),
    "aws:lambda/eventSourceMapping:EventSourceMapping": (f) => {
        const id = f.id(() => f.generator.uuid("mapping"));
        return {
            id,
            uuid: id,
            arn: f.arn("lambda", `event-source-mapping:${id}`),
            functionArn: f.arn("lambda", `function:${(f.text("functionName") ?? "").split(":").at(-1) ?? ""}`),
            state: "Enabled",
            stateTransitionReason: "USER_INITIATED",
            lastProcessingResult: "No records processed",
        };
    },
    "aws:apigateway/restApi:RestApi": (f) => {
        const id = f.id(() => f.generator.lower(10, "api"));
        return {
            id,
            arn: `arn:${f.partition}:apigateway:${f.region}::/restapis/${id}`,
            executionArn: f.arn("execute-api", id),
            rootResourceId: f.generator.lower(10, "root"),
            createdDate: "2024-01-01T00:00:00Z",
            apiKeySource: "HEADER",
            endpointConfiguration: { types: "EDGE", vpcEndpointIds: [], ipAddressType: "ipv4" },
        };
    },
    "aws:apigateway/resource:Resource": (f) => {
        const parent = f.context.environment.cloud.find(
            "aws:apigateway/resource:Resource",
            (one) => one.id === f.text("parentId"),
        );
        const above = typeof parent?.outputs["path"] === "string" ? parent.outputs["path"] : "";
        return { id: f.id(() => f.generator.lower(6, "resource")), path: `${above}/${f.text("pathPart") ?? ""}` };
    },
    "aws:apigateway/deployment:Deployment": (f) => ({
        id: f.id(() => f.generator.lower(6, "deployment")),
        createdDate: "2024-01-01T00:00:00Z",
    }),
    "aws:apigateway/stage:Stage": (f) => {
        const [api, stage] = [f.text("restApi") ?? "", f.text("stageName") ?? ""];
        return {
            id: f.id(() => `ags-${api}-${stage}`),
            arn: `arn:${f.partition}:apigateway:${f.region}::/restapis/${api}/stages/${stage}`,
            executionArn: f.arn("execute-api", `${api}/${stage}`),
            invokeUrl: `https://${api}.execute-api.${f.region}.${f.dnsSuffix}/${stage}`,
        };
    },
    "aws:apigatewayv2/api:Api": (f) => {
        const id = f.id(() => f.generator.lower(10, "api"));
        return {
            id,
            arn: `arn:${f.partition}:apigateway:${f.region}::/apis/${id}`,
            apiEndpoint: `${f.text("protocolType") === "WEBSOCKET" ? "wss" : "https"}://${id}.execute-api.${f.region}.${f.dnsSuffix}`,
            executionArn: f.arn("execute-api", id),
            ipAddressType: "ipv4",
        };
    },
    "aws:apigatewayv2/stage:Stage": (f) => {
        const [api, stage] = [f.text("apiId") ?? "", f.text("name") ?? "$default"];
        const host = `${api}.execute-api.${f.region}.${f.dnsSuffix}`;
        return {
            id: f.id(() => stage),
            name: stage,
            arn: `arn:${f.partition}:apigateway:${f.region}::/apis/${api}/stages/${stage}`,
            executionArn: f.arn("execute-api", `${api}/${stage}`),
            invokeUrl: `https://${host}/${stage === "$default" ? "" : stage}`,
        };
    },
    "aws:apigatewayv2/integration:Integration": (f) => ({
        id: f.id(() => f.generator.lower(7, "integration")),
        integrationResponseSelectionExpression: "",
        payloadFormatVersion: "1.0",
    }),
    "aws:apigatewayv2/route:Route": (f) => ({ id: f.id(() => f.generator.lower(7, "route")) }),
    "aws:apigatewayv2/deployment:Deployment": (f) => ({
        id: f.id(() => f.generator.lower(6, "deployment")),
        autoDeployed: false,
    }),
    "aws:eks/cluster:Cluster": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn("eks", `cluster/${f.name}`),
        endpoint: `https://${f.generator.upper(32, "endpoint").replace(/[G-Z]/g, "A")}.gr7.${f.region}.eks.${f.dnsSuffix}`,
        certificateAuthority: {
            data: Buffer.from("-----BEGIN CERTIFICATE-----\noffline stand-in\n-----END CERTIFICATE-----\n").toString(
                "base64",
            ),
        },
        certificateAuthorities: [
            {
                data: Buffer.from(
                    "-----BEGIN CERTIFICATE-----\noffline stand-in\n-----END CERTIFICATE-----\n",
                ).toString("base64"),
            },
        ],
        identities: [
            {
                oidcs: [
                    {
                        issuer: `https://oidc.eks.${f.region}.${f.dnsSuffix}/id/${f.generator.hex(32, "oidc").toUpperCase()}`,
                    },
                ],
            },
        ],
        // Inside of what is given: the group that EKS makes for nodes and API server.
        "vpcConfig.clusterSecurityGroupId": f.other("sg"),
        "vpcConfig.vpcId": f.other("vpc"),
        status: "ACTIVE",
        platformVersion: "eks.8",
        version: "1.33",
        clusterId: "",
        createdAt: "2024-01-01T00:00:00Z",
        accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
        kubernetesNetworkConfig: {
            ipFamily: "ipv4",
            serviceIpv4Cidr: "172.20.0.0/16",
            serviceIpv6Cidr: "",
            elasticLoadBalancing: { enabled: false },
        },
        upgradePolicy: { supportType: "EXTENDED" },
    }),
    "aws:eks/nodeGroup:NodeGroup": (f) => {
        const [cluster, group] = [f.text("clusterName") ?? "", f.text("nodeGroupName") ?? f.name];
        return {
            id: f.id(() => `${cluster}:${group}`),
            arn: f.arn("eks", `nodegroup/${cluster}/${group}/${f.generator.uuid("group")}`),
            nodeGroupName: group,
            status: "ACTIVE",
            amiType: "AL2023_x86_64_STANDARD",
            capacityType: "ON_DEMAND",
            diskSize: 20,
            instanceTypes: ["t3.medium"],
            version: "1.33",
            releaseVersion: "1.33.0-20240101",
            resources: [
                {
                    autoscalingGroups: [{ name: `eks-${group}-${f.generator.uuid("asg")}` }],
                    remoteAccessSecurityGroupId: "",
                },
            ],
        };
    },
    "aws:eks/addon:Addon": (f) => {
        const [cluster, addon] = [f.text("clusterName") ?? "", f.text("addonName") ?? f.name];
        return {
            id: f.id(() => `${cluster}:${addon}`),
            arn: f.arn("eks", `addon/${cluster}/${addon}/${f.generator.uuid("addon")}`),
            addonVersion: "v1.0.0-eksbuild.1",
        };
    },
    "aws:eks/fargateProfile:FargateProfile": (f) => {
        const [cluster, profile] = [f.text("clusterName") ?? "", f.text("fargateProfileName") ?? f.name];
        return {
            id: f.id(() => `${cluster}:${profile}`),
            arn: f.arn("eks", `fargateprofile/${cluster}/${profile}/${f.generator.uuid("profile")}`),
            fargateProfileName: profile,
            status: "ACTIVE",
        };
    },
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": (f) => {
        const id = f.id(() => `a-${f.generator.lower(17, "association")}`);
        return {
            id,
            associationId: id,
            associationArn: f.arn("eks", `podidentityassociation/${f.text("clusterName") ?? ""}/${id}`),
            externalId: "",
        };
    },
    "aws:sqs/queue:Queue": (f) => {
        const url = f.id(() => `https://sqs.${f.region}.${f.dnsSuffix}/${f.account}/${f.name}`);
        const name = url.split("/").at(-1) ?? f.name;
        return {
            id: url,
            url,
            arn: f.arn("sqs", name),
            name,
            namePrefix: "",
            kmsDataKeyReusePeriodSeconds: 300,
            sqsManagedSseEnabled: f.text("kmsMasterKeyId") === undefined,
            policy: "",
            redrivePolicy: "",
            redriveAllowPolicy: "",
            deduplicationScope: f.flag("fifoQueue") ? "queue" : "",
            fifoThroughputLimit: f.flag("fifoQueue") ? "perQueue" : "",
        };
    },
    "aws:sqs/queuePolicy:QueuePolicy": (f) => ({ id: f.id(() => f.text("queueUrl") ?? f.name) }),
    "aws:sns/topic:Topic": (f) => {
        const arn = f.id(() => f.arn("sns", f.name));
        return {
            id: arn,
            arn,
            owner: f.account,
            namePrefix: "",
            beginningArchiveTime: "",
            signatureVersion: 0,
            tracingConfig: "",
            policy: JSON.stringify({
                Version: "2008-10-17",
                Id: "__default_policy_ID",
                Statement: [
                    {
                        Sid: "__default_statement_ID",
                        Effect: "Allow",
                        Principal: { AWS: "*" },
                        Action: ["SNS:Publish", "SNS:Subscribe"],
                        Resource: arn,
                        Condition: { StringEquals: { "AWS:SourceOwner": f.account } },
                    },
                ],
            }),
        };
    },
    "aws:sns/topicSubscription:TopicSubscription": (f) => {
        const arn = f.id(() => `${f.text("topic") ?? f.arn("sns", "topic")}:${f.generator.uuid("subscription")}`);
        return {
            id: arn,
            arn,
            ownerId: f.account,
            confirmationWasAuthenticated: true,
            pendingConfirmation: f.text("protocol") === "email",
            filterPolicyScope: "",
        };
    },
    "aws:cloudwatch/eventBus:EventBus": byName("events", (name) => `event-bus/${name}`),
    "aws:cloudwatch/eventRule:EventRule": (f) => {
        const bus = f.text("eventBusName");
        const short = bus === undefined || bus === "default" ? "" : `${bus.split("/").at(-1) ?? bus}/`;
        return { id: f.id(() => f.name), arn: f.arn("events", `rule/${short}${f.name}`), namePrefix: "" };
    },
    "aws:cloudwatch/eventTarget:EventTarget": (f) => {
        const target = f.text("targetId") ?? `${f.context.name}-${f.generator.hex(7, "target")}`;
        return { id: f.id(() => `${f.text("rule") ?? ""}-${target}`), targetId: target };
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": (f) => ({
        ...byName("cloudwatch", (name) => `alarm:${name}`)(f),
        evaluateLowSampleCountPercentiles: "",
    }),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": (f) => {
        const name = f.text("alarmName") ?? f.name;
        return { id: f.id(() => name), arn: f.arn("cloudwatch", `alarm:${name}`) };
    },
    "aws:cloudwatch/dashboard:Dashboard": (f) => {
        const name = f.text("dashboardName") ?? f.name;
        return { id: f.id(() => name), dashboardArn: f.globalArn("cloudwatch", `dashboard/${name}`) };
    },
    "aws:cloudwatch/logGroup:LogGroup": (f) => ({
        ...byName("logs", (name) => `log-group:${name}`)(f),
        namePrefix: "",
        logGroupClass: "STANDARD",
    }),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": (f) => ({ id: f.id(() => f.name) }),
    "aws:scheduler/schedule:Schedule": byName("scheduler", (name) => `schedule/default/${name}`),
    "aws:sfn/stateMachine:StateMachine": (f) => ({
        ...byArn("states", (name) => `stateMachine:${name}`)(f),
        creationDate: "2024-01-01T00:00:00Z",
        status: "ACTIVE",
        stateMachineVersionArn: "",
        revisionId: "",
        versionDescription: "",
    }),
    "aws:codebuild/project:Project": byArn("codebuild", (name) => `project/${name}`),
    "aws:batch/computeEnvironment:ComputeEnvironment": byArn("batch", (name) => `compute-environment/${name}`),
    "aws:batch/jobQueue:JobQueue": byArn("batch", (name) => `job-queue/${name}`),
    "aws:batch/jobDefinition:JobDefinition": (f) => ({
        ...byArn("batch", (name) => `job-definition/${name}:1`)(f),
        revision: 1,
    }),
    "aws:mq/broker:Broker": (f) => {
        const id = f.id(() => `b-${f.generator.uuid("broker")}`);
        return {
            id,
            arn: f.arn("mq", `broker:${f.text("brokerName") ?? f.name}:${id}`),
            instances: [
                {
                    consoleUrl: `https://${id}.mq.${f.region}.${f.dnsSuffix}`,
                    endpoints: [`amqps://${id}.mq.${f.region}.${f.dnsSuffix}:5671`],
                    ipAddress: f.generator.ipv4("broker"),
                },
            ],
        };
    },
    "aws:efs/fileSystem:FileSystem": (f) => {
        const id = f.prefixed("fs");
        return {
            id,
            arn: f.arn("elasticfilesystem", `file-system/${id}`),
            dnsName: `${id}.efs.${f.region}.${f.dnsSuffix}`,
            ownerId: f.account,
            performanceMode: "generalPurpose",
            numberOfMountTargets: 0,
            name: "",
        };
    },
    "aws:efs/accessPoint:AccessPoint": (f) => {
        const id = f.prefixed("fsap");
        return { id, arn: f.arn("elasticfilesystem", `access-point/${id}`), ownerId: f.account };
    },
    "aws:efs/mountTarget:MountTarget": (f) => ({
        id: f.prefixed("fsmt"),
        dnsName: `${f.text("fileSystemId") ?? "fs"}.efs.${f.region}.${f.dnsSuffix}`,
        mountTargetDnsName: `${f.region}a.${f.text("fileSystemId") ?? "fs"}.efs.${f.region}.${f.dnsSuffix}`,
        ipAddress: f.generator.ipv4("mount"),
        networkInterfaceId: f.other("eni"),
        ownerId: f.account,
    }),
};
