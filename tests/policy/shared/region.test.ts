import * as sdkProxy from "@pulumi/policy/proxy";
import type { RawConfig } from "../../../policies/shared/config";
import { Pack } from "../../../policies/shared/pack";
import { regionOf } from "../../../policies/shared/region";
import type { Rule } from "../../../policies/shared/rule";
import { Values } from "../../../policies/shared/unknown";
import { ecsMinTasks } from "../../../policies/no-single-point-of-failure/rules/ecs-min-tasks";
import { rdsMultiAz } from "../../../policies/no-single-point-of-failure/rules/rds-multi-az";
import { judge, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const proxy = sdkProxy as unknown as { unknownCheckingProxy(value: object): object; unknownStringValue: string };

describe("the region of a resource", () => {
    const DATABASE = "aws:rds/instance:Instance";
    const of = (type: string, inputs: object, provider?: object): string | undefined =>
        regionOf(type, new Values(inputs), provider === undefined ? undefined : { props: provider });

    test.each([
        ["its own before everything else", { region: "eu-west-1", availabilityZone: "us-east-1a" }, "eu-west-1"],
        ["its zone's", { availabilityZone: "eu-central-1b" }, "eu-central-1"],
        ["a local zone's", { availabilityZone: "us-west-2-lax-1a" }, "us-west-2"],
        ["a zone's in a partition of its own", { availabilityZone: "us-gov-west-1a" }, "us-gov-west-1"],
        ["its ARN's", { arn: "arn:aws:rds:ap-south-1:123456789012:db:orders" }, "ap-south-1"],
        ["its provider's", {}, "us-east-2"],
        ["its provider's, where its ARN names none", { arn: "arn:aws:s3:::bucket" }, "us-east-2"],
    ])("is %s", (_, inputs, expected) => {
        expect(of(DATABASE, inputs, { region: "us-east-2" })).toBe(expected);
    });

    test.each([
        ["where its own is not known in preview", DATABASE, { region: proxy.unknownStringValue }],
        ["of what belongs to no region", "aws:cloudfront/distribution:Distribution", {}],
        ["of an object of Kubernetes", "kubernetes:apps/v1:Deployment", { region: "us-east-2" }],
        ["of a component", "headroom:components:Database", { region: "us-east-2" }],
    ])("is not known %s", (_, type, inputs) => {
        expect(of(type, inputs, { region: "us-east-2" })).toBeUndefined();
    });

    test("is not known where nothing says it, or the provider's is not known in preview", () => {
        expect(of(DATABASE, {})).toBeUndefined();
        expect(of(DATABASE, {}, proxy.unknownCheckingProxy({ region: proxy.unknownStringValue }))).toBeUndefined();
    });
});

describe("a rule that is limited to regions", () => {
    const only = (rule: Rule, ...regions: readonly string[]): RawConfig =>
        new Map([[rule.id, { properties: { regions } }]]);
    const db = (name: string, more: object): TestResource => resource("rdsInstance", name, { multiAz: false, ...more });
    const names = (rule: Rule, resources: readonly TestResource[], config: RawConfig): readonly string[] =>
        judge(rule, resources, { config })
            .map(({ name, urn }) => `${name} ${String(urn?.split("::").at(-1))}`)
            .sort();

    test("judges what is there, and what may be there", () => {
        const all = [
            db("here", { region: "eu-central-1" }),
            db("zone", { availabilityZone: "eu-central-1c" }),
            db("elsewhere", { region: "us-east-1" }),
            db("elsewhere-by-zone", { availabilityZone: "us-east-1a" }),
            db("unknown", { region: UNKNOWN_VALUE }),
            db("unsaid", {}),
        ];
        expect(names(rdsMultiAz, all, only(rdsMultiAz, "eu-central-1", "eu-west-1"))).toEqual([
            "rds-multi-az here",
            "rds-multi-az unknown",
            "rds-multi-az unsaid",
            "rds-multi-az zone",
        ]);
        expect(names(rdsMultiAz, all, only(rdsMultiAz))).toHaveLength(all.length);
    });

    test("about relations reports nothing on resources elsewhere", () => {
        const service = (name: string, region: string): TestResource =>
            resource("ecsService", name, { desiredCount: 1, region });
        const all = [service("here", "eu-central-1"), service("elsewhere", "us-east-1")];
        expect(names(ecsMinTasks, all, only(ecsMinTasks, "eu-central-1"))).toEqual(["ecs-min-tasks here"]);
    });

    test("goes by the provider where the resource says nothing", () => {
        const judged = (region: unknown): number => {
            const pack = new Pack(
                { name: "p", title: "P", description: "p", rules: [rdsMultiAz] },
                { findExemptions: () => undefined, today: () => "2026-03-01" },
            );
            pack.configure(only(rdsMultiAz, "eu-central-1"));
            return pack.resource({
                urn: "urn:pulumi:dev::shop::aws:rds/instance:Instance::db",
                type: "aws:rds/instance:Instance",
                name: "db",
                props: proxy.unknownCheckingProxy({ multiAz: false }),
                opts: { ignoreChanges: [] },
                provider: { props: proxy.unknownCheckingProxy({ region }) },
            } as never).length;
        };
        expect(judged("eu-central-1")).toBe(1);
        expect(judged("us-east-1")).toBe(0);
        expect(judged(proxy.unknownStringValue)).toBe(1);
    });

    test("takes a list of names only, and says so", () => {
        const config: RawConfig = new Map([["rds-multi-az", { properties: { regions: "eu-central-1" } }]]);
        expect(judge(rdsMultiAz, [db("db", {})], { config })).toMatchObject([
            {
                name: "configuration",
                message: expect.stringMatching(
                    /rds-multi-az\.regions is "eu-central-1" and must be of type array/,
                ) as string,
            },
            { name: "rds-multi-az" },
        ]);
        const numbers: RawConfig = new Map([["rds-multi-az", { properties: { regions: [1] } }]]);
        expect(judge(rdsMultiAz, [db("db", {})], { config: numbers })[0]?.message).toMatch(/0: must be of type string/);
    });
});
