import * as pulumi from "@pulumi/pulumi";
import { combineBindings } from "../../components/binding";
import { SigningKeys, SigningKeysArgs, signingOrder } from "../../components/signing-keys";
import { record, Registered, valueOf } from "./harness";

const secretsKey = { arn: "arn:aws:kms:eu-central-1:123456789012:key/secrets" };
const passwordType = "random:index/randomPassword:RandomPassword";
const versionType = "aws:secretsmanager/secretVersion:SecretVersion";

const outputs: Parameters<typeof record>[1] = {
    [passwordType]: (_inputs, name) => ({ result: `value-of-${name}` }),
};

async function make(args: Partial<SigningKeysArgs> = {}): Promise<{ keys: SigningKeys; registered: Registered }> {
    let keys: SigningKeys | undefined;
    const registered = await record(() => {
        keys = new SigningKeys("jwt", { secretsKey, ...args });
    }, outputs);
    return { keys: keys as SigningKeys, registered };
}

/** The list as the application gets it. */
async function listAt(version: number): Promise<string[]> {
    const { registered } = await make({ version });
    const { value } = registered.one(versionType).inputs["secretStringWo"] as { value: string };
    return value.split(",");
}

describe("signing keys", () => {
    it("are long enough for HS256, and have no character that separates them", async () => {
        const { registered } = await make();
        for (const { inputs } of registered.ofType(passwordType)) {
            expect(inputs).toEqual({ length: 64, special: false });
        }
        expect(registered.ofType(passwordType)).toHaveLength(2);
    });

    it("are in one secret under the customer key, as a value that is secret and write-only", async () => {
        const { registered } = await make({ version: 4 });
        expect(registered.one("aws:secretsmanager/secret:Secret").inputs).toMatchObject({
            kmsKeyId: secretsKey.arn,
            recoveryWindowInDays: 30,
        });
        const { inputs } = registered.one(versionType);
        expect(inputs["secretString"]).toBeUndefined();
        // The signature of secrets: the engine encrypts what carries it, and prints `[secret]`.
        expect(inputs["secretStringWo"]).toMatchObject({
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        });
        expect(inputs["secretStringWoVersion"]).toBe(4);
    });

    it("sign with the version's own key, verify with the one before, and know the one after", async () => {
        await expect(listAt(4)).resolves.toEqual(["value-of-jwt-4", "value-of-jwt-3", "value-of-jwt-5"]);
        await expect(listAt(1)).resolves.toEqual(["value-of-jwt-1", "value-of-jwt-2"]);
    });

    it("let containers from before and after a rotation verify each other's tokens", async () => {
        for (const version of [1, 2, 7]) {
            const [before, after] = [await listAt(version), await listAt(version + 1)];
            expect(before).toContain(after[0]);
            expect(after).toContain(before[0]);
        }
    });

    it("have none of the old list three versions on, for a key that became known", () => {
        const old = signingOrder(5);
        expect(signingOrder(8).filter((number) => old.includes(number))).toEqual([]);
    });

    it("reach the application by reference, as JWT_SECRETS", async () => {
        const { keys } = await make();
        const { environment, permissions, secrets } = combineBindings([keys]);
        expect([environment, permissions]).toEqual([[], []]);
        expect(secrets).toMatchObject([{ variable: "JWT_SECRETS", keyArn: secretsKey.arn }]);
        await expect(valueOf(secrets[0]?.secretArn ?? pulumi.output(""))).resolves.toBe(
            "arn:aws:mock:eu-central-1:123456789012:jwt",
        );
    });

    it.each([0, 1.5, -1])("refuse version %p", async (version) => {
        await record(() => {
            expect(() => new SigningKeys("jwt", { secretsKey, version })).toThrow("a whole number from 1 to 1000000");
        });
    });
});
