import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { backlogTarget } from "../backlog-target";
import { ServiceScaling, WorkerScaling } from "../compute";

type AutoscalerSpec = kubernetes.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec;
type Behavior = kubernetes.types.input.autoscaling.v2.HorizontalPodAutoscalerBehavior;
type MetricSpec = kubernetes.types.input.autoscaling.v2.MetricSpec;

/**
 * Requests a second that a pod answers, as the custom metrics API serves it: the adapter of Prometheus makes it of the counter that
 * the application exports.
 */
export const requestsMetric = "http_server_requests_per_second";

/**
 * Messages that wait in a queue, as the external metrics API serves it where KEDA does not: what YACE, the CloudWatch exporter of
 * the Prometheus community, calls `ApproximateNumberOfMessagesVisible`, its largest value of a minute.
 */
export const backlogMetric = {
    name: "aws_sqs_approximate_number_of_messages_visible_maximum",
    label: "dimension_QueueName",
};

/**
 * Percent of the memory that scaling aims at, below the 85 % at which somebody is told. Memory grows with what a pod holds open, so
 * more pods hold less each; a leak it only puts off.
 */
const memoryTarget = 80;

/**
 * Out fast: the number may double in 15 seconds, which is how often the autoscaler looks, and grows by four at the least, so that a
 * small service is not slow. In slowly, by a tenth a minute, by what was needed at the most in the last five minutes: the next peak
 * is near.
 */
const behavior: Behavior = {
    scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [
            { type: "Percent", value: 100, periodSeconds: 15 },
            { type: "Pods", value: 4, periodSeconds: 15 },
        ],
    },
    scaleDown: {
        stabilizationWindowSeconds: 300,
        selectPolicy: "Max",
        policies: [
            { type: "Percent", value: 10, periodSeconds: 60 },
            { type: "Pods", value: 1, periodSeconds: 60 },
        ],
    },
};

const target = (name: string) => ({ apiVersion: "apps/v1", kind: "Deployment", name });

const resource = (name: "cpu" | "memory", averageUtilization: number): MetricSpec => ({
    type: "Resource",
    resource: { name, target: { type: "Utilization", averageUtilization } },
});

/**
 * How a service scales: by CPU, by memory, and by requests where these are known. Each asks for a number of pods, and the largest
 * wins. Requests rise before CPU does, and they rise too when pods wait for something else than CPU.
 *
 * CPU and memory are percent of what a pod requests. Where a metric is missing, the others still scale out, and nothing scales in.
 *
 * @param countsRequests whether something serves the metric of requests
 */
export function serviceAutoscaler(name: string, scaling: ServiceScaling, countsRequests: boolean): AutoscalerSpec {
    const requests: MetricSpec = {
        type: "Pods",
        pods: {
            metric: { name: requestsMetric },
            target: { type: "AverageValue", averageValue: perSecond(scaling.requestsPerTarget) },
        },
    };
    return {
        scaleTargetRef: target(name),
        minReplicas: scaling.minimum,
        maxReplicas: scaling.maximum,
        metrics: [
            resource("cpu", scaling.cpuTarget),
            resource("memory", memoryTarget),
            ...(countsRequests ? [requests] : []),
        ],
        behavior,
    };
}

/** A rate a minute as a quantity a second: thousandths, since quantities know no fractions. */
function perSecond(aMinute: number): string {
    return `${String(Math.max(1, Math.round((aMinute * 1000) / 60)))}m`;
}

/** What KEDA needs to know of a worker and its queue. */
export interface BacklogFacts {
    readonly name: string;
    readonly scaling: WorkerScaling;
    readonly queueUrl: pulumi.Input<string>;
    readonly region: string;
    /** Longest time that a message may be worked on, in seconds. */
    readonly visibilityTimeoutSeconds: number;
    /** The TriggerAuthentication that says as whom KEDA asks. */
    readonly authentication: string;
}

/**
 * How a worker scales with KEDA: as many pods as work off what waits within the acceptable latency, the same target as on ECS.
 *
 * - What is worked on does not count, only what waits: otherwise a busy worker with a low target would call for more of itself.
 * - To zero only when nothing has waited for as long as a message may be worked on: whatever was taken before is done by then, or
 *   waits again and keeps the worker up. Pods that are stopped finish what they have begun.
 * - While the queue cannot be asked, the number stays where it is, or is raised to the minimum that was asked for.
 */
export function scaledObject(facts: BacklogFacts) {
    const { name, scaling, queueUrl, region, visibilityTimeoutSeconds, authentication } = facts;
    return {
        scaleTargetRef: target(name),
        minReplicaCount: scaling.minimum,
        maxReplicaCount: scaling.maximum,
        pollingInterval: 15,
        cooldownPeriod: Math.max(300, visibilityTimeoutSeconds),
        fallback: {
            failureThreshold: 4,
            replicas: Math.max(1, scaling.minimum),
            behavior: "currentReplicasIfHigher",
        },
        advanced: { horizontalPodAutoscalerConfig: { name, behavior } },
        triggers: [
            {
                type: "aws-sqs-queue",
                name: "backlog",
                metricType: "AverageValue",
                metadata: {
                    queueURL: queueUrl,
                    awsRegion: region,
                    queueLength: String(backlogTarget(scaling)),
                    activationQueueLength: "0",
                    scaleOnInFlight: "false",
                    scaleOnDelayed: "false",
                },
                authenticationRef: { name: authentication },
            },
        ],
    };
}

/** How a worker scales where KEDA is refused: by the same backlog, which another must serve as an external metric. */
export function workerAutoscaler(
    name: string,
    scaling: WorkerScaling,
    queueName: pulumi.Input<string>,
): AutoscalerSpec {
    return {
        scaleTargetRef: target(name),
        minReplicas: scaling.minimum,
        maxReplicas: scaling.maximum,
        metrics: [
            {
                type: "External",
                external: {
                    metric: {
                        name: backlogMetric.name,
                        selector: { matchLabels: { [backlogMetric.label]: queueName } },
                    },
                    target: { type: "AverageValue", averageValue: String(backlogTarget(scaling)) },
                },
            },
        ],
        behavior,
    };
}
