import { cleanEnvironment } from "../../bench/lib/environment";
import { agree } from "../../bench/lib/comparison";
import { warning } from "../../bench/lib/load";
import { renderPacks, renderScale } from "../../bench/lib/report";
import { cpuOfPacks } from "../../bench/lib/policy-packs";
import { requireSameServices } from "../../bench/lib/scale";
import { table } from "../../bench/lib/table";

test("a table has its names to the left and its numbers to the right", () => {
    expect(table(["seconds", "median"], [["bare program", "3.10"]]).split("\n")).toEqual([
        "seconds       median",
        "------------  ------",
        "bare program    3.10",
    ]);
});

test("programs with other resources than ours are refused, with each type that differs", () => {
    const compare = () => {
        agree({ "aws:ec2/vpc:Vpc": 1, "aws:sqs/queue:Queue": 2 }, { "aws:ec2/vpc:Vpc": 1, "aws:kms/key:Key": 1 });
    };

    expect(compare).toThrow(/aws:sqs\/queue:Queue: 2 in Headroom, 0 in it\naws:kms\/key:Key: 0 in Headroom, 1 in it$/);
});

test("growth of the cost shows even behind a smallest size that was dear itself, and cheaper is not called flat", () => {
    const one = { runs: 1, median: 1000, min: 900, max: 1100 };
    const text = renderScale({
        resources: { 0: 50, 10: 450, 50: 2050, 100: 4050 },
        usage: {},
        milliseconds: { 0: one, 10: one, 50: one, 100: one },
        millisecondsPerResource: { 10: 4, 50: 3, 100: 3.9 },
        tolerance: 0.1,
        ratios: {
            10: { toSmallest: 1, toPrevious: 1 },
            50: { toSmallest: 0.75, toPrevious: 0.75 },
            100: { toSmallest: 0.98, toPrevious: 1.3 },
        },
    });

    expect(text).toMatch(/^50 .*0\.75 +cheaper +0\.75 +cheaper$/m);
    expect(text).toMatch(/^100 .*0\.98 +flat +1\.30 +dearer$/m);
    expect(text).toMatch(/^0 .*fixed start/m);
});

test("the packs are shown beside AwsGuard, each size with its ratio, and the growth between them", () => {
    const one = { runs: 2, median: 4000, min: 3900, max: 4100 };
    const size = {
        services: 13,
        resources: 996,
        findings: { none: 0, headroom: 9, awsguard: 2 },
        usage: {},
        milliseconds: { none: one, headroom: one, awsguard: one },
        perResource: { headroom: { wall: 2, cpu: 1.5 }, awsguard: { wall: 4, cpu: 3 } },
        ratios: { wall: 0.5, cpu: 0.49 },
    };
    const growth = { from: 996, to: 4011, ratios: { headroom: { wall: 1.1, cpu: 0.9 } } };
    const text = renderPacks({ sizes: [size], growth });

    expect(text).toMatch(/^both packs +4\.00 +3\.90 +4\.10 +2 +2\.00 +1\.50 +9$/m);
    expect(text).toMatch(/^time beyond the preview without packs +0\.50$/m);
    expect(text).toMatch(/^cost per resource of 4011 ÷ of 996 +time +CPU time$/m);
    expect(text).toMatch(/^both packs +1\.10 +0\.90$/m);
});

test("a short run shows what the packs found and no times", () => {
    const size = { services: 2, resources: 259, findings: { none: 0, headroom: 16, awsguard: 1 }, usage: {} };

    expect(renderPacks({ sizes: [size] })).not.toContain("ms per resource");
    expect(renderPacks({ sizes: [size] })).toMatch(/^AwsGuard +1$/m);
});

test("the packs' CPU time is that of all their processes, and of no other", () => {
    const usage = (cpuMs: number): { cpuMs: number; peakKiB: number } => ({ cpuMs, peakKiB: 1 });

    expect(
        cpuOfPacks({ "policy pack encryption": usage(300), "policy pack awsguard": usage(200), program: usage(900) }),
    ).toBe(500);
});

test("a busy machine is named, since it gives six processes more of its time than one", () => {
    expect(warning({ load: 12, cpus: 2 })).toContain("load 12.0 on 2 CPUs");
    expect(warning({ load: 0.8, cpus: 2 })).toBeUndefined();
});

test("nothing that steers one of the measured programs is handed on from the caller", () => {
    const env = {
        PATH: "/bin",
        AWS_PROFILE: "x",
        PULUMI_ACCESS_TOKEN: "x",
        CDK_DEBUG: "1",
        NODE_OPTIONS: "--inspect",
        HEADROOM_PULUMI: "/p",
    };

    expect(cleanEnvironment(env)).toEqual({ PATH: "/bin", HEADROOM_PULUMI: "/p" });
});

test("services that do not all bring the same resources are no measure of growth", () => {
    const grows = (third: number) => () => {
        requireSameServices([
            { count: 10, resources: 795 },
            { count: 50, resources: 3475 },
            { count: 100, resources: third },
        ]);
    };

    expect(grows(6825)).not.toThrow();
    expect(grows(6875)).toThrow("From 10 to 100 services, each brings 67.55");
});
