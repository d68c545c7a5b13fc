import { SigningKeys } from "../../components/signing-keys";
import { InlineStack } from "./inline-program";
import { expectSuccess } from "./workplace";

const secretsKey = { arn: "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000" };
const password = "random:index/randomPassword:RandomPassword";
const secretVersion = "aws:secretsmanager/secretVersion:SecretVersion";

const program = (version: number) => () => {
    new SigningKeys("jwt", { secretsKey, version });
};

describe("signing keys, planned by the engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        expectSuccess(await stack.up(program(3)));
    });

    afterAll(() => {
        stack.remove();
    });

    it("stay as they are when nothing has changed", async () => {
        expect(await stack.planned(program(3))).toEqual([]);
    });

    it("rotate by one new key and one old one less: the others stay what they are, and so does the secret", async () => {
        const planned = await stack.planned(program(4));
        expect(planned.filter((change) => !change.includes(secretVersion))).toEqual([
            `create ${password} jwt-5`,
            `delete ${password} jwt-2`,
        ]);
        // The new list is there before the old one goes.
        expect(planned).toContain(`create-replacement ${secretVersion} jwt`);
        expect(planned.filter((change) => change.includes("secret:Secret "))).toEqual([]);
    });
});
