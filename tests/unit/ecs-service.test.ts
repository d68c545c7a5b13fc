import { ServiceArgs, Workload } from "../../components/compute";
import { EcsService } from "../../components/ecs/ecs-service";
import { rollbackProblem } from "../../components/ecs/rollback";
import { survival } from "../../components/failure-domain";
import { cacheBinding, createEcs, logsKey, serviceArgs } from "./ecs-facts";
import { record, Registered, valueOf } from "./harness";
import { missingRunbooks } from "./runbooks";

const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";
const service = "aws:ecs/service:Service";
const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

const web = (more: Partial<ServiceArgs> = {}): Promise<Registered> =>
    record(() => createEcs().service("web", { ...serviceArgs, ...more }));

interface Container {
    [key: string]: unknown;
    environment: { name: string; value: string }[];
    secrets: { name: string; valueFrom: string }[];
    mountPoints: { containerPath: string; sourceVolume: string }[];
}

function containerOf(registered: Registered): Container {
    const definitions = JSON.parse(
        String(registered.one(taskDefinition).inputs["containerDefinitions"]),
    ) as Container[];
    expect(definitions).toHaveLength(1);
    return definitions[0] as Container;
}

interface Statement {
    Sid: string;
    Action: string | string[];
    Resource: string | string[];
    Condition?: Record<string, Record<string, unknown>>;
}

/** The statements of an identity's policies, by statement id. */
function statementsOf(registered: Registered, role: "execution" | "task"): Record<string, Statement> {
    return Object.fromEntries(
        registered
            .ofType("aws:iam/rolePolicy:RolePolicy")
            .filter((policy) => policy.name.startsWith(`web-${role}`))
            .flatMap((policy) => (JSON.parse(String(policy.inputs["policy"])) as { Statement: Statement[] }).Statement)
            .map((statement) => [statement.Sid, statement]),
    );
}

describe("a service on ECS", () => {
    it("runs on demand in the private subnets of all zones, without public addresses", async () => {
        const { inputs } = (await web()).one(service);
        expect(inputs["capacityProviderStrategies"]).toEqual([{ capacityProvider: "FARGATE", base: 1, weight: 1 }]);
        expect(inputs["launchType"]).toBeUndefined();
        expect(inputs["networkConfiguration"]).toEqual({
            subnets: ["subnet-private-1", "subnet-private-2", "subnet-private-3"],
            securityGroups: ["web-id"],
            assignPublicIp: false,
        });
        expect(inputs["availabilityZoneRebalancing"]).toBe("ENABLED");
    });

    it("keeps its capacity during a deployment and goes back when the new tasks or the alarms say so", async () => {
        const { inputs } = (await web()).one(service);
        expect(inputs).toMatchObject({
            deploymentMinimumHealthyPercent: 100,
            deploymentMaximumPercent: 200,
            deploymentCircuitBreaker: { enable: true, rollback: true },
            alarms: { alarmNames: ["web-errors", "web-slow"], enable: true, rollback: true },
            waitForSteadyState: true,
            forceNewDeployment: true,
        });
    });

    it("asks for no alarms where none are given", async () => {
        expect((await web({ rollbackAlarms: [] })).one(service).inputs["alarms"]).toBeUndefined();
    });

    it("registers with its target group on the port of the target, after a grace period", async () => {
        const { inputs } = (await web({ healthCheckGraceSeconds: 120 })).one(service);
        expect(inputs["loadBalancers"]).toEqual([
            { targetGroupArn: "arn:target-group", containerName: "web", containerPort: 8443 },
        ]);
        expect(inputs["healthCheckGracePeriodSeconds"]).toBe(120);
    });

    it("starts with the minimum of tasks and scales on CPU and on requests, out faster than in", async () => {
        const registered = await web();
        expect(registered.one(service).inputs["desiredCount"]).toBe(6);
        expect(registered.one("aws:appautoscaling/target:Target").inputs).toMatchObject({
            minCapacity: 6,
            maxCapacity: 24,
            scalableDimension: "ecs:service:DesiredCount",
        });
        const policy = (name: string) =>
            registered.one("aws:appautoscaling/policy:Policy", name).inputs["targetTrackingScalingPolicyConfiguration"];
        expect(policy("web-cpu")).toEqual({
            targetValue: 60,
            scaleOutCooldown: 60,
            scaleInCooldown: 300,
            predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
        });
        expect(policy("web-requests")).toMatchObject({
            targetValue: 7200,
            predefinedMetricSpecification: {
                predefinedMetricType: "ALBRequestCountPerTarget",
                resourceLabel: "app/balancer/1/targetgroup/web/2",
            },
        });
    });

    it("reports the task definition that runs", async () => {
        let workload: EcsService | undefined;
        await record(() => {
            workload = createEcs().service("web", serviceArgs);
        });
        await expect(valueOf(workload?.runningDefinitionArn)).resolves.toBe(
            "arn:aws:mock:eu-central-1:123456789012:web",
        );
    });

    it("counts a deployment as failed when another task definition runs than the wanted one", () => {
        const outcome = { name: "web", serviceName: "web-0a1b2c3", wanted: "arn:new" };
        expect(rollbackProblem({ ...outcome, running: "arn:old" })).toContain(
            "the deployment of web was rolled back: service web-0a1b2c3 runs arn:old, not arn:new",
        );
        expect(rollbackProblem({ ...outcome, running: "arn:new" })).toBeUndefined();
    });

    it("opens a shell only where that is allowed", async () => {
        const closed = await web();
        expect(closed.one(service).inputs["enableExecuteCommand"]).toBe(false);
        expect(statementsOf(closed, "task")["OpenShell"]).toBeUndefined();

        const open = await web({ interactiveAccess: true });
        expect(open.one(service).inputs["enableExecuteCommand"]).toBe(true);
        expect(statementsOf(open, "task")["OpenShell"]?.Action).toEqual([
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ]);
        expect(containerOf(open).mountPoints.map((mount) => mount.containerPath)).toEqual([
            "/tmp",
            "/var/lib/amazon",
            "/var/log/amazon",
        ]);
    });

    it("tags what it makes, and its tasks", async () => {
        const registered = await web({ tags: { team: "shop" } });
        expect(registered.one(service).inputs).toMatchObject({
            propagateTags: "SERVICE",
            enableEcsManagedTags: true,
            tags: { project: "shop", team: "shop", Name: "web", NeededCapacity: "4" },
        });
        expect(registered.one(taskDefinition).inputs["tags"]).toMatchObject({ project: "shop", team: "shop" });
    });

    it("counts what is left of its tasks without a zone against what is needed", async () => {
        let workload: Workload | undefined;
        await record(() => {
            workload = createEcs().service("web", serviceArgs);
        });
        expect(workload?.failureDomain).toEqual({ tier: "web", unit: "task", units: 6, zones: 3, needed: 4 });
        expect(workload && survival(workload.failureDomain).afterZone).toEqual({ left: 4, enough: true });
    });
});

describe("a container on ECS", () => {
    it("runs on ARM, in the cheapest size that holds it", async () => {
        const { inputs } = (await web({ size: { cpu: 0.5, memory: 4500 } })).one(taskDefinition);
        expect(inputs).toMatchObject({
            cpu: "1024",
            memory: "5120",
            networkMode: "awsvpc",
            requiresCompatibilities: ["FARGATE"],
            runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "ARM64" },
            skipDestroy: true,
        });
    });

    it("runs on Intel where its image does", async () => {
        const { inputs } = (await web({ architecture: "amd64" })).one(taskDefinition);
        expect(inputs["runtimePlatform"]).toMatchObject({ cpuArchitecture: "X86_64" });
    });

    it("can do no more than it must: no root, no capability, nothing to write to but /tmp", async () => {
        const registered = await web();
        expect(containerOf(registered)).toMatchObject({
            user: "1000:1000",
            privileged: false,
            readonlyRootFilesystem: true,
            linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
            mountPoints: [{ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false }],
        });
        expect(registered.one(taskDefinition).inputs["volumes"]).toEqual([{ name: "tmp" }]);
    });

    it("gets environment and secrets from the bindings, sorted", async () => {
        const container = containerOf(await web());
        expect(container.environment).toEqual([
            { name: "CACHE_ENDPOINT", value: "cache.example:6379" },
            { name: "PORT", value: "8443" },
            { name: "TLS", value: "on" },
        ]);
        expect(container.secrets).toEqual([
            { name: "CACHE_PASSWORD", valueFrom: "arn:aws:secretsmanager:::secret:cache:password::" },
        ]);
    });

    it("never waits for its log, which lies in a log group of its own with an end and a key", async () => {
        const registered = await web();
        const logGroup = registered.one("aws:cloudwatch/logGroup:LogGroup", "web");
        expect(logGroup.inputs).toMatchObject({ retentionInDays: 30, kmsKeyId: logsKey.arn });
        expect(containerOf(registered)["logConfiguration"]).toEqual({
            logDriver: "awslogs",
            options: {
                "awslogs-group": logGroup.inputs["name"],
                "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "web",
                mode: "non-blocking",
                "max-buffer-size": "25m",
            },
        });
    });

    it("has time to drain, and a health check where a command is given", async () => {
        expect(containerOf(await web())).toMatchObject({ stopTimeout: 90 });
        expect(containerOf(await web())["healthCheck"]).toBeUndefined();
        expect(containerOf(await web({ healthCommand: ["node", "health.js"] }))["healthCheck"]).toMatchObject({
            command: ["CMD", "node", "health.js"],
        });
    });
});

describe("the identities of a task", () => {
    it("can be assumed for tasks of this account and region only", async () => {
        const registered = await web();
        const roles = registered.ofType("aws:iam/role:Role");
        expect(roles.map((role) => role.name).sort()).toEqual(["web-execution", "web-task"]);
        for (const { inputs } of roles) {
            const trust = JSON.parse(String(inputs["assumeRolePolicy"])) as { Statement: unknown[] };
            expect(trust.Statement).toEqual([
                {
                    Effect: "Allow",
                    Principal: { Service: "ecs-tasks.amazonaws.com" },
                    Action: "sts:AssumeRole",
                    Condition: {
                        StringEquals: { "aws:SourceAccount": "123456789012" },
                        ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-central-1:123456789012:*" },
                    },
                },
            ]);
        }
    });

    it("may pull its own image, write its own log and read its own secrets, and start nothing else", async () => {
        const registered = await web();
        const statements = statementsOf(registered, "execution");
        expect(Object.keys(statements).sort()).toEqual([
            "DecryptSecrets",
            "EnterRegistry",
            "PullImage",
            "ReadSecrets",
            "WriteLogs",
        ]);
        expect(statements["PullImage"]?.Resource).toBe("arn:aws:ecr:eu-central-1:123456789012:repository/shop");
        expect(statements["ReadSecrets"]?.Resource).toEqual(["arn:aws:secretsmanager:::secret:cache"]);
        expect(statements["DecryptSecrets"]).toMatchObject({
            Resource: ["arn:key/secrets"],
            Condition: {
                StringLike: { "kms:ViaService": expect.arrayContaining(["secretsmanager.*.amazonaws.com"]) as unknown },
            },
        });
        const logs = String(registered.one("aws:cloudwatch/logGroup:LogGroup", "web").inputs["name"]);
        expect(statements["WriteLogs"]?.Resource).toBe(
            "arn:aws:logs:eu-central-1:123456789012:log-group:/headroom/test/web/*",
        );
        expect(logs.startsWith("/headroom/test/web/")).toBe(true);
    });

    it("need no permission to pull from another registry", async () => {
        const statements = statementsOf(await web({ image: "registry.example.com/shop:1" }), "execution");
        expect(statements["PullImage"]).toBeUndefined();
    });

    it("have what the bindings say, with all of their conditions", async () => {
        const statements = statementsOf(await web(), "task");
        expect(Object.keys(statements)).toEqual(["CacheConnect"]);
        expect(statements["CacheConnect"]).toEqual({
            Sid: "CacheConnect",
            Effect: "Allow",
            Action: ["elasticache:Connect"],
            Resource: ["arn:aws:elasticache:::cache"],
            Condition: {
                StringEquals: { "aws:ResourceTag/tier": ["cache"], "aws:RequestedRegion": ["eu-central-1"] },
            },
        });
    });
});

describe("the security group of a service", () => {
    it("lets the balancer in, on the target's port, and nobody else", async () => {
        const registered = await web();
        const group = registered.one("aws:ec2/securityGroup:SecurityGroup");
        expect(group.inputs["ingress"]).toBeUndefined();
        expect(group.inputs["egress"]).toBeUndefined();
        const into = registered.ofType(ingress).filter((rule) => rule.inputs["securityGroupId"] === "web-id");
        expect(into).toHaveLength(1);
        expect(into[0]?.inputs).toMatchObject({
            referencedSecurityGroupId: "sg-balancer",
            ipProtocol: "tcp",
            fromPort: 8443,
            toPort: 8443,
        });
    });

    it("opens the way to a peer on both sides, in rules named after the peer", async () => {
        const registered = await web();
        const port = { ipProtocol: "tcp", fromPort: 6379, toPort: 6379 };
        expect(registered.one(egress, "web-to-cache-6379").inputs).toMatchObject({
            securityGroupId: "web-id",
            referencedSecurityGroupId: "sg-cache",
            ...port,
        });
        expect(registered.one(ingress, "web-to-cache-6379").inputs).toMatchObject({
            securityGroupId: "sg-cache",
            referencedSecurityGroupId: "web-id",
            ...port,
        });
    });

    it("lets HTTPS out to the internet, or to the VPC's endpoints only", async () => {
        const destinations = (registered: Registered) =>
            registered
                .ofType(egress)
                .filter((rule) => rule.inputs["fromPort"] === 443)
                .map((rule) => rule.inputs["cidrIpv4"] ?? rule.inputs["prefixListId"]);
        expect(destinations(await web())).toEqual(["0.0.0.0/0"]);
        expect(destinations(await web({ internet: "none" }))).toEqual([
            "10.0.0.0/16",
            "aws:ec2/getManagedPrefixList:getManagedPrefixList-id",
        ]);
    });
});

describe("the signals of a service", () => {
    const signalsOf = async (more: Partial<ServiceArgs> = {}) => {
        let workload: Workload | undefined;
        await record(() => {
            workload = createEcs().service("web", { ...serviceArgs, ...more });
        });
        return Object.fromEntries((workload?.signals ?? []).map((signal) => [signal.name, signal]));
    };

    it("call for the step of growth that helps", async () => {
        const signals = await signalsOf();
        expect(Object.fromEntries(Object.values(signals).map((signal) => [signal.name, signal.growthStep]))).toEqual({
            "web-cpu": "add-tasks",
            "web-memory": "larger-tasks",
            "web-deployment-failed": undefined,
            "web-tasks-missing": undefined,
            "web-at-maximum": "add-tasks",
        });
    });

    it("lead to runbooks", async () => {
        expect(missingRunbooks(Object.values(await signalsOf()))).toEqual([]);
    });

    it("count tasks against the range in which the service scales", async () => {
        const signals = await signalsOf();
        expect(signals["web-tasks-missing"]).toMatchObject({
            comparison: "below",
            threshold: 6,
            missingData: "breaching",
        });
        expect(signals["web-at-maximum"]).toMatchObject({ comparison: "at-or-above", threshold: 24 });
    });

    it("do not speak of headroom where the count is fixed", async () => {
        const signals = await signalsOf({ scaling: { ...serviceArgs.scaling, minimum: 2, maximum: 2 } });
        expect(signals["web-at-maximum"]).toBeUndefined();
    });
});

describe("a service with bad arguments", () => {
    it("is refused with all problems at once, before anything is registered", async () => {
        const registered = await record(() => {
            const compute = createEcs();
            const create = () =>
                compute.service("web", {
                    ...serviceArgs,
                    image: "shop:latest",
                    size: { cpu: 3, memory: 64 },
                    user: "0:0",
                    stopTimeoutSeconds: 121,
                    logRetentionDays: 10,
                    neededTasks: -1,
                    scaling: { minimum: 5, maximum: 3, cpuTarget: 100, requestsPerTarget: 0 },
                });
            for (const setting of [
                "image is",
                "size.cpu is 3",
                "size.memory is 64",
                'user is "0:0"',
                "stopTimeoutSeconds is 121",
                "logRetentionDays is 10",
                "neededTasks is -1",
                "scaling.maximum is 3; allowed: no less than scaling.minimum, which is 5",
                "scaling.cpuTarget is 100",
                "scaling.requestsPerTarget is 0",
            ]) {
                expect(create).toThrow(setting);
            }
            expect(create).toThrow('service "web": 10 problems');
        });
        expect(registered.ofType("headroom:components:EcsService")).toEqual([]);
    });

    it("is refused when no Fargate size holds it", async () => {
        await record(() => {
            const compute = createEcs();
            expect(() => compute.service("web", { ...serviceArgs, size: { cpu: 1, memory: 200_000 } })).toThrow(
                "size is",
            );
        });
    });

    it("is refused when two bindings contradict each other", async () => {
        await record(() => {
            const compute = createEcs();
            const environment = { CACHE_ENDPOINT: "elsewhere" };
            expect(() => compute.service("web", { ...serviceArgs, uses: [cacheBinding], environment })).toThrow(
                "variable CACHE_ENDPOINT is set by environment and by cache",
            );
        });
    });
});
