import { coloured, paintFor, plain } from "../../../offline/display/colour";
import { renderHeader, renderResult } from "../../../offline/display/render";
import type { OperationResult } from "../../../offline/runner/types";
import { below, component, finding, resource, result } from "./results";

const lines = (given: OperationResult, verbose = false) => renderResult(given, { paint: plain, verbose });
const text = (given: OperationResult, verbose = false) => lines(given, verbose).join("\n");
const database = component("database", "same");

describe("the report of an operation", () => {
    it("begins with the stack, the region and that it is not AWS", () => {
        const header = renderHeader(
            { operation: "preview", project: "p", stack: "dev", region: "eu-west-1" },
            { paint: plain, verbose: false },
        );
        expect(header).toEqual([
            "p / dev  eu-west-1  preview",
            "offline: provider stand-ins, nothing here touches AWS",
            "",
        ]);
    });

    it("has one line for each tier, with counts and kinds, and the loose resources at the end", () => {
        const network = component("network");
        const inner = below(network, component("inner"));
        expect(
            lines(
                result({
                    steps: [
                        resource("create", "pulumi:providers:aws", "default"),
                        resource("create", "aws:sns/topic:Topic", "loose"),
                        network,
                        inner,
                        below(inner, resource("create", "aws:ec2/subnet:Subnet", "a")),
                        below(inner, resource("create", "aws:ec2/subnet:Subnet", "b")),
                        below(network, resource("same", "aws:ec2/vpc:Vpc", "vpc")),
                    ],
                }),
            ),
        ).toEqual([
            "Changes",
            "  network    +4 =1      2 ec2.Subnet",
            "  top level  +1         sns.Topic",
            "",
            "preview done: 5 to create, 1 unchanged  4.2 s",
        ]);
    });

    it("writes out an update with its properties, old and new", () => {
        const step = below(
            database,
            resource("update", "aws:rds/instance:Instance", "primary", {
                diffs: ["instanceClass", "tags"],
                detailedDiff: {
                    instanceClass: { kind: "update", inputDiff: true },
                    'tags["a.b"]': { kind: "delete", inputDiff: true },
                },
                oldInputs: { instanceClass: "db.small", tags: { "a.b": "x" } },
                inputs: { instanceClass: "db.large", tags: {} },
            }),
        );
        expect(text(result({ steps: [database, step] }))).toContain(
            [
                "      ~ primary  rds.Instance",
                "          instanceClass: db.small → db.large",
                '          tags["a.b"]: x → (none)',
            ].join("\n"),
        );
    });

    it("puts a replacement of a database into a box at the top, with the property that causes it", () => {
        const more = {
            keys: ["storageEncrypted"],
            diffs: ["storageEncrypted"],
            oldInputs: { storageEncrypted: false },
            inputs: { storageEncrypted: true },
        };
        const steps = ["create-replacement", "replace", "delete-replaced"].map((op) =>
            below(database, resource(op, "aws:rds/instance:Instance", "primary", more)),
        );
        const report = lines(result({ steps: [database, ...steps] }));
        expect(report[0]).toMatch(/^┌─ data at risk: these hold state and would go ─+$/);
        expect(report[1]).toBe("│ ± replace  rds.Instance  primary");
        expect(report[2]).toBe("│     because of storageEncrypted: false → true");
        expect(report.join("\n")).toContain("storageEncrypted: false → true  forces replacement");
        expect(report.at(-1)).toContain("1 to replace, 1 unchanged");
    });

    it("puts a deletion of what holds data into the box, and no other", () => {
        const steps = [
            resource("delete", "aws:s3/bucket:Bucket", "assets"),
            resource("delete", "aws:ec2/subnet:Subnet", "a"),
        ];
        const box = lines(result({ steps })).filter((line) => line.startsWith("│"));
        expect(box).toEqual(["│ - delete   s3.Bucket  assets"]);
    });

    it("does not call gone what could not be deleted, or was cut off", () => {
        const steps = [
            resource("delete", "aws:s3/bucket:Bucket", "gone"),
            resource("delete", "aws:rds/instance:Instance", "protected", { failed: true }),
            resource("delete", "aws:s3/bucket:Bucket", "late", { unfinished: true }),
        ];
        const report = lines(result({ operation: "destroy", ok: false, exitCode: 1, steps }));
        expect(report[0]).toMatch(/^┌─ data: these held state and are gone ─+$/);
        expect(report[1]).toBe("│ - delete   s3.Bucket  gone");
        expect(report[3]).toMatch(/^┌─ data: these hold state and were to go, but that did not come to its end ─+$/);
        expect(report.slice(4, 6)).toEqual([
            "│ - delete   rds.Instance  protected  failed: still there",
            "│ - delete   s3.Bucket  late  cut off: state unknown",
        ]);
    });

    it("gives an output that is a list or an object a line for each of its parts, and what names a part first", () => {
        const left = { enough: true, left: 1 };
        const outputs = {
            short: ["a", "b"],
            survival: [
                { afterUnit: left, tier: "web", units: 2, note: "x".repeat(100) },
                { tier: "database", units: 2, afterUnit: left, afterZone: { ...left, enough: false }, zones: 3 },
            ],
            url: { host: "h".repeat(90), port: 443 },
        };
        expect(lines(result({ outputs })).slice(0, 11)).toEqual([
            "Outputs",
            '  short     ["a","b"]',
            "  survival",
            "    tier web,",
            `      note ${"x".repeat(87)}…,`,
            "      units 2, afterUnit (enough, left 1)",
            "    tier database, units 2, zones 3, afterUnit (enough, left 1), afterZone (not enough, left 1)",
            "  url",
            `    host ${"h".repeat(90)}`,
            "    port 443",
            "",
        ]);
    });

    it("never shows a secret that a property changes to", () => {
        const step = resource("update", "aws:rds/instance:Instance", "primary", {
            diffs: ["password"],
            oldInputs: { password: "[secret]" },
            inputs: { password: "[secret]" },
        });
        expect(text(result({ steps: [step] }))).toContain("password: [secret] → [secret]");
    });

    it("shows every mandatory finding in full, whatever its number", () => {
        const policy = Array.from({ length: 30 }, (_, i) =>
            finding({
                urn: `urn:pulumi:dev::p::aws:rds/instance:Instance::db-${i}`,
                message: `finding ${i} ${"word ".repeat(40)}end-${i}`,
            }),
        );
        const report = text(result({ ok: false, exitCode: 1, policy, policyPacks: { ha: "v0.1.0" } }));
        for (let i = 0; i < 30; i++) {
            expect(report).toContain(`db-${i}\n`);
            expect(report).toContain(`end-${i}`);
        }
        expect(report).toContain("mandatory (30)");
        expect(report).toContain("preview failed: 30 mandatory findings");
    });

    it("groups findings by pack and kind, an exemption apart from what is advisory", () => {
        const policy = [
            finding({ level: "advisory", policy: "sqs-dlq", severity: "high", message: "no dead-letter queue" }),
            finding({
                level: "advisory",
                policy: "nat-per-az",
                message: "A NAT gateway in each zone.\nexempted until 2027-01-01 (dev saves)",
            }),
        ];
        expect(lines(result({ policy, policyPacks: { ha: "v0.1.0", encryption: "0.2.0" } }))).toEqual([
            "Policies",
            "  ha v0.1.0",
            "    advisory (1)",
            "      sqs-dlq  high",
            "        db",
            "          no dead-letter queue",
            "    exempted (1)",
            "      nat-per-az  A NAT gateway in each zone.",
            "        db",
            "          exempted until 2027-01-01 (dev saves)",
            "  encryption v0.2.0  passed",
            "",
            "preview done: 1 exemption  4.2 s",
        ]);
    });

    it("clips a long list of advisory findings and says how many there are", () => {
        const policy = Array.from({ length: 9 }, (_, i) => finding({ level: "advisory", message: `different ${i}` }));
        expect(text(result({ policy }))).toContain("and 5 more findings; --verbose shows all");
        expect(text(result({ policy }), true)).toContain("different 8");
    });

    it("gives each message once, errors first, with the resource's name", () => {
        const diagnostics = [
            { severity: "info" as const, message: "hello" },
            {
                severity: "error" as const,
                message: "bad\n    at index.ts:3:1",
                urn: "urn:pulumi:dev::p::aws:sqs/queue:Queue::jobs",
            },
            {
                severity: "error" as const,
                message: "bad\n    at index.ts:3:1",
                urn: "urn:pulumi:dev::p::aws:sqs/queue:Queue::jobs",
            },
        ];
        expect(lines(result({ diagnostics })).slice(0, 4)).toEqual([
            "Messages",
            "  error  jobs: bad",
            "             at index.ts:3:1",
            "  info  hello",
        ]);
    });

    it("says what was done after an update, what failed, and that it was cancelled", () => {
        const steps = [
            resource("create", "aws:sqs/queue:Queue", "a"),
            resource("create", "aws:sqs/queue:Queue", "b", { failed: true }),
        ];
        const report = text(result({ operation: "up", ok: false, exitCode: 1, steps }));
        expect(report).toContain("+ b  sqs.Queue  failed");
        expect(report).toContain("up failed: 1 created, 1 failed");
        expect(text(result({ operation: "up", ok: false, cancelled: true, steps }))).toContain("up cancelled");
    });

    it("does not count as done what was cut off", () => {
        const steps = [
            resource("create", "aws:sqs/queue:Queue", "a"),
            resource("create", "aws:sqs/queue:Queue", "b", { unfinished: true }),
        ];
        const report = text(result({ operation: "up", ok: false, cancelled: true, steps }));
        expect(report).toContain("+ b  sqs.Queue  cut off");
        expect(report).toContain("up cancelled: 1 created, 1 cut off");
    });

    it("counts what did not change, and writes it out only when asked to", () => {
        const steps = [resource("same", "aws:sqs/queue:Queue", "jobs")];
        expect(lines(result({ steps }))).toEqual(["preview done: 1 unchanged  4.2 s"]);
        expect(text(result({ steps }), true)).toContain("jobs  sqs.Queue");
    });

    it("keeps to 100 columns", () => {
        const long = "x".repeat(300);
        const steps = [
            database,
            ...Array.from({ length: 30 }, (_, i) =>
                below(database, resource("create", `aws:module${i}/thing:Thing${i}`, `thing-${i}`)),
            ),
            below(
                database,
                resource("update", "aws:ssm/document:Document", "doc", {
                    diffs: ["content"],
                    oldInputs: { content: long },
                    inputs: { content: `${long}y` },
                }),
            ),
        ];
        const policy = [
            finding({ message: "word ".repeat(60) }),
            finding({ level: "advisory", message: "word ".repeat(60) }),
        ];
        const report = lines(
            result({
                steps,
                policy,
                outputs: { a: long },
                diagnostics: [{ severity: "warning", message: "word ".repeat(60) }],
            }),
        );
        expect(report.filter((line) => line.length > 100)).toEqual([]);
    });
});

describe("colour", () => {
    it("is for terminals; NO_COLOR forbids it and FORCE_COLOR asks for it", () => {
        expect(paintFor({ isTTY: true }, {})).toBe(coloured);
        expect(paintFor({ isTTY: false }, {})).toBe(plain);
        expect(paintFor({ isTTY: true }, { TERM: "dumb" })).toBe(plain);
        expect(paintFor({ isTTY: true }, { NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(plain);
        expect(paintFor({}, { FORCE_COLOR: "1" })).toBe(coloured);
        expect(paintFor({ isTTY: true }, { FORCE_COLOR: "0" })).toBe(plain);
    });
});
