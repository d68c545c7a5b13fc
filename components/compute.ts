import * as pulumi from "@pulumi/pulumi";
import { Bindable } from "./binding";
import { ComponentArgs, Tags } from "./component";
import { FailureTier } from "./failure-domain";
import { SignalSource } from "./signal";

/** The CPU sizes of a task, in vCPU: those that Fargate offers, which Kubernetes takes as well. */
export const taskCpuSizes = [0.25, 0.5, 1, 2, 4, 8, 16] as const;

/** CPU and memory of one task (or pod). */
export interface TaskSize {
    /** Virtual CPUs that the application's container may use: 0.25, 0.5, 1, 2, 4, 8 or 16. */
    readonly cpu: number;
    /** Memory in MiB that the application's container may use. */
    readonly memory: number;
}

/** A container, what it may use, and where its logs go: the same for what runs on and for what ends. */
export interface ContainerArgs extends ComponentArgs {
    /** The container image with its tag or digest. */
    readonly image: pulumi.Input<string>;
    /** Command line arguments for the image's entry point, such as `["web"]`. Default: the image's own. */
    readonly command?: readonly string[];
    readonly size: TaskSize;
    /** The processor architecture of the image. Default `arm64`: a fifth cheaper for the same work on Fargate. */
    readonly architecture?: "arm64" | "amd64";
    /** Backing services that the containers talk to. */
    readonly uses?: readonly Bindable[];
    /** The application's own environment. No secrets: these come by bindings. */
    readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
    /** How long logs are kept, in days. */
    readonly logRetentionDays: number;
    /**
     * Where the containers may go besides the peers of their bindings: `https` is port 443 anywhere (payment providers,
     * AWS APIs through NAT or endpoints), `none` is port 443 inside the VPC and S3 through its gateway endpoint only, for
     * which every AWS API that is used needs an interface endpoint. Default `https`.
     */
    readonly internet?: "https" | "none";
    /**
     * Numeric user and group that the process runs as, such as `1000:1000`; never root. Default `1000:1000`, the first
     * unprivileged user of the common base images.
     */
    readonly user?: string;
}

/** What a service and a worker have in common, on every compute target. */
export interface WorkloadArgs extends ContainerArgs {
    /**
     * Alarms that undo a deployment on ECS while it is under way. They belong to what stands in front of the service (its
     * target), so that they exist before it. Kubernetes undoes nothing: there they tell somebody, and no more
     * (docs/decisions/0022-rollback-on-kubernetes.md).
     */
    readonly rollbackAlarms?: readonly pulumi.Input<string>[];
    /** Seconds between the request to stop and the kill; must cover draining. Default 90. */
    readonly stopTimeoutSeconds?: number;
    /**
     * Whether a shell can be opened in a running container by ECS Exec. On Kubernetes that is a right of persons and not of
     * containers: whoever may `kubectl exec` in the namespace may, whatever is said here. Default false.
     */
    readonly interactiveAccess?: boolean;
    /**
     * Command that runs in the container and says by exit code 0 that it is healthy; an unhealthy container is replaced.
     * A worker needs it, since no load balancer asks after it. Default: none.
     */
    readonly healthCommand?: readonly string[];
    /**
     * The containers' own metrics. The compute target says in the variable `METRICS` where they go: `emf` are lines in the log
     * that CloudWatch makes metrics of, `prometheus` is an endpoint at this port, which `METRICS_PORT` repeats. Default: the
     * containers have none.
     */
    readonly metrics?: { readonly port: number };
    /**
     * How many tasks carry the load that the stage was sized for, for the failure-domain arithmetic. Default 1.
     */
    readonly neededTasks?: number;
    /**
     * Jobs that must have done their work before a container of this workload is started or exchanged, such as the
     * migrations of the schema that it expects. Where one of them fails, the update fails and the workload stays as it is.
     * Default: none.
     */
    readonly after?: readonly Job[];
}

/**
 * A container that does one thing and ends: exit code 0 says that it is done.
 *
 * It runs as part of the update, in the private subnets like a service, whenever what it runs changed: its image, command,
 * environment, size, user, architecture or bindings. While nothing of that changed, an update does not run it.
 *
 * It may be run again although it was done, as when the update was killed before it could note that, and by two updates one
 * after the other. So what it does must be harmless the second time; a run that is still going on is waited for, and no
 * second one is started beside it.
 */
export interface JobArgs extends ContainerArgs {
    /**
     * Seconds that the update waits for the end, 30 to 840. A run that takes longer is not stopped, since half a migration is
     * worse than a slow one: the update fails, says so, and the next one waits for the same run. Default 840.
     */
    readonly timeoutSeconds?: number;
}

/** A job whose place in the update is known. */
export interface Job extends SignalSource {
    /** What is there when the job has ended well, for `dependsOn`. */
    readonly completed: readonly pulumi.Resource[];
    /** Security group of its containers (on Kubernetes: of the pods' nodes). */
    readonly securityGroupId: pulumi.Output<string>;
}

/** The port through which a service is reached, whoever balances the load. */
export interface ServiceTarget {
    /** Port that the container listens on. */
    readonly port: number;
    /** What the container speaks on it. */
    readonly protocol: "HTTPS" | "HTTP";
    /** Path that answers 200 while the container takes requests, which the balancer asks. */
    readonly healthCheckPath: string;
    /** Security group of the balancer: the only peer that may open a connection to the service. */
    readonly sourceSecurityGroupId: pulumi.Input<string>;
    /** Target group that running tasks register with. */
    readonly targetGroupArn: pulumi.Input<string>;
    /** `app/name/id/targetgroup/name/id`: what CloudWatch calls the target for request-count scaling. */
    readonly requestCountLabel: pulumi.Input<string>;
    /** Dimensions of the target's metrics. */
    readonly metricDimensions: Readonly<Record<string, pulumi.Input<string>>>;
    /** What must exist before the first task registers (the listener's rule). */
    readonly ready: readonly pulumi.Resource[];
}

/** How a web service follows its load. */
export interface ServiceScaling {
    readonly minimum: number;
    readonly maximum: number;
    /** Percent of the tasks' CPU that scaling aims at. */
    readonly cpuTarget: number;
    /** Requests a minute and task that scaling aims at. */
    readonly requestsPerTarget: number;
}

export interface ServiceArgs extends WorkloadArgs {
    readonly target: ServiceTarget;
    readonly scaling: ServiceScaling;
    /** Seconds in which a new task may fail its health check. Default 60. */
    readonly healthCheckGraceSeconds?: number;
}

/** How a worker follows its queue. */
export interface WorkerScaling {
    readonly minimum: number;
    readonly maximum: number;
    /** Seconds that a message may wait when all is well. */
    readonly acceptableLatencySeconds: number;
    /** Seconds that one message takes on average. */
    readonly processingSeconds: number;
    /** Messages that one task works on at a time. */
    readonly concurrency: number;
}

/** The queue whose backlog a worker follows. */
export interface WorkSource {
    readonly queueName: pulumi.Input<string>;
    readonly queueUrl: pulumi.Input<string>;
    readonly queueArn: pulumi.Input<string>;
    /** Longest time that a message may be worked on, in seconds. */
    readonly visibilityTimeoutSeconds: number;
}

export interface WorkerArgs extends WorkloadArgs {
    readonly source: WorkSource;
    readonly scaling: WorkerScaling;
}

/** A running service or worker, whatever runs it. */
export interface Workload extends SignalSource, FailureTier {
    /** Security group of the tasks (on Kubernetes: of the pods' nodes), for rules that a binding cannot express. */
    readonly securityGroupId: pulumi.Output<string>;
    /** The resource name that operators look for: ECS service name, Deployment name. */
    readonly workloadName: pulumi.Output<string>;
}

/**
 * A compute target. One implementation runs containers on ECS, another on Kubernetes; the composition and the bindings
 * are the same for both.
 */
export interface Compute extends SignalSource {
    /**
     * Tags that a target group must carry before this target may register anything with it: hand them to the balancer's
     * `addTarget`. Empty where none are asked for.
     */
    readonly targetTags: Tags;
    /** A stateless service behind a load balancer. */
    service(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions): Workload;
    /** A consumer of a queue that scales with the backlog per task. */
    worker(name: string, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions): Workload;
    /** A container that runs to its end, whenever what it runs changed, before whatever names it in `after`. */
    job(name: string, args: JobArgs, opts?: pulumi.ComponentResourceOptions): Job;
}
