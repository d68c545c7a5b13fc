import * as pulumi from "@pulumi/pulumi";
import { AlarmSet } from "../../components/alarm-set";
import { AlertTopic, AlertTopicArgs, AlertWebhook } from "../../components/alert-topic";
import { FailureTier } from "../../components/failure-domain";
import { Monitoring, MonitoringArgs } from "../../components/monitoring";
import { Metric, Signal, SignalSource } from "../../components/signal";
import { record, valueOf } from "./harness";

const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
const topic = "aws:sns/topic:Topic";
const topicArgs: AlertTopicArgs = { region: "eu-central-1", key: { arn: "key-main" }, edgeKey: { arn: "key-edge" } };

const metric: Metric = {
    namespace: "AWS/RDS",
    metricName: "CPUUtilization",
    dimensions: { Id: "a" },
    statistic: "Average",
};
const signal = (name: string, of: Metric = metric): Signal => ({
    name,
    title: name,
    metric: of,
    comparison: "above",
    threshold: 70,
    evaluationPeriods: 5,
    severity: "page",
    runbook: "database-cpu",
});
const source = (tier: string, ...signals: Signal[]): SignalSource => ({ tier, signals });
const told = { topicArn: (region = "eu-central-1") => `arn:aws:sns:${region}:123456789012:alerts` };

/** The message of what a program throws. */
async function refusal(program: () => unknown): Promise<string> {
    let message = "";
    await record(() => {
        try {
            program();
        } catch (error) {
            message = String(error);
        }
    });
    return message;
}

describe("a topic of alarms", () => {
    it("has a twin in us-east-1 under that region's key", async () => {
        const registered = await record(() => new AlertTopic("alerts", topicArgs));
        expect(registered.ofType(topic).map(({ inputs }) => [inputs["region"], inputs["kmsMasterKeyId"]])).toEqual([
            ["eu-central-1", "key-main"],
            ["us-east-1", "key-edge"],
        ]);
    });

    it("has no twin where the main region is us-east-1", async () => {
        const registered = await record(() => new AlertTopic("alerts", { region: "us-east-1", key: { arn: "key" } }));
        expect(registered.ofType(topic)).toHaveLength(1);
    });

    it("admits alarms of this account only, over TLS only", async () => {
        const registered = await record(() => new AlertTopic("alerts", topicArgs));
        const policy = JSON.parse(
            String(registered.one("aws:sns/topicPolicy:TopicPolicy", "alerts-policy").inputs["policy"]),
        ) as {
            Statement: Record<string, unknown>[];
        };
        expect(policy.Statement).toEqual([
            expect.objectContaining({
                Effect: "Allow",
                Principal: { Service: "cloudwatch.amazonaws.com" },
                Action: "sns:Publish",
                Resource: "arn:aws:sns:eu-central-1:123456789012:alerts-0a1b2c3",
                Condition: {
                    StringEquals: { "aws:SourceAccount": "123456789012" },
                    ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:*" },
                },
            }),
            expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]);
    });

    it("tells every address in both regions, under a name that does not depend on the order", async () => {
        const pager: AlertWebhook = { name: "pager", url: pulumi.secret("https://pager.example.com/token") };
        const registered = await record(
            () => new AlertTopic("alerts", { ...topicArgs, emails: ["on-call@example.com"], webhooks: [pager] }),
        );
        const subscriptions = registered.ofType("aws:sns/topicSubscription:TopicSubscription");
        expect(subscriptions.map(({ name, inputs }) => [name, inputs["protocol"], inputs["region"]])).toEqual(
            expect.arrayContaining([
                ["alerts-on-call-at-example-com", "email", "eu-central-1"],
                ["alerts-edge-on-call-at-example-com", "email", "us-east-1"],
                ["alerts-pager", "https", "eu-central-1"],
                ["alerts-edge-pager", "https", "us-east-1"],
            ]),
        );
    });

    it("names every bad argument, and never a webhook's address", async () => {
        const message = await refusal(
            () =>
                new AlertTopic("alerts", {
                    region: "eu-central-1",
                    key: { arn: "key" },
                    emails: ["nobody"],
                    webhooks: [{ name: "Pager", url: "http://pager.example.com/token" }],
                }),
        );
        for (const setting of ["emails", "webhooks.name", "webhooks.url of Pager", "edgeKey"]) {
            expect(message).toContain(`  - ${setting} is `);
        }
        expect(message).not.toContain("token");
    });

    it("says which regions it knows when asked for another", async () => {
        const message = await refusal(() => new AlertTopic("alerts", topicArgs).topicArn("eu-west-1"));
        expect(message).toContain("no topic in eu-west-1, only in eu-central-1 and us-east-1");
    });
});

describe("a set of alarms", () => {
    it("has an alarm for each signal, that acts when it starts and when it is over", async () => {
        let names: string[] = [];
        const registered = await record(async () => {
            const set = new AlarmSet("guards", {
                topic: told,
                region: "eu-central-1",
                sources: [source("database", signal("cpu"))],
            });
            names = await Promise.all(set.alarmNames.map((name) => valueOf(name)));
        });
        const action = ["arn:aws:sns:eu-central-1:123456789012:alerts"];
        expect(registered.one(alarm, "cpu").inputs).toMatchObject({
            actionsEnabled: true,
            alarmActions: action,
            okActions: action,
            region: "eu-central-1",
            metricName: "CPUUtilization",
            tags: { Name: "cpu", Severity: "page", Tier: "database" },
        });
        expect(names).toEqual(["cpu-0a1b2c3"]);
    });

    it("puts an alarm where its metrics are, with the topic of that region", async () => {
        const edge = signal("edge-errors", { ...metric, region: "us-east-1" });
        const registered = await record(
            () => new AlarmSet("alarms", { topic: told, region: "eu-central-1", sources: [source("cdn", edge)] }),
        );
        expect(registered.one(alarm).inputs).toMatchObject({
            region: "us-east-1",
            alarmActions: ["arn:aws:sns:us-east-1:123456789012:alerts"],
        });
    });

    it("refuses every signal that cannot be an alarm, and every name that is there twice", async () => {
        const message = await refusal(
            () =>
                new AlarmSet("alarms", {
                    topic: told,
                    region: "eu-central-1",
                    sources: [
                        source("database", signal("cpu"), { ...signal("lag"), evaluationPeriods: 0 }),
                        source("orders", signal("cpu")),
                    ],
                }),
        );
        expect(message).toContain('AlarmSet "alarms": ');
        expect(message).toContain('signal cpu is "declared by database and by orders"');
        expect(message).toContain("lag: evaluationPeriods is 0");
    });
});

describe("monitoring", () => {
    const monitor = (more: Partial<MonitoringArgs>) =>
        new Monitoring("monitoring", { topic: told, region: "eu-central-1", sources: [], ...more });
    interface Widget {
        type: string;
        properties: { markdown?: string; alarms?: string[] };
    }
    const widgetsOf = (body: unknown) => (JSON.parse(String(body)) as { widgets: Widget[] }).widgets;

    it("alarms over every source but those that are guarded already, and shows them all", async () => {
        const web = source("web", signal("web-errors"));
        const database = source("database", signal("database-cpu"));
        const registered = await record(() => {
            const guards = new AlarmSet("web-guards", { topic: told, region: "eu-central-1", sources: [web] });
            monitor({ guards: [guards], sources: [web, database] });
        });
        expect(registered.ofType(alarm).map(({ name }) => name)).toEqual(["web-errors", "database-cpu"]);
        const shown = widgetsOf(registered.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]);
        const headings = shown.flatMap(({ properties }) => properties.markdown?.match(/^## \S+/m) ?? []);
        expect(headings).toEqual(["## web", "## database"]);
        expect(shown.find(({ type }) => type === "alarm")?.properties.alarms).toHaveLength(2);
    });

    it("shows a guarded source first where it is not in the list", async () => {
        const registered = await record(() => {
            const guards = new AlarmSet("web-guards", {
                topic: told,
                region: "eu-central-1",
                sources: [source("web", signal("web-errors"))],
            });
            monitor({ guards: [guards], sources: [source("database", signal("database-cpu"))] });
        });
        const shown = widgetsOf(registered.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]);
        expect(shown.flatMap(({ properties }) => properties.markdown?.match(/^## \S+/m) ?? [])).toEqual([
            "## web",
            "## database",
        ]);
    });

    it("refuses a name that a guard and another source share, and names both", async () => {
        const message = await refusal(() => {
            const guards = new AlarmSet("guards", {
                topic: told,
                region: "eu-central-1",
                sources: [source("web", signal("errors"))],
            });
            monitor({ guards: [guards], sources: [source("cdn", signal("errors"))] });
        });
        expect(message).toContain("declared by web and by cdn");
    });

    it("says what each tier survives, a tier of replicas beside its database", async () => {
        const tier = (name: string, units: number): FailureTier => ({
            failureDomain: { tier: name, unit: "instance", units, zones: units },
        });
        let survivals: unknown;
        const registered = await record(() => {
            survivals = monitor({
                sources: [source("database", signal("database-cpu"))],
                failureTiers: [tier("database", 2), tier("database-replicas", 3), tier("nat", 1)],
            }).survival;
        });
        expect(survivals).toMatchObject([
            { tier: "database", afterZone: { left: 1, enough: true } },
            { tier: "database-replicas", afterZone: { left: 2, enough: true } },
            { tier: "nat", afterZone: { left: 0, enough: false } },
        ]);
        const texts = widgetsOf(registered.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]).flatMap(
            ({ properties }) => properties.markdown ?? [],
        );
        expect(texts.find((text) => text.startsWith("## database"))).toContain("database-replicas: 3 instances");
        expect(texts.find((text) => text.startsWith("## nat"))).toContain("0 (not enough)");
    });

    it("names its dashboard with a random part and links to it", async () => {
        let url = "";
        const registered = await record(
            async () => {
                url = await valueOf(monitor({}).dashboardUrl);
            },
            { "random:index/randomId:RandomId": () => ({ hex: "0a1b2c3d" }) },
        );
        expect(registered.one("aws:cloudwatch/dashboard:Dashboard").inputs).toMatchObject({
            dashboardName: "monitoring-0a1b2c3d",
        });
        expect(url).toBe(
            "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/monitoring-0a1b2c3d",
        );
    });
});
