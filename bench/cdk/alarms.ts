import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

/** One metric that somebody is told about. */
export interface WatchedAlarm {
    name: string;
    namespace: string;
    metricName: string;
    dimensions: Record<string, string>;
    statistic: string;
    threshold: number;
    below?: boolean;
}

/** Turns the list into alarms with actions. */
export function watch(scope: Construct, topic: ITopic, watched: readonly WatchedAlarm[]): Alarm[] {
    return watched.map((one) => {
        const alarm = new Alarm(scope, `${one.name}-alarm`, {
            alarmDescription: `Runbook: docs/runbooks/${one.name}.md`,
            metric: new Metric({
                namespace: one.namespace,
                metricName: one.metricName,
                dimensionsMap: one.dimensions,
                statistic: one.statistic,
                period: Duration.minutes(1),
            }),
            threshold: one.threshold,
            comparisonOperator: one.below
                ? ComparisonOperator.LESS_THAN_THRESHOLD
                : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluationPeriods: 5,
            datapointsToAlarm: 3,
            treatMissingData: TreatMissingData.NOT_BREACHING,
        });
        alarm.addAlarmAction(new SnsAction(topic));
        alarm.addOkAction(new SnsAction(topic));
        return alarm;
    });
}
