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
    /** Seconds in which a container that starts may not be well yet. */
    readonly startSeconds: number;
    /** Seconds between the signal to stop and the kill. */
    readonly stopTimeoutSeconds: number;
    /** Seconds between the order to stop and the signal, in which the container goes on as if nothing had happened. */
    readonly stopDelaySeconds: number;
    /** Whether the pods run until they are stopped, or until their work is done. */
    readonly runs: "for-ever" | "once";
}

/** Name of the port that requests come to: what is spoken on it. */
export function servedPortName({ scheme }: Pick<ServedPort, "scheme">): string {
    return scheme.toLowerCase();
}

/** Name of the port that Prometheus scrapes; the policy k8s-probes knows that nobody is served there. */
export const metricsPortName = "metrics";

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
            annotations: {
                // `kubectl logs` and `exec` mean this container.
                "kubectl.kubernetes.io/default-container": facts.name,
                // A run that has begun is not moved to another node to save one: it would begin again.
                ...(facts.runs === "once" ? { "karpenter.sh/do-not-disrupt": "true" } : {}),
            },
        },
        spec: podSpec(facts),
    };
}

function podSpec(facts: PodFacts): PodSpec {
    const { secrets, stopTimeoutSeconds, stopDelaySeconds, runs } = facts;
    const [user, group] = userAndGroup(facts.user);
    return {
        serviceAccountName: facts.serviceAccountName,
        // The application does not talk to the API server. Its AWS identity is another token, which the agent of EKS projects.
        automountServiceAccountToken: false,
        // Variables for every Service of the namespace, which nobody asked for and which could hide one of ours.
        enableServiceLinks: false,
        restartPolicy: runs === "once" ? "Never" : "Always",
        nodeSelector: { "kubernetes.io/arch": facts.architecture, "kubernetes.io/os": "linux" },
        ...(runs === "for-ever" ? { topologySpreadConstraints: spread(facts.selector) } : {}),
        terminationGracePeriodSeconds: stopTimeoutSeconds + stopDelaySeconds,
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
    const { serves, metricsPort, command, secrets, size, stopDelaySeconds } = facts;
    const ports = [
        ...(serves === undefined ? [] : [{ name: servedPortName(serves), containerPort: serves.port }]),
        ...(metricsPort === undefined ? [] : [{ name: metricsPortName, containerPort: metricsPort }]),
    ];
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
        // The API server keeps no empty list: in a preview that does not know all values it would count as a change.
        ...(ports.length === 0 ? {} : { ports }),
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
        ...(facts.runs === "for-ever" ? probes(facts) : {}),
        // By the kubelet: the image need not have a shell, nor `sleep`.
        ...(stopDelaySeconds === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: stopDelaySeconds } } } }),
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
 * - Start-up and liveness ask for the process only, never for what all pods share: a lost database would restart them all. The one
 *   is asked often, so that a pod that is quick is used quickly; three failures of the other restart the container.
 * - Readiness asks what the balancer asks as well, and only takes the pod out of use. A worker is ready when it is alive.
 *
 * A command starts a process each time, which is why it is asked for every half minute and not every few seconds. Where there is
 * none, the path of readiness does for all three, which by the contract of a target does not fail for what is shared either.
 */
function probes({ serves, healthCommand, startSeconds }: PodFacts): Partial<Container> {
    const command: Probe | undefined =
        healthCommand === undefined ? undefined : { exec: { command: [...healthCommand] }, timeoutSeconds: 5 };
    const request: Probe | undefined =
        serves === undefined
            ? undefined
            : {
                  httpGet: { path: serves.path, port: servedPortName(serves), scheme: serves.scheme },
                  timeoutSeconds: 5,
              };
    const alive = command ?? request;
    const ready = request ?? command;
    return {
        ...(alive === undefined
            ? {}
            : {
                  startupProbe: {
                      ...alive,
                      periodSeconds: 5,
                      failureThreshold: Math.max(1, Math.ceil(startSeconds / 5)),
                  },
                  livenessProbe: { ...alive, periodSeconds: 30, failureThreshold: 3 },
              }),
        ...(ready === undefined
            ? {}
            : { readinessProbe: { ...ready, periodSeconds: request === undefined ? 30 : 5, failureThreshold: 3 } }),
    };
}
