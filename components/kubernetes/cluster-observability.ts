import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { Component, ComponentArgs } from "../component";
import { KeyReference } from "../key-reference";
import { requireLogRetention } from "../log-retention";
import { Problems } from "../problems";
import { awsRole } from "./aws-role";
import { PrometheusStack } from "./prometheus-stack";

export interface ClusterObservabilityArgs extends ComponentArgs {
    /** The cluster as EKS knows it. Its log groups are named after it. */
    readonly clusterName: pulumi.Input<string>;
    readonly provider: kubernetes.Provider;
    readonly account: Account;
    /** Address range of the VPC. */
    readonly vpcCidr: pulumi.Input<string>;
    /** Encrypts the log groups. Its policy must admit CloudWatch Logs. */
    readonly logsKey: KeyReference;
    /**
     * Days that the output of all pods is kept, one of those in log-retention.ts. There is one log group for all pods of a cluster, so
     * that the days of single workloads do not count here: give the longest of them. Default 30.
     */
    readonly logRetentionDays?: number;
    /** Whether Prometheus is installed, see {@link PrometheusStack}. A plain boolean. Default true. */
    readonly prometheus?: boolean;
    /** Whether Prometheus' adapter serves the backlogs of queues, for a cluster without KEDA. Default false. */
    readonly servesBacklogs?: boolean;
    /** What must exist before pods run: nodes, add-ons, the storage class. */
    readonly after: readonly pulumi.Resource[];
}

/**
 * Pinned, like the other add-ons.
 * Source: `aws eks describe-addon-versions --addon-name amazon-cloudwatch-observability`. The same for all versions of a cluster.
 */
export const observabilityAddonVersion = "v6.4.0-eksbuild.1";

/** The groups that the agents write to, `/aws/containerinsights/<cluster>/…`, and what lies in them. */
const groups = {
    application: "what containers write",
    dataplane: "what kubelet, container runtime and network agents write",
    host: "what nodes write",
    performance: "metrics of Container Insights, of which CloudWatch makes its own",
} as const;

/** As whom the agents of the add-on, Fluent Bit among them, run. */
const agents = { namespace: "amazon-cloudwatch", serviceAccount: "cloudwatch-agent" };

/**
 * What is heard of a cluster: metrics and logs in CloudWatch, by the add-on of EKS, and a Prometheus where one is wanted.
 *
 * - Container Insights with enhanced observability, which the alarms read. Works with EKS Auto Mode and with node groups: agents run
 *   as DaemonSets on both. CloudWatch calls it "Classic" and maintains it; its successor by OpenTelemetry has other metrics, which
 *   are asked for in PromQL, and stays off.
 * - Log groups of our own, with our key and an end, made before the agents, which would make them without either.
 * - No Application Signals: it would put agents into our pods, and cost for each request. The application traces by itself.
 * - The agents have an identity of their own, so that nodes need no permission to write logs.
 *
 * An adopted cluster has its own: this is for clusters that we make. Nothing in it holds state but the logs.
 *
 * Container Insights costs about 0.21 USD for a million observations, some 15 USD a month for a small cluster; logs 0.50 USD a GB.
 *
 * ```ts
 * import { Account } from "./account";
 * import { EncryptionKey } from "./encryption-key";
 * import { ClusterObservability } from "./kubernetes/cluster-observability";
 * import { KubernetesCluster } from "./kubernetes/kubernetes-cluster";
 *
 * declare const account: Account;
 * declare const cluster: KubernetesCluster;
 *
 * const logsKey = new EncryptionKey("logs", { purpose: "logs", users: ["logs"] });
 * const observability = new ClusterObservability("cluster", {
 *     clusterName: cluster.name,
 *     provider: cluster.provider,
 *     account,
 *     vpcCidr: "10.0.0.0/16",
 *     logsKey,
 *     after: cluster.ready,
 * });
 * export const ready = observability.ready;
 * ```
 */
export class ClusterObservability extends Component {
    /** Name of the log group with the output of all pods. */
    readonly applicationLogGroupName: pulumi.Output<string>;
    /** What must exist before a workload is seen, and before its monitors, rules and autoscalers. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: ClusterObservabilityArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("ClusterObservability", name, args, opts);
        checkArgs(name, args);
        const logs = (Object.keys(groups) as (keyof typeof groups)[]).map((kind) => this.createLogGroup(kind));
        const addon = this.createAddon(logs);
        const prometheus = (args.prometheus ?? true) ? this.createPrometheus() : [];
        this.applicationLogGroupName = this.groupName("application");
        this.ready = [addon, ...prometheus];
        this.registerOutputs({ applicationLogGroupName: this.applicationLogGroupName });
    }

    private groupName(kind: keyof typeof groups): pulumi.Output<string> {
        return pulumi.interpolate`/aws/containerinsights/${this.args.clusterName}/${kind}`;
    }

    private createLogGroup(kind: keyof typeof groups): aws.cloudwatch.LogGroup {
        const childName = `${this.componentName}-${kind}-logs`;
        return new aws.cloudwatch.LogGroup(
            childName,
            {
                name: this.groupName(kind),
                retentionInDays: this.args.logRetentionDays ?? defaultRetentionDays,
                kmsKeyId: this.args.logsKey.arn,
                tags: this.tags(childName),
            },
            this.child(),
        );
    }

    /** Source of the role: EKS user guide and CloudWatch user guide, "Install the CloudWatch agent with … the EKS add-on". */
    private createAddon(logs: readonly aws.cloudwatch.LogGroup[]): aws.eks.Addon {
        const { clusterName, account, after } = this.args;
        const childName = `${this.componentName}-cloudwatch`;
        const { role, ready } = awsRole(
            childName,
            {
                description: `Agents of CloudWatch in ${this.componentName}: metrics and logs`,
                service: "pods.eks.amazonaws.com",
                tagsSessions: true,
                managedPolicies: ["CloudWatchAgentServerPolicy"],
                account,
                tags: this.tags(childName),
            },
            this.child(),
        );
        return new aws.eks.Addon(
            childName,
            {
                clusterName,
                addonName: "amazon-cloudwatch-observability",
                addonVersion: observabilityAddonVersion,
                configurationValues: JSON.stringify(addonConfiguration),
                podIdentityAssociations: [{ serviceAccount: agents.serviceAccount, roleArn: role.arn }],
                resolveConflictsOnCreate: "OVERWRITE",
                resolveConflictsOnUpdate: "OVERWRITE",
                tags: this.tags(childName),
            },
            this.child({ dependsOn: [...logs, ...ready, ...after] }),
        );
    }

    private createPrometheus(): readonly pulumi.Resource[] {
        const { provider, vpcCidr, servesBacklogs, after } = this.args;
        return new PrometheusStack(
            this.componentName,
            {
                provider,
                vpcCidr,
                storageClassName: "encrypted",
                servesBacklogs: servesBacklogs ?? false,
                after,
                tags: this.inheritedTags,
            },
            { parent: this },
        ).ready;
    }
}

/**
 * What the add-on does: Container Insights and logs. A configuration of the agent that does not name Application Signals leaves them
 * out, and without `autoMonitor` its webhook leaves our pods alone.
 *
 * Which of the two Container Insights is on is said and not left to the add-on: its release notes say that 6.0.0 switched OpenTelemetry
 * on by default, the user guide that it is off. With both on, all is collected and paid twice; with the wrong one, no alarm has data.
 *
 * Source: CloudWatch user guide, "Compare Container Insights approaches" and "Migrate from Enhanced Container Insights (Classic)".
 */
const addonConfiguration = {
    containerInsights: { enabled: true },
    otelContainerInsights: { enabled: false },
    containerLogs: { enabled: true },
    agent: {
        config: {
            logs: { metrics_collected: { kubernetes: { enhanced_container_insights: true } } },
        },
    },
    manager: { applicationSignals: { autoMonitor: { monitorAllServices: false } } },
};

const defaultRetentionDays = 30;

function checkArgs(name: string, { logRetentionDays = defaultRetentionDays }: ClusterObservabilityArgs): void {
    const problems = new Problems();
    requireLogRetention(problems, logRetentionDays);
    problems.throwIfAny(`ClusterObservability "${name}"`);
}
