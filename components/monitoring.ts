import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { duplicateProblems } from "./alarm-definition";
import { AlarmSet, AlertReceiver } from "./alarm-set";
import { currentAccount } from "./account";
import { Component, ComponentArgs } from "./component";
import { dashboardBody, DashboardTier, GoldenSignals } from "./dashboard";
import { FailureTier, survival, Survival } from "./failure-domain";
import { InvalidSettingsError } from "./problems";
import { SignalSource } from "./signal";

export interface MonitoringArgs extends ComponentArgs {
    /** Where alarms are sent. */
    topic: AlertReceiver;
    /** The main region. */
    region: string;
    /**
     * Every component with signals, in the order in which the dashboard shows them: along a request's way, say. A source that
     * one of the guards has already gets no second alarm. A plain list.
     */
    sources: readonly SignalSource[];
    /**
     * Alarms that exist already, since a deployment depends on them. Sources of theirs that `sources` leaves out are shown
     * first. Default: none.
     */
    guards?: readonly AlarmSet[];
    /** Every component that is spread over zones, for what each tier survives. Default: none. */
    failureTiers?: readonly FailureTier[];
    /** The metrics in the top row of the dashboard. Default: no such row. */
    golden?: GoldenSignals;
    /** Headline of the dashboard. Default: project and stack. */
    title?: string;
    /** Where the reader of an alarm finds the runbooks, see `AlarmSet`. Default `docs/runbooks`. */
    runbookBase?: string;
}

/** The AWS console of each partition. */
const consoleDomains: Readonly<Record<string, string>> = {
    aws: "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
};

/**
 * Alarms over everything that has vital signs, and one dashboard of it all.
 *
 * The dashboard has the golden signals and the state of every alarm on top, then a part for each tier: what is left of it when
 * a unit, a zone or the region is lost, its runbooks, and a graph for each vital sign with its thresholds. It costs 3 USD a
 * month, and the alarms see {@link AlarmSet}. Nothing here holds state.
 *
 * ```ts
 * import { AlertTopic } from "./alert-topic";
 * import { Cache } from "./cache";
 * import { Database } from "./database";
 * import { Monitoring } from "./monitoring";
 *
 * declare const alertTopic: AlertTopic;
 * declare const database: Database;
 * declare const cache: Cache;
 *
 * const monitoring = new Monitoring("monitoring", {
 *     topic: alertTopic,
 *     region: "eu-central-1",
 *     sources: [database, cache],
 *     failureTiers: [database, cache],
 * });
 * export const dashboardUrl = monitoring.dashboardUrl;
 * ```
 */
export class Monitoring extends Component {
    readonly alarms: AlarmSet;
    readonly dashboardName: pulumi.Output<string>;
    /** Where the dashboard is found in the AWS console. */
    readonly dashboardUrl: pulumi.Output<string>;
    /** What each tier survives, in the order given. */
    readonly survival: readonly Survival[];

    constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
        super("Monitoring", name, args, opts);
        const guarded = (args.guards ?? []).flatMap((guard) => guard.sources);
        const shown = [...guarded.filter((source) => !args.sources.includes(source)), ...args.sources];
        refuseDuplicates(name, shown);
        this.survival = (args.failureTiers ?? []).map((tier) => survival(tier.failureDomain));
        this.alarms = this.createAlarms(
            args,
            args.sources.filter((source) => !guarded.includes(source)),
        );
        this.dashboardName = this.createDashboard(args, shown);
        this.dashboardUrl = this.linkToDashboard(args);
        this.registerOutputs({ dashboardUrl: this.dashboardUrl });
    }

    private createAlarms(args: MonitoringArgs, sources: readonly SignalSource[]): AlarmSet {
        return new AlarmSet(
            `${this.componentName}-alarms`,
            {
                topic: args.topic,
                region: args.region,
                sources,
                tags: this.inheritedTags,
                ...(args.runbookBase === undefined ? {} : { runbookBase: args.runbookBase }),
            },
            { parent: this },
        );
    }

    /** Dashboards have no names of the engine's choice, and no tags. */
    private createDashboard(args: MonitoringArgs, shown: readonly SignalSource[]): pulumi.Output<string> {
        const id = new random.RandomId(`${this.componentName}-dashboard-id`, { byteLength: 4 }, this.child());
        const alarms = [...(args.guards ?? []), this.alarms].flatMap((set) => set.alarms);
        const dashboard = new aws.cloudwatch.Dashboard(
            `${this.componentName}-dashboard`,
            {
                region: args.region,
                dashboardName: pulumi.interpolate`${this.componentName}-${id.hex}`,
                dashboardBody: pulumi.jsonStringify(
                    dashboardBody({
                        region: args.region,
                        title: args.title ?? `${pulumi.getProject()} ${pulumi.getStack()}`,
                        ...(args.golden === undefined ? {} : { golden: args.golden }),
                        alarmArns: alarms.map((alarm) => alarm.arn),
                        tiers: this.tiers(shown),
                        runbookBase: args.runbookBase ?? "docs/runbooks",
                    }),
                ),
            },
            this.child(),
        );
        return dashboard.dashboardName;
    }

    /** A tier's survival is shown with its signals; `database-replicas` with those of `database`. */
    private tiers(shown: readonly SignalSource[]): DashboardTier[] {
        const names = shown.map((source) => source.tier);
        const ownerOf = (tier: string): string | undefined =>
            names.includes(tier)
                ? tier
                : names.filter((name) => tier.startsWith(`${name}-`)).sort((a, b) => b.length - a.length)[0];
        // A service and what stands in front of it may share a name: they are one tier.
        const withSignals = [...new Set(names)].map((tier) => ({
            tier,
            signals: shown.filter((source) => source.tier === tier).flatMap((source) => source.signals),
            survivals: this.survival.filter((entry) => ownerOf(entry.tier) === tier),
        }));
        const withoutSignals = this.survival
            .filter((entry) => ownerOf(entry.tier) === undefined)
            .map((entry) => ({ tier: entry.tier, signals: [], survivals: [entry] }));
        return [...withSignals, ...withoutSignals];
    }

    private linkToDashboard(args: MonitoringArgs): pulumi.Output<string> {
        const domain = currentAccount(this).partition.apply(
            (partition) => consoleDomains[partition] ?? consoleDomains["aws"],
        );
        return pulumi.interpolate`https://${args.region}.${domain}/cloudwatch/home?region=${args.region}#dashboards/dashboard/${this.dashboardName}`;
    }
}

/** Also between a guard's signals and the others, which no single set of alarms would notice. */
function refuseDuplicates(name: string, sources: readonly SignalSource[]): void {
    const problems = duplicateProblems(sources);
    if (problems.length > 0) {
        throw new InvalidSettingsError(`Monitoring "${name}"`, problems);
    }
}
