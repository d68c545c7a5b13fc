import { TaskSize } from "./compute";
import { ClusterChoice } from "./kubernetes/cluster-choice";
import { disruptionBudget } from "./kubernetes/disruption-budget";
import { kubeconfigProblems } from "./kubernetes/kubeconfig";
import { defaultKubernetesVersion } from "./kubernetes/kubernetes-versions";
import { largestAutoNode, largestPodOn, nodeSize } from "./kubernetes/node-size";
import { defaultServiceCidr, isServiceCidr, shareAddresses } from "./kubernetes/service-cidr";
import { FileSettings, Settings } from "./settings-schema";

type FileKubernetes = NonNullable<FileSettings["kubernetes"]>;

/** How much of something may run at the most. */
type Tier = TaskSize & { readonly maximum: number };

type Check = (condition: boolean, path: readonly string[], value: unknown, allowed: string, example: string) => void;

const defaultInstanceType = "m7g.xlarge";

/** vCPUs that controllers, metrics and agents take in a cluster that is otherwise empty. */
const systemCpus = 24;

/**
 * vCPUs of all nodes that a runaway autoscaler ends at: everything at its maximum, half as much again for rolling updates and
 * for what does not fit a node exactly, and the system's own.
 */
function mostCpus(tiers: readonly Tier[]): number {
    const atMaximum = tiers.reduce((sum, { cpu, maximum }) => sum + cpu * maximum, 0);
    return Math.ceil(atMaximum * 1.5) + systemCpus;
}

/** In a cluster of our own all that is needed is made; in another one it is expected. */
function provisions({ kubeconfig, keda, monitoring }: FileKubernetes) {
    const provision = kubeconfig === undefined ? "install" : "present";
    return { keda: keda ?? provision, monitoring: monitoring ?? provision };
}

/** Turns the section `kubernetes` into a choice of a cluster, with what the file leaves out. */
export function resolveKubernetes(file: FileKubernetes, tiers: readonly Tier[], networkCidr: string): ClusterChoice {
    const { nodes = "auto" } = file;
    const { keda, monitoring } = provisions(file);
    const serviceCidr = file.serviceCidr ?? defaultServiceCidr;
    if (file.kubeconfig !== undefined) {
        return {
            keda,
            monitoring,
            adopt: {
                kubeconfig: file.kubeconfig,
                clusterName: file.clusterName ?? "",
                nodeSecurityGroupId: file.nodeSecurityGroupId ?? "",
                serviceCidr,
                autoMode: nodes === "auto",
                largestNode: nodeSize(file.largestNode ?? "") ?? { cpu: 0, memory: 0 },
                ...(file.oidcProviderArn === undefined ? {} : { oidcProviderArn: file.oidcProviderArn }),
            },
        };
    }
    return {
        keda,
        monitoring,
        create: {
            version: file.version ?? defaultKubernetesVersion,
            nodes:
                nodes === "auto"
                    ? { kind: "auto", maximumCpu: file.maximumCpu ?? mostCpus(tiers) }
                    : nodeGroups(file, tiers),
            publicAccessCidrs: file.publicAccessCidrs ?? [],
            // Or nobody would reach an API server without a public endpoint. Whoever reaches it must still be let in by IAM.
            privateAccessCidrs: file.privateAccessCidrs ?? [networkCidr],
            adminRoleArns: file.adminRoleArns ?? [],
            ...(file.deletionProtection === undefined ? {} : { deletionProtection: file.deletionProtection }),
            serviceCidr,
        },
    };
}

function nodeGroups(file: FileKubernetes, tiers: readonly Tier[]) {
    const instanceType = file.instanceType ?? defaultInstanceType;
    const minimum = file.nodesPerZone ?? 1;
    // A third of what may run at the most in each of three zones.
    const enough = Math.ceil(mostCpus(tiers) / (nodeSize(instanceType)?.cpu ?? 4) / 3);
    return {
        kind: "managed" as const,
        instanceType,
        perZone: { minimum, maximum: file.maximumNodesPerZone ?? Math.max(minimum + 1, enough) },
    };
}

/** What the largest node of the chosen cluster leaves to a single pod. */
function largestPod({ kubernetes }: Settings): TaskSize {
    if ("adopt" in kubernetes) {
        return largestPodOn(kubernetes.adopt.largestNode);
    }
    const { nodes } = kubernetes.create;
    return largestPodOn(
        nodes?.kind === "managed"
            ? (nodeSize(nodes.instanceType ?? defaultInstanceType) ?? largestAutoNode)
            : largestAutoNode,
    );
}

/** What belongs to a cluster that the program makes, and what to one that is there already. */
const ofCreated = [
    "version",
    "instanceType",
    "nodesPerZone",
    "maximumNodesPerZone",
    "maximumCpu",
    "publicAccessCidrs",
    "privateAccessCidrs",
    "adminRoleArns",
    "deletionProtection",
] as const;
const ofAdopted = ["clusterName", "nodeSecurityGroupId", "largestNode", "oidcProviderArn"] as const;
const requiredOfAdopted = {
    clusterName: "platform-1",
    nodeSecurityGroupId: "sg-0123456789abcdef0",
    largestNode: "m7g.4xlarge",
} as const;
const ofNodeGroups = ["instanceType", "nodesPerZone", "maximumNodesPerZone"] as const;

/** Refuses what contradicts itself in the section `kubernetes`, or between it and the rest. */
export function checkKubernetes(settings: Settings, file: FileKubernetes | undefined, check: Check): void {
    if (settings.compute !== "kubernetes") {
        check(
            file === undefined || Object.keys(file).length === 0,
            ["kubernetes"],
            "[not shown]",
            `absent while compute is ${settings.compute}`,
            "nothing, or compute: kubernetes",
        );
        return;
    }
    const section = file ?? {};
    const absent = (names: readonly Extract<keyof FileKubernetes, string>[], reason: string) => {
        for (const name of names) {
            check(section[name] === undefined, ["kubernetes", name], section[name], `absent ${reason}`, "nothing");
        }
    };
    for (const part of ["keda", "monitoring"] as const) {
        check(
            section[part] !== "present" || section.kubeconfig !== undefined,
            ["kubernetes", part],
            section[part],
            "install or none without kubernetes.kubeconfig: nothing is there yet in a new cluster",
            "install",
        );
    }
    if (section.kubeconfig === undefined) {
        absent(ofAdopted, "without kubernetes.kubeconfig: they describe a cluster that is there already");
        if ((section.nodes ?? "auto") === "auto") {
            absent(ofNodeGroups, "with kubernetes.nodes at auto: EKS decides how many nodes of which type there are");
        } else {
            absent(
                ["maximumCpu"],
                "with kubernetes.nodes at managed: kubernetes.maximumNodesPerZone is the limit there",
            );
        }
    } else {
        absent(ofCreated, "with kubernetes.kubeconfig: the cluster is looked after elsewhere");
        checkAdopted(section, section.kubeconfig, check);
    }
    checkCreated(settings, check);
    checkServices(settings, section.serviceCidr ?? defaultServiceCidr, check);
    checkDisruptions(settings, check);
    if (section.kubeconfig === undefined || section.largestNode !== undefined) {
        checkPodSizes(settings, check);
    }
}

function checkAdopted(section: FileKubernetes, kubeconfig: string, check: Check): void {
    const wrong = kubeconfigProblems(kubeconfig);
    check(
        wrong.length === 0,
        ["kubernetes", "kubeconfig"],
        // It holds credentials.
        "[not shown]",
        `a kubeconfig that works on any machine, but here ${wrong.join("; ")}`,
        'the output of "kubectl config view --raw --minify --flatten"',
    );
    check(
        section.keda !== "install" || section.oidcProviderArn === undefined,
        ["kubernetes", "keda"],
        section.keda,
        "present or none with kubernetes.oidcProviderArn: KEDA gets its identity from the agent of Pod Identity here",
        "present",
    );
    for (const [name, example] of Object.entries(requiredOfAdopted) as [keyof typeof requiredOfAdopted, string][]) {
        check(
            section[name] !== undefined,
            ["kubernetes", name],
            undefined,
            "required with kubernetes.kubeconfig",
            example,
        );
    }
}

function checkCreated({ kubernetes, environment }: Settings, check: Check): void {
    if ("adopt" in kubernetes) {
        return;
    }
    const { nodes, publicAccessCidrs = [] } = kubernetes.create;
    if (nodes?.kind === "managed" && nodes.perZone !== undefined) {
        check(
            nodes.perZone.maximum > nodes.perZone.minimum,
            ["kubernetes", "maximumNodesPerZone"],
            nodes.perZone.maximum,
            `more than kubernetes.nodesPerZone, which is ${String(nodes.perZone.minimum)}: an update needs a node more`,
            String(nodes.perZone.minimum * 2 + 1),
        );
    }
    check(
        environment === "dev" || !publicAccessCidrs.includes("0.0.0.0/0"),
        ["kubernetes", "publicAccessCidrs"],
        publicAccessCidrs,
        `ranges of people and pipelines, not everybody's, in environment ${environment}`,
        '["203.0.113.0/24"]',
    );
}

function checkServices({ network }: Settings, serviceCidr: string, check: Check): void {
    check(
        isServiceCidr(serviceCidr),
        ["kubernetes", "serviceCidr"],
        serviceCidr,
        "a private IPv4 range from /12 to /24",
        defaultServiceCidr,
    );
    const other = [network.cidr, ...network.reservedCidrs].find((cidr) => shareAddresses(cidr, serviceCidr));
    check(
        other === undefined,
        ["kubernetes", "serviceCidr"],
        serviceCidr,
        `a range that does not overlap ${other ?? ""} of the network or its neighbours`,
        "172.21.0.0/16",
    );
}

/** A node with a pod that may not be evicted can never be drained, and nodes are exchanged every two weeks. */
function checkDisruptions(settings: Settings, check: Check): void {
    for (const tier of ["web", "worker"] as const) {
        const { minimum, neededTasks } = settings[tier];
        check(
            disruptionBudget({ minimum, needed: neededTasks }) > 0,
            [tier, "neededTasks"],
            neededTasks,
            `less than ${tier}.minimum, which is ${String(minimum)}: otherwise no pod can be spared and no node be drained`,
            String(Math.max(1, minimum - 1)),
        );
    }
    check(
        settings.worker.minimum > 0 || settings.kubernetes.keda !== "none",
        ["worker", "minimum"],
        settings.worker.minimum,
        "1 or more with kubernetes.keda at none: no other autoscaler starts a first pod",
        "1",
    );
}

/** A pod that no node can hold waits for ever, and nothing says so but the pod. */
function checkPodSizes(settings: Settings, check: Check): void {
    const most = largestPod(settings);
    for (const tier of ["web", "worker"] as const) {
        for (const [resource, unit] of [
            ["cpu", "vCPUs"],
            ["memory", "MiB"],
        ] as const) {
            check(
                settings[tier][resource] <= most[resource],
                [tier, resource],
                settings[tier][resource],
                `at most ${String(most[resource])} ${unit}, what the largest node of the cluster leaves to a pod`,
                resource === "cpu" ? "4" : "8192",
            );
        }
    }
}
