import { secretObjects } from "../../components/kubernetes/secret-provider-class";

const secretArn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:keys";

describe("the list of secrets for the driver", () => {
    it("has one entry for each secret, with its whole and its fields", () => {
        const objects = secretObjects([
            { variable: "ALL", secretArn },
            { variable: "FIRST", secretArn, field: "first-one" },
            { variable: "SECOND", secretArn, field: "second" },
        ]);
        expect(objects).toEqual([
            {
                objectName: secretArn,
                objectType: "secretsmanager",
                objectAlias: "ALL",
                jmesPath: [
                    { path: '"first-one"', objectAlias: "FIRST" },
                    { path: '"second"', objectAlias: "SECOND" },
                ],
            },
        ]);
    });

    it("gives a whole secret to one variable, and says so to a second", () => {
        const twice = () =>
            secretObjects([
                { variable: "ONE", secretArn },
                { variable: "TWO", secretArn },
            ]);
        expect(twice).toThrow(/ONE and TWO take the same whole secret .*; use one variable/);
    });
});
