import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import "@microsoft/jest-sarif";
import type { FindingsDocument } from "../../../policies/shared/reports/findings-json";
import { bundlePacks, cleanUp, findings, open, packs, preview, root } from "./judged";

jest.setTimeout(180_000);
beforeAll(bundlePacks);
afterAll(cleanUp);

const only = (...rules: string[]): object => ({
    all: "disabled",
    ...Object.fromEntries(rules.map((rule) => [rule, "mandatory"])),
});
const CONFIG = [only("rds-multi-az", "nat-per-az", "exemptions"), only("rds-encrypted", "exemptions")];
const NAMES = ["no-single-point-of-failure", "encryption"];
const newFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), "reports-")));
const read = (folder: string, pack: string): FindingsDocument =>
    JSON.parse(readFileSync(join(folder, `${pack}.findings.json`), "utf8")) as FindingsDocument;

function database(more: object = {}): aws.rds.Instance {
    return new aws.rds.Instance("db", {
        engine: "postgres",
        instanceClass: "db.t4g.micro",
        allocatedStorage: 20,
        storageEncrypted: true,
        ...more,
    });
}

/** What the plain CLI is started with, apart from a program. */
function analyze(cwd: string, state: string, env: Record<string, string>): { said: string; status: number | null } {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- found at run time, as the offline engine finds it
    const { findCli } = require("../../../offline/runner/engine") as { findCli: () => string };
    const config = join(cwd, "pack.json");
    writeFileSync(config, JSON.stringify(CONFIG[0]));
    const { stdout, stderr, status } = spawnSync(
        findCli(),
        ["policy", "analyze", "--file", state, "--policy-pack", packs[0] as string]
            .concat("--policy-pack-config", config)
            .concat("--non-interactive"),
        {
            cwd,
            encoding: "utf8",
            env: {
                PATH: [join(root, "offline", "bin"), process.env["PATH"]].join(":"),
                HOME: cwd,
                PULUMI_HOME: join(cwd, "home"),
                PULUMI_SKIP_UPDATE_CHECK: "true",
                PULUMI_CONFIG_PASSPHRASE: "unused",
                HEADROOM_NODE: process.execPath,
                ...env,
            },
        },
    );
    return { said: `${stdout}${stderr}`, status };
}

describe("the reports of a preview", () => {
    test("are in the folder that the configuration names, one set for each pack, complete, as the CLI showed it", async () => {
        const folder = newFolder();
        const config = CONFIG.map((each) => ({ ...each, reports: { directory: folder } }));
        const result = await preview(() => database({ storageEncrypted: false }), { config });
        expect(findings(result)).toEqual(["mandatory rds-encrypted db", "mandatory rds-multi-az db"]);
        const documents = NAMES.map((pack) => read(folder, pack));
        expect(documents).toMatchObject([
            { complete: true, project: "shop", stack: "dev", findings: [{ rule: "rds-multi-az", level: "mandatory" }] },
            { complete: true, findings: [{ rule: "rds-encrypted", level: "mandatory" }] },
        ]);
        for (const pack of NAMES) {
            const sarif = JSON.parse(readFileSync(join(folder, `${pack}.sarif`), "utf8")) as object;
            expect(sarif).toBeValidSarifLog();
            expect(sarif).toMatchObject({
                runs: [
                    {
                        results: [{ locations: [{ physicalLocation: { artifactLocation: { uri: "Pulumi.yaml" } } }] }],
                    },
                ],
            });
            expect(readFileSync(join(folder, `${pack}.junit.xml`), "utf8")).toMatch(/<failure /);
        }
    });

    test("are in the folder that the caller's variable names, and nowhere where none is named", async () => {
        const folder = newFolder();
        process.env["HEADROOM_POLICY_REPORTS"] = folder;
        try {
            await preview(() => database({ multiAz: true }), { config: CONFIG });
        } finally {
            delete process.env["HEADROOM_POLICY_REPORTS"];
        }
        expect(NAMES.map((pack) => read(folder, pack))).toMatchObject([
            { complete: true, findings: [] },
            { complete: true, findings: [] },
        ]);
    });

    test("hold no secret, and no finding's message does, whatever the program keeps secret", async () => {
        const folder = newFolder();
        const secret = "hunter2-correct-horse";
        const config = [0, 1].map(() => ({ all: "mandatory", reports: { directory: folder } }));
        const result = await preview(
            () => {
                database({
                    password: pulumi.secret(secret),
                    username: pulumi.secret(secret),
                    tags: { note: pulumi.secret(secret) },
                    multiAz: pulumi.secret(false),
                });
                new aws.ecs.TaskDefinition("task", {
                    family: "task",
                    containerDefinitions: pulumi.secret(
                        JSON.stringify([
                            {
                                name: "web",
                                image: "web",
                                environment: [{ name: "DATABASE_PASSWORD", value: secret }],
                            },
                        ]),
                    ),
                });
                new aws.kms.Key("key", {
                    policy: pulumi.secret(
                        JSON.stringify({
                            Statement: [
                                { Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*", Sid: secret },
                            ],
                        }),
                    ),
                });
            },
            { config },
        );
        expect(result.policy.length).toBeGreaterThan(3);
        expect(JSON.stringify(result.policy)).not.toContain(secret);
        for (const pack of NAMES) {
            expect(read(folder, pack).findings.length).toBeGreaterThan(0);
            for (const extension of ["findings.json", "sarif", "junit.xml"]) {
                expect(readFileSync(join(folder, `${pack}.${extension}`), "utf8")).not.toContain(secret);
            }
        }
    });
});

test("two runs at a time into one folder, each with many resources at a time, leave whole files with every finding of one of them", async () => {
    const folder = newFolder();
    const config = CONFIG.map((each) => ({ ...each, reports: { directory: folder } }));
    const program = (): void => {
        for (let index = 0; index < 50; index++) {
            new aws.rds.Instance(`db-${index}`, {
                engine: "postgres",
                instanceClass: "db.t4g.micro",
                allocatedStorage: 20,
                storageEncrypted: false,
            });
        }
    };
    const results = await Promise.all([preview(program, { config }), preview(program, { config })]);
    for (const result of results) {
        expect(result.policy).toHaveLength(100);
    }
    for (const pack of NAMES) {
        const { complete, findings: found } = read(folder, pack);
        expect(complete).toBe(true);
        expect(new Set(found.map(({ name }) => name)).size).toBe(50);
        expect(JSON.parse(readFileSync(join(folder, `${pack}.sarif`), "utf8"))).toBeValidSarifLog();
        expect(readFileSync(join(folder, `${pack}.junit.xml`), "utf8")).toMatch(/failures="50"[^]*<\/testsuites>\n$/);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("an update that a violation stops leaves its finding, marked as incomplete", async () => {
    const folder = newFolder();
    const config = CONFIG.map((each) => ({ ...each, reports: { directory: folder } }));
    const stack = await open(() => database({ storageEncrypted: false }), { config });
    const result = await stack.up();
    expect(result.ok).toBe(false);
    const document = read(folder, "encryption");
    expect(document).toMatchObject({ complete: false, findings: [{ rule: "rds-encrypted", name: "db" }] });
});

test("a state file that is judged without a program leaves the same reports, below the folder it was judged in", async () => {
    const stack = await open(() => database(), { packs: [] });
    expect((await stack.up()).ok).toBe(true);
    const folder = newFolder();
    const state = join(folder, "state.json");
    writeFileSync(state, JSON.stringify(await stack.exportState()));
    const elsewhere = newFolder();
    const absolute = analyze(folder, state, { HEADROOM_POLICY_REPORTS: elsewhere });
    expect(absolute.said).toMatch(/rds-multi-az/);
    expect(absolute.status).not.toBe(0);
    const expected = {
        complete: true,
        project: "shop",
        stack: "dev",
        findings: [{ rule: "rds-multi-az", name: "db" }],
    };
    expect(read(elsewhere, "no-single-point-of-failure")).toMatchObject(expected);
    if (existsSync("/proc/self/cwd")) {
        analyze(folder, state, { HEADROOM_POLICY_REPORTS: "out" });
        expect(read(join(folder, "out"), "no-single-point-of-failure")).toMatchObject(expected);
    }
});

test("what each tier survives is beside the reports, and says when the run that should have worked it out was stopped", async () => {
    const folder = newFolder();
    const config = CONFIG.map((each) => ({ ...each, reports: { directory: folder } }));
    const survival = (): object => JSON.parse(readFileSync(join(folder, "survival.json"), "utf8")) as object;
    const program = (): void => {
        new aws.ecs.Service("web", { desiredCount: 3, cluster: "main", taskDefinition: "web:1" });
        database({ multiAz: true });
    };
    expect((await preview(program, { config })).ok).toBe(true);
    expect(survival()).toMatchObject({
        version: 1,
        project: "shop",
        stack: "dev",
        complete: true,
        tiers: expect.arrayContaining([
            expect.objectContaining({
                name: "web",
                floor: 3,
                losses: expect.objectContaining({ unit: { lost: 1, left: 2 } }) as object,
            }),
        ]) as object[],
    });
    const stack = await open(() => database(), { config });
    expect((await stack.up()).ok).toBe(false);
    expect(survival()).toEqual({ version: 1, project: "shop", stack: "dev", complete: false });
});

describe("an exemption that the resource carries", () => {
    const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const terms = `expires=${inDays(30)} owner=platform@example.com ticket=OPS-1 reason=a development database`;
    const tags = { "headroom:exempt:rds-multi-az": terms };

    test("lets the program through and shows; without the channel the tag itself stops it", async () => {
        const result = await preview(() => database({ tags }), { config: CONFIG });
        expect(result.ok).toBe(true);
        expect(findings(result)).toEqual(["advisory rds-multi-az db"]);
        expect(result.policy[0]?.message).toMatch(/^exempted until .* by the tag `headroom:exempt:rds-multi-az`/);

        const fileOnly = CONFIG.map((each) => ({
            ...each,
            exemptions: { enforcementLevel: "mandatory", onResources: false },
        }));
        const stopped = await preview(() => database({ tags }), { config: fileOnly });
        expect(findings(stopped)).toEqual(["mandatory exemptions db", "mandatory rds-multi-az db"]);
    });

    test("does not count among the provider's default tags", async () => {
        const result = await preview(
            () => {
                const provider = new aws.Provider("tagging", { region: "eu-central-1", defaultTags: { tags } });
                new aws.rds.Instance(
                    "db",
                    {
                        engine: "postgres",
                        instanceClass: "db.t4g.micro",
                        allocatedStorage: 20,
                        storageEncrypted: true,
                        // As the provider's own check hands it to the packs.
                        tags,
                    },
                    { provider },
                );
            },
            { config: CONFIG },
        );
        expect(findings(result)).toEqual(["mandatory exemptions db", "mandatory rds-multi-az db"]);
        expect(result.policy.find(({ policy }) => policy === "exemptions")?.message).toMatch(
            /is one of the provider's default tags/,
        );
    });
});

test("a stack with known findings passes once the command has written them down, and the next finding stops it", async () => {
    const folder = newFolder();
    const config = CONFIG.map((each) => ({
        ...each,
        reports: { directory: folder },
        exemptions: { enforcementLevel: "mandatory", file: join(folder, "policy-exemptions.yaml") },
    }));
    const judge = (more: object): Promise<readonly string[]> =>
        preview(() => database(more), { config }).then(findings);
    writeFileSync(join(folder, "policy-exemptions.yaml"), "# Ours.\nexemptions: []\n");
    expect(await judge({})).toEqual(["mandatory rds-multi-az db"]);

    const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const write = (): { said: string; status: number | null } => {
        const { stdout, stderr, status } = spawnSync(
            process.execPath,
            [join(packs[1] as string, "dist", "baseline.js"), "--reports", folder, "--owner", "team"].concat(
                "--ticket",
                "OPS-1",
                "--reason",
                "it was there before",
                "--expires",
                expires,
            ),
            { cwd: folder, encoding: "utf8" },
        );
        return { said: stdout + stderr, status };
    };
    expect(write()).toMatchObject({ status: 0, said: expect.stringMatching(/Added 1 exemption/) as string });
    expect(readFileSync(join(folder, "policy-exemptions.yaml"), "utf8")).toMatch(/^# Ours\./);

    expect(await judge({})).toEqual(["advisory rds-multi-az db"]);
    expect(write()).toMatchObject({ status: 0, said: expect.stringMatching(/^Nothing to add/) as string });
    expect(await judge({ storageEncrypted: false })).toEqual([
        "advisory rds-multi-az db",
        "mandatory rds-encrypted db",
    ]);
    // Once it is mended, the entry is in the way.
    expect(await judge({ multiAz: true })).toEqual(["mandatory exemptions shop-dev"]);
});
