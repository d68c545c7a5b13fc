import { Network, NetworkArgs } from "../../components/network";
import { changes, InlineStack } from "./inline-program";

const flowLogs = { retentionDays: 30, keyArn: "arn:aws:kms:eu-central-1:123456789012:key/logs" };
const required: NetworkArgs = {
    region: "eu-central-1",
    cidrBlock: "10.0.0.0/16",
    zoneIds: ["euc1-az1", "euc1-az3"],
    natGateways: "single",
    interfaceEndpoints: ["logs"],
    flowLogs,
};
const network =
    (more: Partial<NetworkArgs> = {}) =>
    () =>
        new Network("network", { ...required, ...more });

const subnet = "aws:ec2/subnet:Subnet";
const gateway = "aws:ec2/natGateway:NatGateway";
const vpc = "aws:ec2/vpc:Vpc";

jest.setTimeout(180_000);

describe("a network on the real engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        const made = await stack.up(network());
        expect(made.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(made.ok).toBe(true);
    });

    afterAll(() => {
        stack.remove();
    });

    it("does not change when nothing does", async () => {
        const again = await stack.up(network());
        expect(again.steps.filter(({ op }) => op !== "same")).toEqual([]);
    });

    it("moves no subnet when a zone is added in the middle of the list", async () => {
        const planned = await stack.preview(network({ zoneIds: ["euc1-az1", "euc1-az2", "euc1-az3"] }));
        expect(planned.ok).toBe(true);
        expect(changes(planned, subnet)).toEqual([
            "network-isolated-az2: create",
            "network-private-az2: create",
            "network-public-az2: create",
        ]);
        expect(planned.steps.filter(({ op }) => /replace|delete/.test(op))).toEqual([]);
    });

    it("changes nothing that exists when its zones are listed in another order, but for the one gateway's place", async () => {
        const planned = await stack.preview(network({ zoneIds: ["euc1-az3", "euc1-az1"], natGateways: "per-zone" }));
        expect(planned.ok).toBe(true);
        expect(changes(planned, subnet)).toEqual([]);
        expect(changes(planned, gateway)).toEqual(["network-nat-az3: create"]);
    });

    it("keeps its first gateway, with its address, when each zone gets its own", async () => {
        const planned = await stack.preview(network({ natGateways: "per-zone" }));
        expect(planned.ok).toBe(true);
        expect(changes(planned, gateway)).toEqual(["network-nat-az3: create"]);
        expect(changes(planned, "aws:ec2/eip:Eip")).toEqual(["network-nat-az3: create"]);
        expect(changes(planned, "aws:ec2/route:Route")).toEqual(["network-private-az3-default: update"]);
    });

    it("has its new regional gateway before it lets the old one go", async () => {
        const planned = await stack.preview(network({ natGateways: "regional" }));
        expect(planned.ok).toBe(true);
        expect(changes(planned, gateway)).toEqual(["network-nat-az1: delete", "network-nat: create"]);
        expect(changes(planned, "aws:ec2/route:Route").filter((change) => change.includes("private"))).toEqual([
            "network-private-az1-default: update",
            "network-private-az3-default: update",
        ]);
        const order = planned.steps.map(({ op, name, type }) => `${op} ${name} ${type}`);
        expect(order.indexOf(`create network-nat ${gateway}`)).toBeLessThan(
            order.indexOf(`delete network-nat-az1 ${gateway}`),
        );
    });

    it.each<[string, Partial<NetworkArgs>]>([
        ["another endpoint", { interfaceEndpoints: ["logs", "sqs"] }],
        ["no endpoint", { interfaceEndpoints: [] }],
        ["longer flow logs", { flowLogs: { ...flowLogs, retentionDays: 365 } }],
        ["other tags", { tags: { Team: "platform" } }],
    ])("keeps network, subnets and gateways for %s", async (_, more) => {
        const planned = await stack.preview(network(more));
        expect(planned.ok).toBe(true);
        expect(planned.steps.filter(({ op }) => op.includes("replace"))).toEqual([]);
        const lost = [vpc, subnet, gateway]
            .flatMap((type) => changes(planned, type))
            .filter((change) => !/update$/.test(change));
        expect(lost).toEqual([]);
    });

    it("is announced as another network when its addresses change", async () => {
        const planned = await stack.preview(network({ cidrBlock: "10.1.0.0/16" }));
        expect(planned.ok).toBe(true);
        expect(changes(planned, vpc)).toEqual(expect.arrayContaining(["network: replace"]));
    });

    it("leaves nothing behind", async () => {
        const gone = await stack.destroy();
        expect(gone.ok).toBe(true);
        await expect(stack.state()).resolves.not.toContain(vpc);
    });
});
