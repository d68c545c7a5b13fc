import { RegisteredResource, Registered } from "./harness";
import {
    isTelemetryVariable,
    MetricsDescription,
    pick,
    resourcesOf,
    SizeDescription,
    statementsOf,
    WorkloadDescription,
    WorkloadReader,
} from "./workload-description";

interface Container {
    readonly image: string;
    readonly command?: readonly string[];
    readonly portMappings: readonly { readonly containerPort: number }[];
    readonly environment: readonly { readonly name: string; readonly value: string }[];
    readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
    readonly user: string;
    readonly privileged: boolean;
    readonly readonlyRootFilesystem: boolean;
    readonly linuxParameters: { readonly capabilities: { readonly drop: readonly string[] } };
    readonly mountPoints: readonly { readonly containerPath: string }[];
    readonly stopTimeout: number;
    readonly healthCheck?: { readonly command: readonly string[] };
}

interface TargetTracking {
    readonly targetValue: number;
    readonly predefinedMetricSpecification?: { readonly predefinedMetricType: string };
    readonly customizedMetricSpecification?: {
        readonly metrics: readonly {
            readonly metricStat?: { readonly metric: { readonly dimensions: readonly { readonly value: string }[] } };
        }[];
    };
}

/** ECS's own statements: of shells, and of the protection from scale-in. The bindings know nothing of them. */
const ownStatements = new Set(["OpenShell", "DecryptShell", "FindShellLog", "LogShell", "ProtectFromScaleIn"]);

function definitionOf(registered: Registered, name: string): RegisteredResource {
    return registered.one("aws:ecs/taskDefinition:TaskDefinition", name);
}

function containerOf(registered: Registered, name: string): Container {
    const containers = JSON.parse(String(definitionOf(registered, name).inputs["containerDefinitions"])) as Container[];
    if (containers.length !== 1 || containers[0] === undefined) {
        throw new Error(`${name} has ${String(containers.length)} containers`);
    }
    return containers[0];
}

const variablesOf = ({ environment }: Container): Record<string, string> =>
    Object.fromEntries(environment.map(({ name, value }) => [name, value]));

/** `arn:…:secret:name:field::` is ECS's way to name a field of a secret. */
function secretOf(valueFrom: string): string {
    const [, arn, field] = /^(.*):([^:]*)::$/.exec(valueFrom) ?? [undefined, valueFrom, undefined];
    return field === undefined ? valueFrom : `${arn} ${field}`;
}

function rules(registered: Registered, direction: "Ingress" | "Egress"): Record<string, unknown>[] {
    return registered
        .ofType(`aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`)
        .map(({ inputs }) => inputs);
}

function wayOf(rule: Record<string, unknown>): string {
    if (rule["cidrIpv4"] === "0.0.0.0/0") {
        return "internet";
    }
    return rule["prefixListId"] === undefined ? "vpc" : "s3";
}

function scalingOf(registered: Registered, name: string): WorkloadDescription["scaling"] {
    const target = registered.ofType("aws:appautoscaling/target:Target").find((one) => one.name === name);
    if (target === undefined) {
        return undefined;
    }
    const policies = registered
        .ofType("aws:appautoscaling/policy:Policy")
        .filter((policy) => policy.name.startsWith(`${name}-`))
        .flatMap(
            ({ inputs }) => (inputs["targetTrackingScalingPolicyConfiguration"] as TargetTracking | undefined) ?? [],
        );
    const aim = (metric: string) =>
        policies.find((policy) => policy.predefinedMetricSpecification?.predefinedMetricType === metric)?.targetValue;
    const backlog = policies.find((policy) => policy.customizedMetricSpecification !== undefined);
    const queue = backlog?.customizedMetricSpecification?.metrics[0]?.metricStat?.metric.dimensions[0]?.value;
    return {
        minimum: target.inputs["minCapacity"] as number,
        maximum: target.inputs["maxCapacity"] as number,
        cpu: aim("ECSServiceAverageCPUUtilization"),
        requests: aim("ALBRequestCountPerTarget"),
        backlog: backlog && queue ? { queue, target: backlog.targetValue } : undefined,
    };
}

function describe(registered: Registered, name: string): WorkloadDescription {
    const definition = definitionOf(registered, name).inputs;
    const container = containerOf(registered, name);
    const service = registered.ofType("aws:ecs/service:Service").find((one) => one.name === name)?.inputs;
    const balancers = (service?.["loadBalancers"] ?? []) as { targetGroupArn: string; containerPort: number }[];
    const execution = statementsOf(registered, `${name}-execution-0a1b2c3`);
    const group = `${name}-id`;
    const leaving = rules(registered, "Egress").filter((rule) => rule["securityGroupId"] === group);
    const tags = service?.["tags"] as Record<string, string> | undefined;
    return {
        image: container.image,
        command: container.command,
        architecture:
            (definition["runtimePlatform"] as { cpuArchitecture: string }).cpuArchitecture === "ARM64"
                ? "arm64"
                : "amd64",
        user: container.user,
        environment: pick(variablesOf(container), (variable) => !isTelemetryVariable(variable)),
        secrets: Object.fromEntries(container.secrets.map((secret) => [secret.name, secretOf(secret.valueFrom)])),
        readableSecrets: resourcesOf(execution, "ReadSecrets"),
        decryptingKeys: resourcesOf(execution, "DecryptSecrets"),
        servedPorts: container.portMappings.map(({ containerPort }) => containerPort),
        permissions: statementsOf(registered, `${name}-task-0a1b2c3`).filter(({ Sid }) => !ownStatements.has(Sid)),
        // The agent behind ECS Exec has two more.
        writablePaths: container.readonlyRootFilesystem
            ? container.mountPoints
                  .map(({ containerPath }) => containerPath)
                  .filter((path) => !path.endsWith("/amazon"))
            : ["/"],
        droppedCapabilities: container.linuxParameters.capabilities.drop,
        privileged: container.privileged,
        stopSeconds: container.stopTimeout,
        healthCommand: container.healthCheck?.command.slice(1),
        admittedBy: rules(registered, "Ingress")
            .filter((rule) => rule["referencedSecurityGroupId"] === group)
            .map((rule) => `${String(rule["securityGroupId"])}:${String(rule["fromPort"])}`)
            .sort(),
        admits: rules(registered, "Ingress")
            .filter((rule) => rule["securityGroupId"] === group)
            .map((rule) => `${String(rule["referencedSecurityGroupId"])}:${String(rule["fromPort"])}`)
            .sort(),
        ways: [...new Set(leaving.map((rule) => `${wayOf(rule)}:${String(rule["fromPort"])}`))].sort(),
        target: balancers[0] && `${balancers[0].targetGroupArn}:${String(balancers[0].containerPort)}`,
        scaling: scalingOf(registered, name),
        neededCapacity: tags?.["NeededCapacity"],
    };
}

function metrics(registered: Registered, name: string): MetricsDescription {
    return { variables: pick(variablesOf(containerOf(registered, name)), isTelemetryVariable), port: undefined };
}

/** Fargate sells sizes; the smallest that holds the container is bought. */
function size(registered: Registered, name: string): SizeDescription {
    const { cpu, memory } = definitionOf(registered, name).inputs;
    return { cpu: Number(cpu) / 1024, memory: Number(memory) };
}

/** Reads workloads on ECS. */
export const ecsReader: WorkloadReader = { describe, metrics, size };
