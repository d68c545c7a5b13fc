import { constructorOf, programText } from "../../bench/lib/bare-program";

const specs: Record<string, { inputs: Record<string, { required?: true }>; constants: Record<string, string> }> = {
    "aws:ec2/vpc:Vpc": { inputs: { cidrBlock: {}, tags: {} }, constants: {} },
    "aws:iam/role:Role": { inputs: { assumeRolePolicy: { required: true }, name: {} }, constants: {} },
    "random:index/randomId:RandomId": { inputs: { byteLength: { required: true }, keepers: {} }, constants: {} },
};
const specOf = (type: string) => specs[type] ?? { inputs: {}, constants: {} };
const step = (type: string, inputs: Record<string, unknown>) => ({ op: "create", urn: "", name: "x", type, inputs });

test("a type's token is the constructor that a program calls", () => {
    expect(constructorOf("aws:ec2/vpc:Vpc")).toBe("aws.ec2.Vpc");
    expect(constructorOf("random:index/randomId:RandomId")).toBe("random.RandomId");
    expect(constructorOf("kubernetes:apps/v1:Deployment")).toBe("kubernetes.apps.v1.Deployment");
});

test("the bare program gives what a type demands, and nothing else", () => {
    const steps = [
        step("aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16", tags: { Name: "network" } }),
        step("random:index/randomId:RandomId", { byteLength: 4, keepers: {} }),
    ];

    expect(programText(steps, specOf).trim().split("\n")).toEqual([
        '"use strict";',
        'const aws = require("@pulumi/aws");',
        'const random = require("@pulumi/random");',
        'new aws.ec2.Vpc("r0", {});',
        'new random.RandomId("r1", {"byteLength":4});',
    ]);
});

test("what a preview does not know or show gets a value in the form that its name promises", () => {
    const text = programText([step("aws:iam/role:Role", { assumeRolePolicy: "[unknown]" })], specOf);

    expect(text).toContain('"assumeRolePolicy":"{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[]}"');
});
