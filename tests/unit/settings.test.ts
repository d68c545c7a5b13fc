import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { InvalidSettingsError } from "../../components/problems";
import { resolveSettings, SettingsSource } from "../../components/settings";
import { stagePresets } from "../../components/stages";
import { StageName } from "../../components/settings-schema";

const root = path.join(__dirname, "../..");

type StackFile = Record<string, unknown>;

/** Configuration as the engine hands it over: text, objects as JSON. */
function asEngineConfiguration(file: StackFile): Record<string, string> {
    return Object.fromEntries(
        Object.entries(file).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
}

function resolve(file: StackFile, more: Partial<SettingsSource> = {}) {
    return resolveSettings({ project: "headroom", stack: "test", configuration: asEngineConfiguration(file), ...more });
}

function readConfig(file: string): StackFile {
    return (parse(fs.readFileSync(file, "utf8")) as { config: StackFile }).config;
}

function problemsOf(file: StackFile, more: Partial<SettingsSource> = {}) {
    try {
        resolve(file, more);
    } catch (error) {
        if (error instanceof InvalidSettingsError) {
            return error;
        }
        throw error;
    }
    throw new Error("the file was accepted");
}

const valid: StackFile = {
    "aws:region": "eu-central-1",
    "headroom:environment": "prod",
    "headroom:domain": "shop.example.com",
    "headroom:image": { tag: "0.1.0" },
    "headroom:monitoring": { emails: ["on-call@example.com"] },
};

const adoptable = JSON.stringify({
    "current-context": "platform",
    contexts: [{ name: "platform", context: { cluster: "platform", user: "deployer" } }],
    clusters: [{ name: "platform", cluster: { server: "https://10.0.0.1" } }],
    users: [{ name: "deployer", user: { token: "not-for-anybody" } }],
});

describe("the settings of a stack", () => {
    it.each([
        ["dev", "dev"],
        ["dev-k8s", "dev"],
        ["staging", "staging"],
        ["prod", "prod"],
    ])("accept Pulumi.%s.yaml", (stack, environment) => {
        expect(resolve(readConfig(path.join(root, `Pulumi.${stack}.yaml`))).environment).toBe(environment);
    });

    it("come from the stage where the file is silent", () => {
        const settings = resolve({ ...valid, "headroom:stage": "grow" });
        expect(settings.web).toEqual({ ...stagePresets.grow.web, processes: 2 });
        expect(settings.network.zoneIds).toEqual(["euc1-az1", "euc1-az2", "euc1-az3"]);
    });

    it("let the file override any single value and keep its neighbours", () => {
        const settings = resolve({ ...valid, "headroom:web": { minimum: 6 } });
        expect(settings.web).toEqual({ ...stagePresets.start.web, processes: 1, minimum: 6 });
    });

    it("read flags and numbers that the engine hands over as text", () => {
        const settings = resolve({ ...valid, "headroom:deletionProtection": false, "headroom:logRetentionDays": 30 });
        expect(settings.deletionProtection).toBe(false);
        expect(settings.logRetentionDays).toBe(30);
    });

    it("keep a tag that looks like a number as text", () => {
        expect(resolve({ ...valid, "headroom:image": { tag: "20261122" } }).image).toEqual({ tag: "20261122" });
    });

    it("ignore the keys of other namespaces", () => {
        expect(() => resolve({ ...valid, "datadog:apiKey": "x" })).not.toThrow();
    });

    it("never repeat a kubeconfig, whether it is marked secret or not, and want it to be", () => {
        const file = readConfig(path.join(root, "tests/bad-stack-files/kubeconfig-in-clear.yaml"));
        const inClear = problemsOf(file).message;
        expect(inClear).toContain("a secret, since it holds credentials");
        expect(inClear).toContain("insecure-skip-tls-verify is on");
        const marked = problemsOf(file, { secretKeys: ["headroom:kubernetes"] }).message;
        expect(marked).not.toContain("a secret, since it holds credentials");
        const notText = problemsOf({ ...file, "headroom:kubernetes": { kubeconfig: { token: "not-for-anybody" } } });
        for (const message of [inClear, marked, notText.message]) {
            expect(message).not.toContain("not-for-anybody");
        }
    });

    it("adopt a cluster, of which nothing is made, where a kubeconfig is given", () => {
        const { kubernetes } = resolve(
            {
                ...valid,
                "headroom:compute": "kubernetes",
                "headroom:kubernetes": {
                    kubeconfig: adoptable,
                    clusterName: "platform-1",
                    nodeSecurityGroupId: "sg-0123456789abcdef0",
                    largestNode: "m7g.4xlarge",
                },
            },
            { secretKeys: ["headroom:kubernetes"] },
        );
        expect(kubernetes).toMatchObject({
            keda: "present",
            monitoring: "present",
            adopt: { clusterName: "platform-1", autoMode: true, largestNode: { cpu: 16, memory: 65_536 } },
        });
    });

    it("never repeat a value that is marked secret", () => {
        const error = problemsOf(
            { ...valid, "headroom:domain": "hunter2 hunter2" },
            { secretKeys: ["headroom:domain"] },
        );
        expect(error.message).toContain("headroom:domain");
        expect(error.message).not.toContain("hunter2");
    });

    it("suggest the key that was meant", () => {
        expect(problemsOf({ ...valid, "headroom:web": { minimun: 3 } }).message).toContain("headroom:web.minimum");
    });
});

describe("the connections to the database", () => {
    const of = (file: StackFile) => resolve({ ...valid, ...file }).database.connectionsPerProcess;

    it("are shared out among the processes, so that a deployment at the maximum fits the instance class", () => {
        expect(of({})).toBe(10);
        expect(of({ "headroom:stage": "global" })).toBe(2);
        // (20 + 20) × 2 × 9 = 720 of 811 − 20.
        expect(of({ "headroom:web": { maximum: 20 } })).toBe(9);
        expect(of({ "headroom:database": { connectionsPerProcess: 5 } })).toBe(5);
    });

    it("are those of a process for each whole vCPU of a web task, where the file does not say how many it runs", () => {
        const processes = (web: Record<string, number>) => resolve({ ...valid, "headroom:web": web }).web.processes;
        expect([0.5, 1, 2, 4].map((cpu) => processes({ cpu, memory: cpu * 2048 }))).toEqual([1, 1, 2, 4]);
        expect(processes({ cpu: 4, memory: 8192, processes: 1 })).toBe(1);
        // (9 × 4 + 20) × 2 × 7 = 784 of 811 − 20.
        expect(of({ "headroom:web": { cpu: 4, memory: 8192 } })).toBe(7);
        expect(of({ "headroom:web": { cpu: 4, memory: 8192, processes: 1 } })).toBe(10);
    });

    it("are refused with the arithmetic and a number that fits, where a file asks for more", () => {
        const error = problemsOf({ ...valid, "headroom:database": { connectionsPerProcess: 30 } });
        expect(error.problems).toHaveLength(1);
        expect(error.message).toContain("headroom:database.connectionsPerProcess is 30; allowed: at most 10");
        expect(error.message).toContain(
            "runs 9 × 2 web tasks with 30 connections each and 20 × 2 workers with 30, together 1740; db.m7g.large accepts about 811",
        );
    });

    it.each([
        // 791 − 9 × 2 × 2 = 755, at 2 × 3 for each worker.
        ["worker", {}, 400, 125],
        // 791 − 20 × 2 × 3 = 671, at 2 × 2 for each web task.
        ["web", {}, 300, 167],
        // 791 − 20 × 2 × 5 = 591, at 2 × 5, since the file wants five.
        ["web", { "headroom:database": { connectionsPerProcess: 5 } }, 300, 59],
    ])("end what scaling of %s may start, where they do not fit (%j)", (workload, more, maximum, most) => {
        const file = (value: number) => ({ ...more, [`headroom:${workload}`]: { maximum: value } });
        const error = problemsOf({ ...valid, ...file(maximum) });
        expect(error.problems).toMatchObject([{ setting: `headroom:${workload}.maximum`, value: maximum }]);
        expect(error.message).toContain(`allowed: at most ${String(most)}, or a lower`);
        const example = Number(/maximum: (\d+)/.exec(error.problems[0]?.example ?? "")?.[1]);
        expect(of(file(example))).toBeGreaterThanOrEqual(2);
    });

    it("ask for the setting that the file has, not for one of its stage", () => {
        const error = problemsOf({ ...valid, "headroom:stage": "global", "headroom:web": { maximum: 200 } });
        expect(error.problems).toMatchObject([
            { setting: "headroom:web.maximum", example: "headroom:web.maximum: 161" },
        ]);
    });

    it("ask for a larger class where no number of tasks of one workload would do", () => {
        const many = { "headroom:web": { maximum: 2_000 }, "headroom:worker": { maximum: 2_000 } };
        const error = problemsOf({ ...valid, ...many });
        expect(error.problems).toMatchObject([{ setting: "headroom:database.instanceClass", value: "db.m7g.large" }]);
        expect(error.message).toContain(
            "a class that accepts 20020 connections, or far lower headroom:web.maximum and",
        );
    });

    it("are not asked of more processes than the task's memory holds", () => {
        const error = problemsOf({ ...valid, "headroom:web": { cpu: 1, memory: 2_048, processes: 9 } });
        expect(error.problems).toMatchObject([{ setting: "headroom:web.processes", value: 9 }]);
        expect(error.message).toContain("at most 8 with headroom:web.memory at 2048 MiB: each needs 256");
    });
});

describe("bad stack files", () => {
    const folder = path.join(root, "tests/bad-stack-files");
    const files = fs.readdirSync(folder).filter((file) => file.endsWith(".yaml"));

    it("are twenty at the least", () => {
        expect(files.length).toBeGreaterThanOrEqual(20);
    });

    it.each(files)("%s is refused with exactly its problems, each with the allowed values and an example", (file) => {
        const text = fs.readFileSync(path.join(folder, file), "utf8");
        const expected = [...text.matchAll(/^# problem: (.+)$/gm)].map((match) => match[1]);
        const error = problemsOf(readConfig(path.join(folder, file)));
        expect(new Set(error.problems.map((problem) => problem.setting))).toEqual(new Set(expected));
        for (const problem of error.problems) {
            expect(problem.allowed).not.toBe("");
            expect(problem.example).not.toBe("");
            expect(error.message).toContain(problem.setting);
        }
    });
});

describe("stage presets", () => {
    const stages = Object.keys(stagePresets) as StageName[];

    it.each(stages)("%s is valid without any override", (stage) => {
        expect(() => resolve({ ...valid, "headroom:stage": stage })).not.toThrow();
    });

    it.each(stages)("%s keeps the tasks that it needs when the largest zone is lost", (stage) => {
        for (const tier of [stagePresets[stage].web, stagePresets[stage].worker]) {
            expect(tier.minimum - Math.ceil(tier.minimum / 3)).toBeGreaterThanOrEqual(tier.neededTasks);
        }
    });

    it("never shrink a tier from one stage to the next", () => {
        for (const [index, stage] of stages.slice(1).entries()) {
            const before = stagePresets[stages[index] as StageName];
            const after = stagePresets[stage];
            expect(after.web.maximum * after.web.cpu).toBeGreaterThan(before.web.maximum * before.web.cpu);
            expect(after.database.replicas).toBeGreaterThanOrEqual(before.database.replicas);
            expect(after.database.storageGib).toBeGreaterThanOrEqual(before.database.storageGib);
            expect(after.cache.shards).toBeGreaterThanOrEqual(before.cache.shards);
        }
    });

    it("never change what would replace a stateful resource", () => {
        const fixed = stages.map((stage) => {
            const { database, network, cache } = stagePresets[stage];
            return {
                name: database.name,
                cidr: network.cidr,
                major: database.engineVersion,
                cache: cache.engineVersion,
            };
        });
        expect(new Set(fixed.map((values) => JSON.stringify(values))).size).toBe(1);
    });
});

describe("settings under random input", () => {
    it("are accepted or refused with named problems, and never crash", () => {
        const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.string()));
        const section = fc.oneof(
            leaf,
            fc.dictionary(fc.constantFrom("minimum", "maximum", "cpu", "cidr", "replicas", "x"), leaf),
        );
        const keys = ["environment", "stage", "domain", "network", "web", "worker", "database", "image", "zzz"];
        fc.assert(
            fc.property(fc.dictionary(fc.constantFrom(...keys), section), (settings) => {
                const file = Object.fromEntries(
                    Object.entries(settings).map(([key, value]) => [`headroom:${key}`, value ?? "null"]),
                );
                try {
                    resolve({ ...valid, ...file });
                } catch (error) {
                    expect(error).toBeInstanceOf(InvalidSettingsError);
                    expect((error as InvalidSettingsError).problems.length).toBeGreaterThan(0);
                }
            }),
        );
    });
});
