import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarmDefinition, duplicateProblems, signalProblems } from "./alarm-definition";
import { Component, ComponentArgs } from "./component";
import { InvalidSettingsError } from "./problems";
import { regionOf, Signal, SignalSource } from "./signal";

/** Whoever is told about an alarm. `AlertTopic` is one; a topic that was made elsewhere is described by a function. */
export interface AlertReceiver {
    /**
     * ARN of the SNS topic in a region: an alarm acts only on a topic in its own region.
     *
     * @param region default: the main region
     */
    topicArn(region?: string): pulumi.Input<string>;
}

export interface AlarmSetArgs extends ComponentArgs {
    /** Where alarms are sent, both when they start and when they are over. */
    topic: AlertReceiver;
    /** Components whose signals become alarms. A plain list, since an alarm is made for each signal. */
    sources: readonly SignalSource[];
    /** The main region. Metrics that live elsewhere (CloudFront's) get their alarms there. */
    region: string;
    /**
     * Where the reader of an alarm finds the runbooks: a folder or a URL, no slash at the end. Default `docs/runbooks`,
     * the folder in the repository.
     */
    runbookBase?: string;
}

/** An alarm and what it was made from. */
export interface Alarm {
    readonly signal: Signal;
    /** The logical name of the component that declared the signal. */
    readonly tier: string;
    readonly name: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
}

/**
 * Alarms from signals: one CloudWatch alarm for each signal of the given components, named after it, in the region of its
 * metrics, with the topic as its action both when it starts and when it is over.
 *
 * This is the only place where an alarm is made. An alarm costs about 0.10 USD a month, one over a formula as much for
 * each metric that it reads. Nothing here holds state: alarms can be replaced at any time.
 *
 * Alarms that guard a deployment are made before the service that they watch; give them a set of their own and pass that
 * set's `alarmNames` to the service as `rollbackAlarms`.
 *
 * ```ts
 * import { AlarmSet } from "./alarm-set";
 * import { AlertTopic } from "./alert-topic";
 * import { SignalSource } from "./signal";
 *
 * declare const webTarget: SignalSource;
 * declare const alertTopic: AlertTopic;
 *
 * const guards = new AlarmSet("web-guards", { topic: alertTopic, region: "eu-central-1", sources: [webTarget] });
 * export const rollbackAlarms = guards.alarmNames;
 * ```
 */
export class AlarmSet extends Component {
    /** The components that were given, for the dashboard. */
    readonly sources: readonly SignalSource[];
    readonly alarms: readonly Alarm[];
    /** Names of the alarms, in the order of the signals. */
    readonly alarmNames: readonly pulumi.Output<string>[];

    constructor(name: string, args: AlarmSetArgs, opts?: pulumi.ComponentResourceOptions) {
        super("AlarmSet", name, args, opts);
        refuseBadSignals(name, args.sources);
        this.sources = args.sources;
        this.alarms = args.sources.flatMap((source) =>
            source.signals.map((signal) => this.createAlarm(args, source.tier, signal)),
        );
        this.alarmNames = this.alarms.map((alarm) => alarm.name);
        this.registerOutputs({ alarmNames: this.alarmNames });
    }

    private createAlarm(args: AlarmSetArgs, tier: string, signal: Signal): Alarm {
        const region = regionOf(signal) ?? args.region;
        const topicArn = args.topic.topicArn(region);
        const alarm = new aws.cloudwatch.MetricAlarm(
            signal.name,
            {
                ...toArgs(alarmDefinition(signal, args.runbookBase ?? "docs/runbooks")),
                region,
                actionsEnabled: true,
                alarmActions: [topicArn],
                okActions: [topicArn],
                tags: this.tags(signal.name, { Severity: signal.severity, Tier: tier }),
            },
            this.child(),
        );
        return { signal, tier, name: alarm.name, arn: alarm.arn };
    }
}

/** The provider's types want arrays that can be written to. */
function toArgs(definition: ReturnType<typeof alarmDefinition>): aws.cloudwatch.MetricAlarmArgs {
    const { metricQueries, ...rest } = definition;
    return metricQueries === undefined ? rest : { ...rest, metricQueries: [...metricQueries] };
}

function refuseBadSignals(name: string, sources: readonly SignalSource[]): void {
    const problems = [
        ...duplicateProblems(sources),
        ...sources.flatMap((source) => source.signals.flatMap((signal) => signalProblems(signal))),
    ];
    if (problems.length > 0) {
        throw new InvalidSettingsError(`AlarmSet "${name}"`, problems);
    }
}
