import { network } from "./ecs-facts";
import { Registered } from "./harness";
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

type Labels = Readonly<Record<string, string>>;

interface Metadata {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Labels;
    readonly labels?: Labels;
}

interface Container {
    readonly image: string;
    readonly args?: readonly string[];
    readonly env?: readonly {
        readonly name: string;
        readonly value?: string;
        readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
    }[];
    readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
    readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    readonly resources: { readonly requests: Labels; readonly limits: Labels };
    readonly securityContext: {
        readonly privileged?: boolean;
        readonly allowPrivilegeEscalation: boolean;
        readonly readOnlyRootFilesystem: boolean;
        readonly capabilities: { readonly drop: readonly string[] };
    };
    readonly volumeMounts: readonly {
        readonly name: string;
        readonly mountPath: string;
        readonly readOnly?: boolean;
    }[];
    readonly livenessProbe?: { readonly exec?: { readonly command: readonly string[] } };
    readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
}

interface PodTemplate {
    readonly metadata: { readonly labels: Labels };
    readonly spec: {
        readonly serviceAccountName: string;
        readonly nodeSelector: Labels;
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
        readonly containers: readonly Container[];
        readonly volumes: readonly {
            readonly name: string;
            readonly csi?: { readonly volumeAttributes: { readonly secretProviderClass: string } };
        }[];
    };
}

interface Rule {
    readonly from?: readonly Peer[];
    readonly to?: readonly Peer[];
    readonly ports: readonly { readonly port: number; readonly protocol?: string }[];
}

interface Peer {
    readonly ipBlock?: { readonly cidr: string };
}

interface Metric {
    readonly resource?: { readonly name: string; readonly target: { readonly averageUtilization: number } };
    readonly pods?: { readonly target: { readonly averageValue: string } };
    readonly external?: {
        readonly metric: { readonly selector: { readonly matchLabels: Labels } };
        readonly target: { readonly averageValue: string };
    };
}

interface SecretObject {
    readonly objectName: string;
    readonly objectAlias?: string;
    readonly jmesPath?: readonly { readonly path: string; readonly objectAlias: string }[];
}

/** What a workload's manifests hold: the fields that are read here. */
interface Manifest<Spec> {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: Metadata;
    readonly spec: Spec;
}

const manifests = <Spec>(registered: Registered, type: string): Manifest<Spec>[] =>
    registered.ofType(type).map(({ inputs }) => inputs as unknown as Manifest<Spec>);

/** `250m` is a quarter, `2048Mi` are two GiB. */
function quantity(text: string): number {
    const [, digits = "", unit = ""] = /^([\d.]+)([A-Za-z]*)$/.exec(text) ?? [];
    const factor = { "": 1, m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[unit];
    if (digits === "" || factor === undefined) {
        throw new Error(`"${text}" is no quantity that is known here`);
    }
    return Number(digits) * factor;
}

const matches = (selector: Labels, labels: Labels): boolean =>
    Object.entries(selector).every(([key, value]) => labels[key] === value);

interface Facts {
    readonly metadata: Metadata;
    readonly labels: Labels;
    readonly pod: PodTemplate["spec"];
    readonly container: Container;
}

function factsOf(registered: Registered, name: string): Facts {
    const found = ["kubernetes:apps/v1:Deployment", "kubernetes:batch/v1:Job"]
        .flatMap((type) => registered.ofType(type))
        .find((one) => one.name === name);
    if (found === undefined) {
        throw new Error(`there is no Deployment and no Job ${name}`);
    }
    const { metadata, spec } = found.inputs as unknown as Manifest<{ readonly template: PodTemplate }>;
    const [container, ...others] = spec.template.spec.containers;
    if (container === undefined || others.length > 0) {
        throw new Error(`${name} has ${String(others.length)} containers more than one`);
    }
    return { metadata, labels: spec.template.metadata.labels, pod: spec.template.spec, container };
}

function variablesOf(registered: Registered, { container }: Facts): Record<string, string> {
    const maps = registered
        .ofType("kubernetes:core/v1:ConfigMap")
        .map(({ inputs }) => inputs as unknown as { readonly metadata: Metadata; readonly data: Labels });
    const mapped = (container.envFrom ?? []).map(
        ({ configMapRef }) => maps.find(({ metadata }) => metadata.name === configMapRef.name)?.data ?? {},
    );
    const own = (container.env ?? []).map(({ name, value }) => (value === undefined ? {} : { [name]: value }));
    return [...mapped, ...own].reduce<Record<string, string>>((all, some) => ({ ...all, ...some }), {});
}

/** From the container's variable to the Secret, from there to the file that the driver writes, and to the secret it is read from. */
function secretsOf(registered: Registered, { container, pod }: Facts): Record<string, string> {
    const classes = manifests<{
        readonly parameters: { readonly objects: string };
        readonly secretObjects: readonly {
            readonly secretName: string;
            readonly data: readonly { readonly objectName: string; readonly key: string }[];
        }[];
    }>(registered, "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass");
    const mounted = pod.volumes
        .filter((volume) => container.volumeMounts.some((mount) => mount.name === volume.name))
        .flatMap((volume) => volume.csi?.volumeAttributes.secretProviderClass ?? []);
    const source = (secretName: string, key: string): string => {
        for (const { spec } of classes.filter(({ metadata }) => mounted.includes(metadata.name))) {
            const file = spec.secretObjects
                .find((secret) => secret.secretName === secretName)
                ?.data.find((entry) => entry.key === key)?.objectName;
            for (const { objectName, objectAlias, jmesPath } of JSON.parse(spec.parameters.objects) as SecretObject[]) {
                const field = jmesPath?.find((one) => one.objectAlias === file);
                if (field !== undefined) {
                    return `${objectName} ${JSON.parse(field.path) as string}`;
                }
                if (objectAlias !== undefined && objectAlias === file) {
                    return objectName;
                }
            }
        }
        throw new Error(`nothing that the pod mounts fills ${key} of the Secret ${secretName}`);
    };
    return Object.fromEntries(
        (container.env ?? []).flatMap(({ name, valueFrom }) =>
            valueFrom?.secretKeyRef === undefined
                ? []
                : [[name, source(valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key)]],
        ),
    );
}

/** The name of the role that the pods get their credentials for. */
function roleOf(registered: Registered, { metadata, pod }: Facts): string {
    const association = registered
        .ofType("aws:eks/podIdentityAssociation:PodIdentityAssociation")
        .find(
            ({ inputs }) =>
                inputs["serviceAccount"] === pod.serviceAccountName && inputs["namespace"] === metadata.namespace,
        );
    const role = registered
        .ofType("aws:iam/role:Role")
        .find(({ name }) => String(association?.inputs["roleArn"]).endsWith(`:${name}`));
    if (role === undefined) {
        throw new Error(`${metadata.name} has no role`);
    }
    return `${role.name}-0a1b2c3`;
}

/** Where a way leads; DNS and the agent of Pod Identity are the target's own. */
function wayOf(cidr: string): string | undefined {
    switch (cidr) {
        case "0.0.0.0/0":
            return "internet";
        case network.cidrBlock:
            return "vpc";
        case "172.20.0.0/16":
            return undefined;
        default:
            return cidr.startsWith("169.254.") ? undefined : "s3";
    }
}

function networkOf(registered: Registered, { labels }: Facts) {
    const policies = manifests<{
        readonly podSelector: { readonly matchLabels?: Labels };
        readonly ingress?: readonly Rule[];
        readonly egress?: readonly Rule[];
    }>(registered, "kubernetes:networking.k8s.io/v1:NetworkPolicy").filter(({ spec }) =>
        matches(spec.podSelector.matchLabels ?? {}, labels),
    );
    const ways = policies
        .flatMap(({ spec }) => spec.egress ?? [])
        .flatMap(({ to, ports }) =>
            (to ?? []).flatMap(({ ipBlock }) => {
                const way = ipBlock === undefined ? undefined : wayOf(ipBlock.cidr);
                return way === undefined ? [] : ports.map(({ port }) => `${way}:${String(port)}`);
            }),
        );
    const served = policies
        .flatMap(({ spec }) => spec.ingress ?? [])
        .filter(({ from }) => from?.some(({ ipBlock }) => ipBlock?.cidr === network.cidrBlock))
        .flatMap(({ ports }) => ports.map(({ port }) => port));
    return { ways: [...new Set(ways)].sort(), served };
}

/** Security group of the nodes, and so of the pods, in the tests' cluster. */
export const nodeSecurityGroupId = "sg-nodes";

/** Rules between the nodes and others: a pod goes only where its network policy lets it, too. */
function rules(registered: Registered, mine: string, theirs: string, ports: readonly number[]): string[] {
    return registered
        .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        .filter(({ inputs }) => inputs[mine] === nodeSecurityGroupId && ports.includes(inputs["fromPort"] as number))
        .map(({ inputs }) => `${String(inputs[theirs])}:${String(inputs["fromPort"])}`)
        .sort();
}

function targetOf(registered: Registered, { labels, container }: Facts): string | undefined {
    const services = manifests<{
        readonly selector: Labels;
        readonly ports: readonly { readonly port: number; readonly targetPort: number | string }[];
    }>(registered, "kubernetes:core/v1:Service").filter(({ spec }) => matches(spec.selector, labels));
    const bindings = ["eks.amazonaws.com/v1", "elbv2.k8s.aws/v1beta1"].flatMap((api) =>
        manifests<{
            readonly targetGroupARN: string;
            readonly serviceRef: { readonly name: string; readonly port: number };
        }>(registered, `kubernetes:${api}:TargetGroupBinding`),
    );
    for (const { spec } of bindings) {
        const service = services.find(({ metadata }) => metadata.name === spec.serviceRef.name);
        const port = service?.spec.ports.find((one) => one.port === spec.serviceRef.port)?.targetPort;
        const target = container.ports?.find((one) => one.name === port || one.containerPort === port);
        if (target !== undefined) {
            return `${spec.targetGroupARN}:${String(target.containerPort)}`;
        }
    }
    return undefined;
}

function autoscalerOf(registered: Registered, { metadata }: Facts): WorkloadDescription["scaling"] {
    const found = manifests<{
        readonly scaleTargetRef: { readonly name: string };
        readonly minReplicas: number;
        readonly maxReplicas: number;
        readonly metrics: readonly Metric[];
    }>(registered, "kubernetes:autoscaling/v2:HorizontalPodAutoscaler").find(
        ({ spec }) => spec.scaleTargetRef.name === metadata.name,
    )?.spec;
    if (found === undefined) {
        return undefined;
    }
    const { minReplicas, maxReplicas, metrics } = found;
    const requests = metrics.find(({ pods }) => pods !== undefined)?.pods?.target.averageValue;
    const external = metrics.find((metric) => metric.external !== undefined)?.external;
    return {
        minimum: minReplicas,
        maximum: maxReplicas,
        cpu: metrics.find(({ resource }) => resource?.name === "cpu")?.resource?.target.averageUtilization,
        requests: requests === undefined ? undefined : Math.round(quantity(requests) * 60),
        backlog: external && {
            queue: Object.values(external.metric.selector.matchLabels).join(),
            target: quantity(external.target.averageValue),
        },
    };
}

function scaledObjectOf(registered: Registered, { metadata }: Facts): WorkloadDescription["scaling"] {
    const found = manifests<{
        readonly scaleTargetRef: { readonly name: string };
        readonly minReplicaCount: number;
        readonly maxReplicaCount: number;
        readonly triggers: readonly {
            readonly metadata: { readonly queueURL: string; readonly queueLength: string };
        }[];
    }>(registered, "kubernetes:keda.sh/v1alpha1:ScaledObject").find(
        ({ spec }) => spec.scaleTargetRef.name === metadata.name,
    )?.spec;
    const trigger = found?.triggers[0]?.metadata;
    return (
        found && {
            minimum: found.minReplicaCount,
            maximum: found.maxReplicaCount,
            cpu: undefined,
            requests: undefined,
            backlog: trigger && {
                queue: trigger.queueURL.split("/").at(-1) ?? "",
                target: Number(trigger.queueLength),
            },
        }
    );
}

function describe(registered: Registered, name: string): WorkloadDescription {
    const facts = factsOf(registered, name);
    const { container, pod, metadata } = facts;
    const { securityContext } = container;
    const statements = statementsOf(registered, roleOf(registered, facts));
    const ofSecrets = new Set(["ReadSecrets", "DecryptSecrets"]);
    const { ways, served } = networkOf(registered, facts);
    const outward = ways.map((way) => Number(way.split(":")[1]));
    const scalers = [autoscalerOf(registered, facts), scaledObjectOf(registered, facts)].filter(Boolean);
    if (scalers.length > 1) {
        throw new Error(`${name} is scaled by two autoscalers`);
    }
    return {
        image: container.image,
        command: container.args,
        architecture: pod.nodeSelector["kubernetes.io/arch"] === "amd64" ? "amd64" : "arm64",
        user: `${String(pod.securityContext.runAsUser)}:${String(pod.securityContext.runAsGroup)}`,
        // Fargate sets the region without being told.
        environment: pick(
            variablesOf(registered, facts),
            (variable) => !isTelemetryVariable(variable) && variable !== "AWS_REGION",
        ),
        secrets: secretsOf(registered, facts),
        readableSecrets: resourcesOf(statements, "ReadSecrets"),
        decryptingKeys: resourcesOf(statements, "DecryptSecrets"),
        servedPorts: (container.ports ?? [])
            .filter((port) => port.name !== "metrics")
            .map(({ containerPort }) => containerPort),
        permissions: statements.filter(({ Sid }) => !ofSecrets.has(Sid)),
        writablePaths: securityContext.readOnlyRootFilesystem
            ? container.volumeMounts.filter((mount) => mount.readOnly !== true).map(({ mountPath }) => mountPath)
            : ["/"],
        droppedCapabilities: securityContext.capabilities.drop,
        privileged: (securityContext.privileged ?? false) || securityContext.allowPrivilegeEscalation,
        stopSeconds: pod.terminationGracePeriodSeconds - (container.lifecycle?.preStop.sleep.seconds ?? 0),
        healthCommand: container.livenessProbe?.exec?.command,
        admittedBy: rules(registered, "referencedSecurityGroupId", "securityGroupId", outward),
        admits: rules(registered, "securityGroupId", "referencedSecurityGroupId", served),
        ways,
        target: targetOf(registered, facts),
        scaling: scalers[0],
        neededCapacity: metadata.annotations?.["policies.headroom.dev/needed-capacity"],
    };
}

function metrics(registered: Registered, name: string): MetricsDescription {
    const facts = factsOf(registered, name);
    return {
        variables: pick(variablesOf(registered, facts), isTelemetryVariable),
        port: facts.container.ports?.find((port) => port.name === "metrics")?.containerPort,
    };
}

/** What is set aside for a pod; memory is limited to the same. */
function size(registered: Registered, name: string): SizeDescription {
    const { requests, limits } = factsOf(registered, name).container.resources;
    if (requests["memory"] !== limits["memory"]) {
        throw new Error(`${name} may use more memory than is set aside for it`);
    }
    return { cpu: quantity(requests["cpu"] ?? ""), memory: quantity(requests["memory"] ?? "") / 2 ** 20 };
}

/** Reads workloads on Kubernetes. */
export const kubernetesReader: WorkloadReader = { describe, metrics, size };
