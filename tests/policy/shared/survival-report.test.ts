import { survivalOfResources, survivalTable, type PlainResource } from "../../../policies/shared/survival-report";

const urn = (type: string, name: string): string => `urn:pulumi:dev::shop::${type}::${name}`;
const SUBNET = "aws:ec2/subnet:Subnet";
const SERVICE = "aws:ecs/service:Service";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const subnet = (zone: string, more: Partial<PlainResource> = {}): PlainResource => ({
    urn: urn(SUBNET, `subnet-${zone}`),
    type: SUBNET,
    inputs: { availabilityZone: zone },
    outputs: { availabilityZone: zone },
    ...more,
});

const service = (inputs: Record<string, unknown>, more: Partial<PlainResource> = {}): PlainResource => ({
    urn: urn(SERVICE, "web"),
    type: SERVICE,
    inputs,
    outputs: inputs,
    ...more,
});

const network = (...subnets: readonly unknown[]): Record<string, unknown> => ({ networkConfiguration: { subnets } });

test("resources of a state file are related by their ids", () => {
    const [tier] = survivalOfResources([
        subnet("a", { id: "subnet-1" }),
        subnet("b", { id: "subnet-2" }),
        service({ desiredCount: 4, launchType: "FARGATE", ...network("subnet-1", "subnet-2") }),
    ]);
    expect(tier).toMatchObject({
        name: "web",
        floor: 4,
        zones: { names: ["a", "b"], atLeast: 2, atMost: 2, sure: true },
        losses: { unit: { lost: 1, left: 3 }, node: { lost: 1, left: 3 }, zone: { worst: { lost: 2, left: 2 } } },
        verdict: "ok",
    });
});

test("what is not known yet is related by the dependencies of its property", () => {
    const subnets = { networkConfiguration: [urn(SUBNET, "subnet-a"), urn(SUBNET, "subnet-b")] };
    const [tier] = survivalOfResources([
        subnet("a"),
        subnet("b"),
        service({ desiredCount: 4, ...network(UNKNOWN, UNKNOWN) }, { propertyDependencies: subnets }),
    ]);
    expect(tier?.zones).toEqual({ names: ["a", "b"], atLeast: 2, atMost: 2, sure: true });
});

test("what displays hide and what the engine wraps as a secret is not known", () => {
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };
    for (const desiredCount of ["[unknown]", "[secret]", secret, UNKNOWN]) {
        const [tier] = survivalOfResources([service({ desiredCount })]);
        expect(tier).toMatchObject({ floor: null, verdict: "undetermined" });
        expect(JSON.stringify(tier)).not.toContain("v1:abc");
    }
});

test("what is about to be deleted does not count, and of a replacement the new one does", () => {
    const going = { desiredCount: 1 };
    expect(survivalOfResources([service(going, { delete: true })])).toEqual([]);
    expect(survivalOfResources([service(going, { op: "delete" })])).toEqual([]);
    const replaced = [
        service({ desiredCount: 5 }, { op: "create-replacement" }),
        service(going, { op: "delete-replaced" }),
    ];
    expect(survivalOfResources(replaced)[0]?.floor).toBe(5);
});

test("needs are taken from the tag, or from what is passed", () => {
    const tagged = [service({ desiredCount: 4, tags: { NeededCapacity: "3" } })];
    expect(survivalOfResources(tagged)[0]?.need).toBe(3);
    expect(survivalOfResources(tagged, { neededCapacity: { web: 5 } })[0]?.need).toBe(5);
    expect(survivalOfResources([service({ desiredCount: 4, tags: { NeededCapacity: "few" } })])[0]).toMatchObject({
        need: null,
        verdict: "undetermined",
    });
});

test("the data is plain: it is the same after a way through JSON", () => {
    const tiers = survivalOfResources([service({ desiredCount: 4 })]);
    expect(JSON.parse(JSON.stringify(tiers))).toEqual(tiers);
});

describe("the table", () => {
    const tiers = survivalOfResources([
        subnet("a", { id: "subnet-1" }),
        subnet("b", { id: "subnet-2" }),
        service({ desiredCount: 1, launchType: "FARGATE", ...network("subnet-1", "subnet-2") }),
        {
            urn: urn(SERVICE, "a|worker"),
            type: SERVICE,
            inputs: { desiredCount: 4, tags: { NeededCapacity: "2" } },
        },
        {
            urn: urn("aws:rds/instance:Instance", "db"),
            type: "aws:rds/instance:Instance",
            inputs: { engine: "postgres", multiAz: true },
        },
    ]);

    test("has a line for each tier, in Markdown", () => {
        expect(survivalTable(tiers, "markdown").split("\n")).toEqual([
            "| Tier | Runs at least | Zones | Left without one | Left without a node | Left without a zone | Writers then | Readers then | Needed | Verdict |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            "| a\\|worker | 4 tasks | ? | 3 | ? | 0 to 3 |  |  | 2 | undetermined |",
            "| db | 2 instances | 2 | 1 | 1 | 1 | 1 of 1 |  | 1 | ok |",
            "| web | 1 task | a, b | 0 | 0 | 0 |  |  | 1 | short |",
        ]);
    });

    test("has aligned columns in plain text", () => {
        const lines = survivalTable(tiers).split("\n");
        const start = lines[0]?.indexOf("Zones") ?? -1;
        expect(lines).toHaveLength(4);
        expect(lines[3]?.slice(start)).toMatch(/^a, b /);
        expect(lines.every((line) => line === line.trimEnd())).toBe(true);
    });

    test("is empty without tiers", () => {
        expect(survivalTable([])).toBe("");
    });
});
