import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { backlogTarget } from "../backlog-target";
import { WorkerArgs } from "../compute";
import { checkWorker } from "../check-workload";
import { EcsCluster } from "./ecs-cluster";
import { EcsWorkload } from "./ecs-workload";
import { fargateChecks } from "./fargate-checks";

/**
 * A consumer of a queue, on Fargate. It scales with the backlog per task: as many tasks run as are needed to work off
 * what waits within the acceptable latency.
 *
 * Metrics of an idle queue lag by up to 15 minutes, and scaling does nothing while they are missing. One task that always
 * runs hides this; with a minimum of 0 the first message may wait for as long.
 */
export class EcsWorker extends EcsWorkload {
    constructor(name: string, cluster: EcsCluster, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions) {
        super(
            name,
            cluster,
            checkWorker(name, args, fargateChecks),
            { kind: "EcsWorker", growthStep: "add-workers" },
            opts,
        );

        this.followBacklog(args);
        if (args.scaling.minimum === 0) {
            this.wakeUp(args);
        }

        this.registerOutputs({ workloadName: this.workloadName, securityGroupId: this.securityGroupId });
    }

    private followBacklog({ scaling, source }: WorkerArgs): void {
        this.trackTarget("backlog", {
            targetValue: backlogTarget(scaling),
            customizedMetricSpecification: {
                metrics: [
                    {
                        id: "visible",
                        label: "Messages that wait",
                        metricStat: {
                            metric: {
                                namespace: "AWS/SQS",
                                metricName: "ApproximateNumberOfMessagesVisible",
                                dimensions: [{ name: "QueueName", value: source.queueName }],
                            },
                            stat: "Maximum",
                        },
                        returnData: false,
                    },
                    {
                        id: "running",
                        label: "Tasks that run",
                        metricStat: {
                            metric: {
                                namespace: "ECS/ContainerInsights",
                                metricName: "RunningTaskCount",
                                dimensions: [
                                    { name: "ClusterName", value: this.cluster.name },
                                    { name: "ServiceName", value: this.workloadName },
                                ],
                            },
                            stat: "Average",
                        },
                        returnData: false,
                    },
                    {
                        id: "backlog",
                        label: "Messages per task",
                        // No task and no data count as one task: a division by zero would stop the scaling both ways.
                        expression: "IF(FILL(running,0)<1, visible, visible/FILL(running,1))",
                        returnData: true,
                    },
                ],
            },
        });
    }

    /** Target tracking multiplies what runs, and nothing times two is nothing: the first task is started by an alarm. */
    private wakeUp({ source }: WorkerArgs): void {
        const policy = this.createPolicy("wake-up", {
            policyType: "StepScaling",
            stepScalingPolicyConfiguration: {
                adjustmentType: "ExactCapacity",
                metricAggregationType: "Maximum",
                cooldown: 60,
                stepAdjustments: [{ metricIntervalLowerBound: "0", scalingAdjustment: 1 }],
            },
        });
        const childName = `${this.componentName}-wake-up`;
        new aws.cloudwatch.MetricAlarm(
            childName,
            {
                alarmDescription: `Starts the first task of ${this.componentName} when a message waits and none runs.`,
                comparisonOperator: "GreaterThanThreshold",
                threshold: 0,
                evaluationPeriods: 1,
                treatMissingData: "notBreaching",
                metricQueries: [
                    {
                        id: "visible",
                        metric: {
                            namespace: "AWS/SQS",
                            metricName: "ApproximateNumberOfMessagesVisible",
                            dimensions: { QueueName: source.queueName },
                            period: 60,
                            stat: "Maximum",
                        },
                    },
                    {
                        id: "running",
                        metric: {
                            namespace: "ECS/ContainerInsights",
                            metricName: "RunningTaskCount",
                            dimensions: { ClusterName: this.cluster.name, ServiceName: this.workloadName },
                            period: 60,
                            stat: "Maximum",
                        },
                    },
                    {
                        // Silent while a task runs, or the step would scale a busy worker in to one.
                        id: "waiting",
                        label: "Messages that wait while no task runs",
                        expression: "IF(FILL(running,0)<1, visible, 0)",
                        returnData: true,
                    },
                ],
                alarmActions: [policy.arn],
                tags: this.tags(childName),
            },
            this.child(),
        );
    }
}
