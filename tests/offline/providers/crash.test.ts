import { appendFileSync } from "node:fs";
import { Secret } from "../../../offline/providers/values";
import { StandIns } from "./harness";

const queue = "aws:sqs/queue:Queue";
const vpc = "aws:ec2/vpc:Vpc";
let standIns: StandIns;

beforeEach(() => {
    standIns = new StandIns();
});
afterEach(async () => {
    await standIns.dispose();
});

test("What a killed run created and the engine never heard of is taken over, with the inputs of now", async () => {
    await standIns.start({ known: [], faults: [{ resource: "net", operation: "create", kill: true, when: "after" }] });
    const first = await standIns.provider("aws");
    await expect(first.create(vpc, "net", { cidrBlock: "10.0.0.0/16" })).rejects.toThrow();
    expect(await standIns.ended()).toBe("SIGKILL");

    await standIns.restart({ known: [] });
    const second = await standIns.provider("aws");
    const adopted = await second.create(vpc, "net", { cidrBlock: "10.0.0.0/16", tags: { now: "yes" } });
    const lines = standIns
        .journal()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { op: string; id: string });
    expect(lines.filter((line) => line.op === "put").map((line) => line.id)).toEqual([adopted.id, adopted.id]);
    expect(adopted.outputs["tags"]).toEqual({ now: "yes" });
});

test("An orphan that the new inputs would replace is deleted and made anew", async () => {
    await standIns.start({ known: [] });
    const first = await standIns.provider("aws");
    const orphan = await first.create(vpc, "net", { cidrBlock: "10.0.0.0/16" });
    await standIns.restart({ known: [] });
    const second = await standIns.provider("aws");
    const created = await second.create(vpc, "net", { cidrBlock: "10.1.0.0/16" });
    expect(created.id).not.toBe(orphan.id);
    expect(standIns.journal()).toContain(`{"op":"delete","urn":"${second.urn(vpc, "net")}","id":"${orphan.id}"}`);
});

test("A replacement of a resource that the engine knows is a second resource, in the same and in the next run", async () => {
    await standIns.start({ known: [] });
    const first = await standIns.provider("aws");
    const old = await first.create(vpc, "net", { cidrBlock: "10.0.0.0/16" });
    const beside = await first.create(vpc, "net", { cidrBlock: "10.0.0.0/16" });
    expect(beside.id).not.toBe(old.id);
    await standIns.restart({ known: [old, beside].map((one) => `${first.urn(vpc, "net")}\0${one.id}`) });
    const second = await standIns.provider("aws");
    const third = await second.create(vpc, "net", { cidrBlock: "10.0.0.0/16" });
    expect([old.id, beside.id]).not.toContain(third.id);
});

test("A password of a killed run is drawn anew, since nobody has the old one", async () => {
    const password = "random:index/randomPassword:RandomPassword";
    await standIns.start({ known: [] });
    const first = await (await standIns.provider("random")).create(password, "pw", { length: 20 });
    await standIns.restart({ known: [] });
    const second = await (await standIns.provider("random")).create(password, "pw", { length: 20 });
    expect((second.outputs["result"] as Secret).value).toHaveLength(20);
    expect(second.outputs["result"]).not.toEqual(first.outputs["result"]);
});

test("A line that was cut short by a kill is ignored, and the next one stands on its own", async () => {
    await standIns.start({ known: [] });
    const first = await standIns.provider("aws");
    const { id, outputs } = await first.create(queue, "jobs", { name: "jobs" });
    await standIns.stop("SIGKILL");
    appendFileSync(standIns.cloudFile, '{"op":"put","urn":"urn:pulumi:te');
    await standIns.start({ known: [] });
    const second = await standIns.provider("aws");
    const state = { inputs: { name: "jobs" }, outputs };
    expect((await second.read(queue, "jobs", id, state)).id).toBe(id);
    const other = await second.create(queue, "other", { name: "other" });
    await standIns.restart({ known: [] });
    const third = await standIns.provider("aws");
    expect((await third.read(queue, "other", other.id, { inputs: { name: "other" }, outputs: other.outputs })).id).toBe(
        other.id,
    );
});

test("The process ends when its standard input closes, as it does when its parent dies", async () => {
    await standIns.start();
    standIns.closeStandardInput();
    expect(await standIns.ended()).toBe(0);
});

describe("A fault", () => {
    test("fails the n-th matching call with its text, and leaves nothing behind when it acts before", async () => {
        await standIns.start({
            faults: [{ resource: "aws:sqs/*", operation: "create", nth: 2, error: "LimitExceeded" }],
        });
        const aws = await standIns.provider("aws");
        await aws.create(queue, "one", { name: "one" });
        await expect(aws.create(queue, "two", { name: "two" })).rejects.toThrow("LimitExceeded");
        await aws.create(queue, "three", { name: "three" });
        expect(standIns.journal()).not.toContain('"name":"two"');
    });

    test("that acts after leaves the resource behind, as a time-out does", async () => {
        await standIns.start({
            faults: [{ resource: "jobs", operation: "create", delaySeconds: 0.05, error: "timeout", when: "after" }],
        });
        const aws = await standIns.provider("aws");
        await expect(aws.create(queue, "jobs", { name: "jobs" })).rejects.toThrow("timeout");
        expect(standIns.journal()).toContain('"name":"jobs"');
    });

    test.each(["check", "diff", "read", "delete", "invoke"] as const)("can hit a %s", async (operation) => {
        await standIns.start({
            faults: [{ resource: operation === "invoke" ? "*getRegion*" : "jobs", operation, error: "no luck" }],
        });
        const aws = await standIns.provider("aws");
        const calls = {
            check: () => aws.check(queue, "jobs", {}),
            diff: () => aws.diff(queue, "jobs", {}, {}),
            read: () => aws.read(queue, "jobs", "id"),
            delete: () => aws.delete(queue, "jobs", "id"),
            invoke: () => aws.invoke("aws:index/getRegion:getRegion"),
        };
        await expect(calls[operation]()).rejects.toThrow("no luck");
    });
});
