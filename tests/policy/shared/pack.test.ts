import { definition as encryption } from "../../../policies/encryption/definition";
import { definition as noSinglePointOfFailure } from "../../../policies/no-single-point-of-failure/definition";
import { ecsMinTasks } from "../../../policies/no-single-point-of-failure/rules/ecs-min-tasks";
import { kmsDeletionWindow } from "../../../policies/no-single-point-of-failure/rules/kms-deletion-window";
import { loadExemptions } from "../../../policies/shared/exemptions";
import { Pack } from "../../../policies/shared/pack";
import { defineResourceRule, defineStackRule, type StackRule } from "../../../policies/shared/rule";
import { TOKENS } from "../../../policies/shared/tokens";
import { findExemptionsFile } from "../../../policies/shared/program-directory";
import * as lean from "../../../policies/shared/lean/rpc";
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { judge, resource } from "../support/harness";

const META = {
    title: "It holds",
    severity: "high",
    frameworks: {},
    why: "it breaks",
    fix: "mend it",
    url: "https://example.com",
} as const;

test("a stack rule reads the checked inputs that the resource's own validation recorded, where the outputs say nothing", () => {
    const seen: unknown[] = [];
    const rule: StackRule = defineStackRule({
        ...META,
        id: "reads-inputs",
        tokens: TOKENS.ecsService,
        check: (graph) => {
            graph
                .all("ecsService")
                .forEach((node) => seen.push(node.num("desiredCount"), node.outputs.get("desiredCount")));
        },
    });
    const pack = new Pack(
        { name: "p", title: "P", description: "p", rules: [rule] },
        { findExemptions: () => undefined, today: () => "2026-03-01" },
    );
    const [runner] = pack.policies() as unknown as [
        { validateResource: (...a: unknown[]) => void; validateStack: (...a: unknown[]) => void },
    ];
    const base = {
        type: TOKENS.ecsService[0],
        name: "web",
        urn: "urn:pulumi:dev::p::aws:ecs/service:Service::web",
        opts: { ignoreChanges: [] },
    };
    runner.validateResource({ ...base, props: { desiredCount: 3 } }, () => undefined);
    // A provider whose own configuration is unknown gives no outputs at all.
    runner.validateStack(
        { resources: [{ ...base, props: {}, dependencies: [], propertyDependencies: {} }] },
        () => undefined,
    );
    expect(seen).toEqual([3, undefined]);
});

test("without recorded inputs, as for a resource that is not in the program, a stack rule judges the outputs", () => {
    const found = new Pack({ name: "p", title: "P", description: "p", rules: [ecsMinTasks] }).stack({
        resources: [
            {
                type: TOKENS.ecsService[0],
                name: "web",
                urn: "urn:pulumi:dev::p::aws:ecs/service:Service::web",
                props: { desiredCount: 1 },
                dependencies: [],
                propertyDependencies: {},
            } as never,
        ],
    });
    expect(found).toMatchObject([{ rule: "ecs-min-tasks", level: "mandatory" }]);
});

test("what a run with --target leaves out, and was never made, is no part of the stack", () => {
    const service = (name: string, props: object): object => ({
        type: TOKENS.ecsService[0],
        name,
        urn: `urn:pulumi:dev::p::aws:ecs/service:Service::${name}`,
        props,
        opts: { ignoreChanges: [] },
        dependencies: [],
        propertyDependencies: {},
    });
    const seen: string[] = [];
    const rule = defineStackRule({
        ...META,
        id: "lists-services",
        tokens: TOKENS.ecsService,
        check: (graph) => {
            seen.push(...graph.all("ecsService").map(({ name }) => name));
        },
    });
    const own = defineResourceRule({
        ...META,
        id: "wants-a-count",
        tokens: TOKENS.ecsService,
        check: ({ inputs }, report) => {
            if (inputs.num("desiredCount") === undefined) {
                report.violation("desiredCount", "is not set");
            }
        },
    });
    const pack = new Pack({ name: "p", title: "P", description: "p", rules: [rule, own] });
    // The engine hands over what is left out without a property; what is made empty has outputs at least.
    expect(pack.resource(service("left-out", {}) as never)).toEqual([]);
    expect(pack.resource(service("empty", {}) as never)).toEqual([]);
    const found = pack.stack({
        resources: [
            service("made-before", { desiredCount: 1 }),
            service("left-out", {}),
            service("empty", { arn: "arn:aws:ecs:eu-central-1:123456789012:service/empty" }),
        ] as never,
    });
    expect(seen).toEqual(["empty", "made-before"]);
    expect(found.map(({ rule: id, urn }) => `${id} ${String(urn.split("::").at(-1))}`)).toEqual([
        "wants-a-count empty",
    ]);
});

test("a rule that fails is a violation of its own and hides no other rule", () => {
    const broken = defineResourceRule({
        ...META,
        id: "broken-rule",
        tokens: TOKENS.ecsService,
        check: () => {
            throw new TypeError("not a function");
        },
    });
    const found = judge([broken, ecsMinTasks], [resource("ecsService", "web", { desiredCount: 1 })]);
    expect(found).toMatchObject([
        {
            name: "broken-rule",
            enforcementLevel: "mandatory",
            message: expect.stringMatching(/the rule itself failed/) as string,
        },
        { name: "ecs-min-tasks" },
    ]);
});

test.each([encryption, noSinglePointOfFailure])(
    "$name gives the engine one policy for each rule, with all of its metadata",
    (definition) => {
        const policies = new Pack(definition).policies();
        expect(policies.map(({ name }) => name)).toEqual([
            "configuration",
            "exemptions",
            "reports",
            ...definition.rules.map(({ id }) => id),
        ]);
        for (const policy of policies.slice(3)) {
            expect(policy).toMatchObject({
                description: expect.any(String) as string,
                severity: expect.stringMatching(/low|medium|high|critical/) as string,
                enforcementLevel: expect.stringMatching(/advisory|mandatory/) as string,
                remediationSteps: expect.any(String) as string,
                url: expect.stringMatching(/^https:/) as string,
                configSchema: { properties: { undetermined: expect.anything() as object } },
            });
        }
    },
);

test("only one policy has callbacks, so that the SDK unpacks a resource once for all rules", () => {
    for (const definition of [encryption, noSinglePointOfFailure]) {
        const active = new Pack(definition)
            .policies()
            .filter((policy) => "validateResource" in policy || "validateStack" in policy);
        expect(active.map(({ name }) => name)).toEqual(["configuration"]);
    }
});

test("the signatures that the bundle puts in place of the SDK's are the SDK's", () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an internal module without declarations
    const real = require("@pulumi/pulumi/runtime/rpc") as Record<string, unknown>;
    for (const [name, value] of Object.entries(lean)) {
        expect(real[name]).toBe(value);
    }
});

describe("remediation", () => {
    const folder = mkdtempSync(join(tmpdir(), "remediation-"));
    const file = join(folder, "policy-exemptions.yaml");
    const urn = "urn:pulumi:dev::shop::aws:kms/key:Key::data";
    const exemption = { rule: "kms-deletion-window", resource: urn, reason: "r", owner: "o", ticket: "t" };
    const mend = (props: Record<string, unknown>, expires?: string): Record<string, unknown> | undefined => {
        writeFileSync(file, JSON.stringify({ exemptions: expires === undefined ? [] : [{ ...exemption, expires }] }));
        const pack = new Pack(
            { name: "p", title: "P", description: "p", rules: [kmsDeletionWindow] },
            { findExemptions: () => file, today: () => "2026-03-01" },
        );
        const { remediateResource } = pack.policies().at(-1) as unknown as {
            remediateResource: (args: object) => Record<string, unknown> | undefined;
        };
        return remediateResource({ urn, type: TOKENS.kmsKey[0], name: "data", props, opts: { ignoreChanges: [] } });
    };

    test("mends what the rule refuses", () => {
        expect(mend({ deletionWindowInDays: 7 })).toEqual({ deletionWindowInDays: 30 });
    });
    test("leaves what the rule accepts as it was written", () => {
        expect(mend({ deletionWindowInDays: 21 })).toBeUndefined();
        expect(mend({})).toBeUndefined();
    });
    test("leaves what is exempted, for as long as it is", () => {
        expect(mend({ deletionWindowInDays: 7 }, "2026-06-30")).toBeUndefined();
        expect(mend({ deletionWindowInDays: 7 }, "2026-02-01")).toEqual({ deletionWindowInDays: 30 });
    });
});

describe("the file of exemptions is found", () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "program-")));
    const [program, work, pack] = ["shop/infra", "shop/infra/.headroom/dev/work", "packs/one"].map((path) => {
        mkdirSync(join(root, path), { recursive: true });
        return join(root, path);
    }) as [string, string, string];
    mkdirSync(join(root, "shop", ".git"));
    mkdirSync(join(root, "packs", ".git"));
    const file = join(program, "policy-exemptions.yaml");
    writeFileSync(file, "exemptions: []");
    const find = (name: string, more: object = {}) =>
        findExemptionsFile(name, { env: {}, packDirectory: pack, starters: () => [], ...more });

    test("at an absolute path, whether it is there or not", () => {
        expect(find("/nowhere/x.yaml")).toBe("/nowhere/x.yaml");
    });
    test("where the configuration or the variable says that it is, so that its absence is told", () => {
        const problemsOf = (path: string | undefined): readonly string[] =>
            loadExemptions(path, new Set(), 366, "2026-03-01").problems;
        const explicit = find("exceptions.yaml", { starters: () => [work] });
        expect(explicit).toBe(join(work, "exceptions.yaml"));
        expect(problemsOf(explicit)).toEqual([expect.stringMatching(/exceptions.yaml does not exist/)]);
        const mistyped = find("policy-exemptions.yaml", { env: { HEADROOM_PROGRAM_DIR: join(program, "infar") } });
        expect(problemsOf(mistyped)).toEqual([expect.stringMatching(/infar.*does not exist.* HEADROOM_PROGRAM_DIR/)]);
    });
    test("above the folder that the variable names", () => {
        expect(find("policy-exemptions.yaml", { env: { HEADROOM_PROGRAM_DIR: work } })).toBe(file);
    });
    test("above the working directory of who started the pack", () => {
        expect(find("policy-exemptions.yaml", { starters: () => [work] })).toBe(file);
    });
    test("above the pack's folder", () => {
        expect(find("policy-exemptions.yaml", { packDirectory: work })).toBe(file);
    });
    test("nowhere beyond the root of a repository, nor in another program's folder than the one that is named", () => {
        expect(find("policy-exemptions.yaml")).toBeUndefined();
        expect(
            find("policy-exemptions.yaml", { env: { HEADROOM_PROGRAM_DIR: pack }, starters: () => [work] }),
        ).toBeUndefined();
    });
});
