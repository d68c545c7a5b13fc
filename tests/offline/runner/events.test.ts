import { EventCollector } from "../../../offline/runner/events";
import type { EngineEvent } from "../../../offline/runner/events";
import type { Operation } from "../../../offline/runner/types";

const stackUrn = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev";
const queueUrn = "urn:pulumi:dev::p::aws:sqs/queue:Queue::jobs";
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "clear" };

function collect(events: Partial<EngineEvent>[], operation: Operation = "preview") {
    const collector = new EventCollector(operation);
    events.forEach((event, sequence) => {
        collector.add({ sequence, ...event });
    });
    return collector.into({ project: "p", stack: "dev", exitCode: 0, durationMs: 1 });
}

function metadata(op: string, more: object = {}) {
    const state = {
        urn: queueUrn,
        type: "aws:sqs/queue:Queue",
        custom: true,
        parent: stackUrn,
        inputs: { name: "jobs" },
        outputs: {},
    };
    return { op, urn: queueUrn, type: state.type, old: null, new: state, ...more };
}

describe("the engine's events", () => {
    it("make one step of an announcement and its result", () => {
        const { steps } = collect([
            { resourcePreEvent: { metadata: metadata("create") } },
            {
                resOutputsEvent: {
                    metadata: metadata("create", { new: { ...metadata("create").new, outputs: { url: "u" } } }),
                },
            },
        ]);
        expect(steps).toEqual([
            {
                op: "create",
                urn: queueUrn,
                type: "aws:sqs/queue:Queue",
                name: "jobs",
                parent: stackUrn,
                inputs: { name: "jobs" },
                outputs: { url: "u" },
            },
        ]);
    });

    it("mask the secrets of properties and of the stack's outputs", () => {
        const stack = { urn: stackUrn, type: "pulumi:pulumi:Stack", outputs: { password: secret, list: [secret, 1] } };
        const result = collect([
            {
                resourcePreEvent: {
                    metadata: metadata("create", { new: { ...metadata("create").new, inputs: { password: secret } } }),
                },
            },
            { resOutputsEvent: { metadata: { op: "create", urn: stackUrn, type: stack.type, old: null, new: stack } } },
        ]);
        expect(result.outputs).toEqual({ password: "[secret]", list: ["[secret]", 1] });
        expect(JSON.stringify(result)).not.toContain("clear");
    });

    it("carry which properties differ and which of them replace", () => {
        const { steps } = collect([
            {
                resourcePreEvent: {
                    metadata: metadata("replace", {
                        keys: ["fifo"],
                        diffs: ["fifo"],
                        detailedDiff: { fifo: { diffKind: "update-replace", inputDiff: true } },
                    }),
                },
            },
        ]);
        expect(steps[0]).toMatchObject({
            keys: ["fifo"],
            diffs: ["fifo"],
            detailedDiff: { fifo: { kind: "update-replace", inputDiff: true } },
        });
    });

    it("say of a refresh what was found, not that it was looked at", () => {
        const { steps } = collect(
            [
                { resourcePreEvent: { metadata: metadata("refresh") } },
                { resOutputsEvent: { metadata: metadata("update") } },
            ],
            "refresh",
        );
        expect(steps.map((s) => s.op)).toEqual(["update"]);
    });

    it("mark a step that failed", () => {
        expect(
            collect([
                { resourcePreEvent: { metadata: metadata("create") } },
                { resOpFailedEvent: { metadata: metadata("create") } },
            ]).steps[0]?.failed,
        ).toBe(true);
    });

    it("give messages without colours, debug messages and what is no news", () => {
        const message = (text: string, severity: string, more = {}) => ({
            diagnosticEvent: { message: text, severity, ...more },
        });
        const { diagnostics } = collect([
            message("<{%fg 1%}>bad<{%reset%}>\n", "error", { urn: queueUrn }),
            message("noise", "debug"),
            message("passing", "info", { ephemeral: true }),
            message("BAIL: run bailed", "error"),
            message("Attempting to deploy or update resources with 1 pending operations", "warning"),
            message("told", "info#err"),
        ]);
        expect(diagnostics).toEqual([
            { severity: "error", urn: queueUrn, message: "bad" },
            { severity: "info", message: "told" },
        ]);
    });

    it("give findings, counts and the names of the packs", () => {
        const result = collect([
            {
                policyEvent: {
                    resourceUrn: queueUrn,
                    message: "<{%bold%}>no\nwhy<{%reset%}>\n",
                    policyName: "sqs-dlq",
                    policyPackName: "ha",
                    enforcementLevel: "mandatory",
                    severity: "high",
                },
            },
            { summaryEvent: { resourceChanges: { create: 2 }, PolicyPacks: { "ha|local|/x/y": "v0.1.0" } } },
        ]);
        expect(result.policy).toEqual([
            { pack: "ha", policy: "sqs-dlq", level: "mandatory", severity: "high", urn: queueUrn, message: "no\nwhy" },
        ]);
        expect(result.summary).toEqual({ create: 2 });
        expect(result.policyPacks).toEqual({ ha: "v0.1.0" });
    });
});
