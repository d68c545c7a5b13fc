import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { TaskSize } from "../compute";
import { Labels } from "./workload-labels";

type PodTemplate = kubernetes.types.input.core.v1.PodTemplateSpec;
type PodSpec = kubernetes.types.input.core.v1.PodSpec;
type Container = kubernetes.types.input.core.v1.Container;
type Probe = kubernetes.types.input.core.v1.Probe;

/** What a container serves, and how one asks whether it takes requests. */
export interface ServedPort {
    readonly port: number;
    readonly scheme: "HTTPS" | "HTTP";
    /** Path that answers 200 while the container takes requests. */
    readonly path: string;
}

/** What the pods of a workload are made of. */
export interface PodFacts {
    readonly name: string;
    readonly labels: Labels;
    /** The labels by which exactly the workload's own pods are found. */
    readonly selector: Labels;
    readonly image: pulumi.Input<string>;
    readonly command?: readonly string[];
    readonly size: TaskSize;
    readonly architecture: "arm64" | "amd64";
    /** Numeric user and group: `1000:1000`. */
    readonly user: string;
    readonly serviceAccountName: pulumi.Input<string>;
    /** ConfigMap that holds the environment; its name changes with its content. */
    readonly configMapName: pulumi.Input<string>;
    /** Where the secrets come from; absent where a workload has none. */
    readonly secrets?: {
        readonly providerClassName: pulumi.Input<string>;
        /** Secret that the driver keeps in step, with a key for each variable. */
        readonly secretName: pulumi.Input<string>;
        /** Sorted. */
        readonly variables: readonly string[];
    };
    /** What it serves; a worker or a job serves nothing. */
    readonly serves?: ServedPort;
    readonly metricsPort?: number;
    /** Says by exit code 0 that the container is healthy. */
    readonly healthCommand?: readonly string[];
    readonly stopTimeoutSeconds: number;
    /** `Never` for a job, which ends. */
    readonly restartPolicy: "Always" | "Never";
}

/** Name of the port that requests come to. */
export const servedPortName = "https";

/** Name of the port that Prometheus scrapes; the policy k8s-probes knows that nobody is served there. */
export const metricsPortName = "metrics";

/**
 * Seconds between the order to stop and the signal, for what serves: balancer and nodes hear of a pod's end at the same time as
 * the pod itself, and go on sending for some seconds. Measured by others at up to 15 s for target groups.
 */
export const deregistrationSeconds = 20;

/** Where the secrets' volume is mounted. Nobody reads it: the driver fills the Secret only while a pod mounts the volume. */
const secretsPath = "/mnt/secrets";

/** Room in `/tmp`, which counts as the pod's ephemeral storage. */
const temporarySpace = "1Gi";

/**
 * The pods of a workload: one container that may do as little as possible, spread over zones and hosts, and stopped so that no
 * request is lost.
 *
 * CPU is requested and not limited: a limit throttles a pod while its node idles, and a request keeps each pod its share when
 * the node is busy. Memory is limited to what is requested, since memory that a pod was lent cannot be taken back but by
 * killing one.
 */
export function podTemplate(facts: PodFacts): PodTemplate {
    return {
        metadata: {
            labels: { ...facts.labels, ...facts.selector },
            // `kubectl logs` and `exec` mean this container.
            annotations: { "kubectl.kubernetes.io/default-container": facts.name },
        },
        spec: podSpec(facts),
    };
}

function podSpec(facts: PodFacts): PodSpec {
    const { secrets, stopTimeoutSeconds, serves, restartPolicy } = facts;
    const [user, group] = userAndGroup(facts.user);
    return {
        serviceAccountName: facts.serviceAccountName,
        // The application does not talk to the API server. Its AWS identity is another token, which the agent of EKS projects.
        automountServiceAccountToken: false,
        // Variables for every Service of the namespace, which nobody asked for and which could hide one of ours.
        enableServiceLinks: false,
        restartPolicy,
        nodeSelector: { "kubernetes.io/arch": facts.architecture, "kubernetes.io/os": "linux" },
        ...(restartPolicy === "Always" ? { topologySpreadConstraints: spread(facts.selector) } : {}),
        terminationGracePeriodSeconds: stopTimeoutSeconds + (serves === undefined ? 0 : deregistrationSeconds),
        securityContext: {
            runAsNonRoot: true,
            runAsUser: user,
            runAsGroup: group,
            fsGroup: group,
            seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [container(facts)],
        volumes: [
            { name: "tmp", emptyDir: { sizeLimit: temporarySpace } },
            ...(secrets === undefined
                ? []
                : [
                      {
                          name: "secrets",
                          csi: {
                              driver: "secrets-store.csi.k8s.io",
                              readOnly: true,
                              volumeAttributes: { secretProviderClass: secrets.providerClassName },
                          },
                      },
                  ]),
        ],
    };
}

function userAndGroup(user: string): [number, number] {
    const [uid = "1000", gid = uid] = user.split(":");
    return [Number(uid), Number(gid)];
}

/**
 * Over zones, then over hosts. Not by force: when a zone is lost or has no room, its pods are better off in another zone than
 * waiting. Nodes that are tainted (a lost zone's are) do not count as places, and the pods of an earlier version do not count as
 * neighbours.
 */
function spread(selector: Labels): kubernetes.types.input.core.v1.TopologySpreadConstraint[] {
    return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { ...selector } },
        nodeTaintsPolicy: "Honor",
        matchLabelKeys: ["pod-template-hash"],
    }));
}

function container(facts: PodFacts): Container {
    const { serves, metricsPort, command, secrets, size } = facts;
    return {
        name: facts.name,
        image: facts.image,
        // The reference says which image it means, and tags of our repository never move.
        imagePullPolicy: "IfNotPresent",
        ...(command === undefined ? {} : { args: [...command] }),
        envFrom: [{ configMapRef: { name: facts.configMapName } }],
        ...(secrets === undefined
            ? {}
            : {
                  env: secrets.variables.map((name) => ({
                      name,
                      valueFrom: { secretKeyRef: { name: secrets.secretName, key: name } },
                  })),
              }),
        ports: [
            ...(serves === undefined ? [] : [{ name: servedPortName, containerPort: serves.port }]),
            ...(metricsPort === undefined ? [] : [{ name: metricsPortName, containerPort: metricsPort }]),
        ],
        resources: {
            requests: { ...podResources(size), "ephemeral-storage": temporarySpace },
            limits: { memory: podResources(size).memory, "ephemeral-storage": temporarySpace },
        },
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            privileged: false,
            capabilities: { drop: ["ALL"] },
        },
        ...(facts.restartPolicy === "Always" ? probes(facts) : {}),
        // No shell in the image, so no `exec sleep`.
        ...(serves === undefined ? {} : { lifecycle: { preStop: { sleep: { seconds: deregistrationSeconds } } } }),
        volumeMounts: [
            { name: "tmp", mountPath: "/tmp" },
            ...(secrets === undefined ? [] : [{ name: "secrets", mountPath: secretsPath, readOnly: true }]),
        ],
        terminationMessagePolicy: "FallbackToLogsOnError",
    };
}

/** CPU and memory of a container as Kubernetes writes quantities. */
export function podResources({ cpu, memory }: TaskSize): { readonly cpu: string; readonly memory: string } {
    return { cpu: `${String(Math.round(cpu * 1000))}m`, memory: `${String(memory)}Mi` };
}

/**
 * - Start-up: two minutes at the most, asked often, so that a pod that is quick is used quickly.
 * - Liveness: three failures half a minute apart restart the container. It asks for the process only, never for what all pods
 *   share, or a lost database would restart them all.
 * - Readiness: what the balancer asks as well. A worker is ready when it is alive.
 */
function probes({ serves, healthCommand }: PodFacts): Partial<Container> {
    const command: Probe | undefined =
        healthCommand === undefined ? undefined : { exec: { command: [...healthCommand] }, timeoutSeconds: 5 };
    const request: Probe | undefined =
        serves === undefined
            ? undefined
            : { httpGet: { path: serves.path, port: servedPortName, scheme: serves.scheme }, timeoutSeconds: 5 };
    const alive = command ?? request;
    const ready = request ?? command;
    return {
        ...(alive === undefined
            ? {}
            : {
                  startupProbe: { ...alive, periodSeconds: 5, failureThreshold: 24 },
                  livenessProbe: { ...alive, periodSeconds: 30, failureThreshold: 3 },
              }),
        ...(ready === undefined
            ? {}
            : { readinessProbe: { ...ready, periodSeconds: request === undefined ? 30 : 10, failureThreshold: 3 } }),
    };
}
