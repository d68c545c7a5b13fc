import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { Cloud } from "../../../offline/providers/cloud";
import { Secret } from "../../../offline/providers/values";
import { ensurePassphrase } from "../../../offline/runner/engine";
import { EventLog } from "../../../offline/runner/event-log";
import { isFull } from "../../../offline/runner/operation";
import { accountedFor, orphansOf, removeLeftFiles, settled } from "../../../offline/runner/recovery";
import { shortenHistory } from "../../../offline/runner/state-file";
import { UserError } from "../../../offline/runner/types";
import type { Deployment, StateResource } from "../../../offline/runner/types";

const provider = {
    urn: "urn:pulumi:dev::p::pulumi:providers:aws::default",
    id: "provider-id",
    type: "pulumi:providers:aws",
    custom: true,
};
const providerRef = `${provider.urn}::${provider.id}`;
const bucket: StateResource = {
    urn: "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b",
    id: "b-1",
    type: "aws:s3/bucket:Bucket",
    custom: true,
    provider: providerRef,
};
const queue: StateResource = {
    urn: "urn:pulumi:dev::p::aws:sqs/queue:Queue::q",
    type: "aws:sqs/queue:Queue",
    custom: true,
    provider: providerRef,
    parent: "urn:parent",
    inputs: { name: "q-1" },
};
const queueInCloud = { urn: queue.urn, id: "q-1", type: queue.type };
const key = ({ urn, id }: { urn: string; id?: string }) => `${urn}\u0000${id}`;

describe("an orphan", () => {
    const state: Deployment = { resources: [provider, bucket] };

    it("is what exists, but is neither in the state nor in the ledger", () => {
        const cloud = [{ urn: bucket.urn, id: "b-1", type: bucket.type }, queueInCloud];
        expect(orphansOf(state, cloud, new Set())).toEqual([queueInCloud]);
    });

    it("is not what the engine once knew and left on purpose", () => {
        expect(orphansOf(state, [queueInCloud], new Set([key(queueInCloud)]))).toEqual([]);
    });

    it("is a second resource of a URN that the state knows by another id", () => {
        const second = { ...bucket, id: "b-2" } as { urn: string; id: string; type: string };
        expect(orphansOf(state, [second], new Set())).toEqual([second]);
    });

    it("can't be without an operation that was cut off", () => {
        expect(orphansOf(undefined, [queueInCloud], undefined)).toEqual([]);
    });
});

describe("the folder of a stack", () => {
    let folder: string;
    const put = (name: string, text = "") => {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), text);
    };
    beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-stack-"))));
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("loses what processes that are gone left there, and keeps what belongs to others", () => {
        const gone = 999_999_999;
        const left = [`events-${gone}-1.tmp`, `work-${gone}-2/Pulumi.yaml`, `ledger.json.${gone}.tmp`];
        for (const name of [...left, `events-${process.ppid}-1.tmp`, `work-${process.ppid}-1/Pulumi.yaml`]) put(name);
        for (const name of ["cloud.jsonl", "ledger.json"]) put(name);
        const locks = path.join(folder, "locks");
        put("locks/a.json");
        removeLeftFiles({ stackDir: folder, locks });
        expect(fs.readdirSync(folder)).toHaveLength(8);
        fs.rmSync(locks, { recursive: true });
        removeLeftFiles({ stackDir: folder, locks });
        expect(fs.readdirSync(folder).sort()).toEqual([
            "cloud.jsonl",
            `events-${process.ppid}-1.tmp`,
            "ledger.json",
            `work-${process.ppid}-1`,
        ]);
    });

    it.each(["", '["a"', "{}"])("with the ledger %j is told what to do about it", (text) => {
        const file = path.join(folder, "ledger.json");
        put("ledger.json", text);
        expect(() => accountedFor(undefined, file)).toThrow(UserError);
        expect(() => accountedFor(undefined, file)).toThrow(`${file} can't be read`);
    });

    it("keeps the history of the last ten operations", () => {
        const times = Array.from({ length: 12 }, (_, i) => `17953579839${10 + i}582637`);
        for (const time of times) for (const kind of ["history", "checkpoint"]) put(`dev-${time}.${kind}.json`);
        put("other");
        shortenHistory(folder);
        const kept = fs.readdirSync(folder);
        expect(kept).toHaveLength(21);
        expect(kept.filter((name) => times.slice(0, 2).some((time) => name.includes(time)))).toEqual([]);
        expect(() => {
            shortenHistory(path.join(folder, "none"));
        }).not.toThrow();
    });

    it("has a passphrase that is never empty", () => {
        const file = path.join(folder, "passphrase");
        const make = (hasState: boolean, text: string) => {
            ensurePassphrase(
                file,
                () => text,
                () => hasState,
            );
            return fs.readFileSync(file, "utf8");
        };
        put("passphrase");
        expect(() => make(true, "new")).toThrow(`${file} is empty`);
        expect(make(false, "first")).toBe("first");
        expect(make(false, "second")).toBe("first");
        expect(fs.statSync(file).mode & 0o077).toBe(0);
        expect(fs.readdirSync(folder)).toEqual(["passphrase"]);
    });

    it("is told from a full disk", () => {
        expect(isFull(folder)).toBe(false);
        expect(isFull(path.join(folder, "none"))).toBe(false);
        expect(isFull(folder, () => ({ bavail: 0 }))).toBe(true);
    });

    it("gives the events that can be read of a log that was cut off in between", () => {
        const file = path.join(folder, "events");
        const seen: number[] = [];
        const log = new EventLog(
            file,
            (event) => seen.push(event.sequence),
            () => undefined,
        );
        put("events", '{"sequence":1}\n{"seq{"sequence":2}\n{"sequence":3}\n');
        log.close();
        expect(seen).toEqual([1, 3]);
    });
});

describe("the journal", () => {
    it("has digests of secrets that only the key's holder can compare", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-journal-"));
        try {
            const file = path.join(folder, "cloud.jsonl");
            const inputs = { password: new Secret("1234") };
            const first = new Cloud(file, undefined, "key");
            first.put({ urn: "u", id: "i", type: "t", seed: "u#1" }, inputs, {}, new Set());
            const [header = "", line = ""] = fs.readFileSync(file, "utf8").split("\n");
            const { salt } = JSON.parse(header) as { salt: string };
            const guess = createHash("sha256").update(`${salt}\0"1234"`).digest("hex");
            expect(line).toMatch(/[0-9a-f]{64}/);
            expect(line).not.toContain(guess);
            const restored = (key: string) => {
                const cloud = new Cloud(file, undefined, key);
                return cloud.restore(cloud.get("u", "i")?.inputs ?? {}, inputs);
            };
            expect(restored("key")).toEqual(inputs);
            expect(restored("other")).not.toEqual(inputs);
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });
});

describe("the state after a killed operation was settled", () => {
    it("has the orphan as condemned, with what the pending creation knew, and no creation pending", () => {
        const state: Deployment = {
            resources: [provider, bucket],
            pending_operations: [
                { type: "creating", resource: queue },
                { type: "deleting", resource: bucket },
            ],
        };
        const { deployment, lost } = settled(state, [queueInCloud]);
        expect(lost).toEqual([]);
        expect(deployment.pending_operations).toEqual([{ type: "deleting", resource: bucket }]);
        expect(deployment.resources?.at(-1)).toEqual({
            urn: queue.urn,
            id: "q-1",
            type: queue.type,
            custom: true,
            delete: true,
            inputs: { name: "q-1" },
            outputs: {},
            provider: providerRef,
        });
    });

    it("names the parent of a condemned resource where the state has it", () => {
        const parent: StateResource = { urn: "urn:parent", type: "x:y:Z", custom: false };
        const state: Deployment = {
            resources: [parent, provider],
            pending_operations: [{ type: "creating", resource: queue }],
        };
        expect(settled(state, [queueInCloud]).deployment.resources?.at(-1)).toMatchObject({ parent: "urn:parent" });
    });

    it("finds the provider of an orphan without a pending creation by its package", () => {
        const { deployment } = settled({ resources: [provider, bucket] }, [queueInCloud]);
        expect(deployment.resources?.at(-1)).toMatchObject({ urn: queue.urn, delete: true, provider: providerRef });
        expect(settled({ resources: [provider] }, [queueInCloud]).deployment.resources?.at(-1)).toMatchObject({
            provider: providerRef,
        });
    });

    it("gives up an orphan that no provider in the state could delete, and says so", () => {
        const { deployment, lost } = settled({ resources: [] }, [queueInCloud]);
        expect(lost).toEqual([queueInCloud]);
        expect(deployment.resources).toEqual([]);
    });
});
