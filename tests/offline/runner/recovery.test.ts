import { orphansOf, settled } from "../../../offline/runner/recovery";
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
