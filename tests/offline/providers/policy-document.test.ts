import { policyDocument } from "../../../offline/providers/functions/aws/policy-document";
import { asText, type ValueMap } from "../../../offline/providers/values";

function compose(args: ValueMap): unknown {
    return JSON.parse(asText(policyDocument(args)["json"]));
}

describe("A policy document", () => {
    test("of the documentation's example comes out in the real provider's own layout", () => {
        const { json } = policyDocument({
            statements: [
                { sid: "1", actions: ["s3:ListAllMyBuckets", "s3:GetBucketLocation"], resources: ["arn:aws:s3:::*"] },
                {
                    actions: ["s3:ListBucket"],
                    resources: ["arn:aws:s3:::b"],
                    conditions: [
                        { test: "StringLike", variable: "s3:prefix", values: ["", "home/", "home/&{aws:username}/"] },
                    ],
                },
                {
                    actions: ["s3:*"],
                    resources: ["arn:aws:s3:::b/home/&{aws:username}", "arn:aws:s3:::b/home/&{aws:username}/*"],
                },
            ],
        });
        expect(json).toBe(
            `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "1",
      "Effect": "Allow",
      "Action": [
        "s3:ListAllMyBuckets",
        "s3:GetBucketLocation"
      ],
      "Resource": "arn:aws:s3:::*"
    },
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::b",
      "Condition": {
        "StringLike": {
          "s3:prefix": [
            "",
            "home/",
            "home/\${aws:username}/"
          ]
        }
      }
    },
    {
      "Effect": "Allow",
      "Action": "s3:*",
      "Resource": [
        "arn:aws:s3:::b/home/\${aws:username}/*",
        "arn:aws:s3:::b/home/\${aws:username}"
      ]
    }
  ]
}`,
        );
    });

    test("writes everyone as a star, AWS accounts as AWS", () => {
        const principal = (type: string, ...identifiers: string[]): unknown =>
            (
                compose({ statements: [{ principals: [{ type, identifiers }] }] }) as {
                    Statement: { Principal: unknown }[];
                }
            ).Statement[0]?.Principal;
        expect(principal("*", "*")).toBe("*");
        expect(principal("AWS", "*")).toEqual({ AWS: "*" });
        expect(principal("Service", "ec2.amazonaws.com", "ecs.amazonaws.com")).toEqual({
            Service: ["ecs.amazonaws.com", "ec2.amazonaws.com"],
        });
    });

    test("joins principals of one type and conditions of one test and variable", () => {
        expect(
            compose({
                statements: [
                    {
                        effect: "Deny",
                        notActions: ["a:B"],
                        notResources: ["r"],
                        principals: [
                            { type: "AWS", identifiers: ["1"] },
                            { type: "AWS", identifiers: ["2"] },
                            { type: "Service", identifiers: ["s"] },
                        ],
                        conditions: [
                            { test: "StringEquals", variable: "a", values: ["1"] },
                            { test: "StringEquals", variable: "a", values: ["2"] },
                            { test: "Bool", variable: "b", values: ["true"] },
                        ],
                    },
                ],
            }),
        ).toEqual({
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Deny",
                    NotAction: "a:B",
                    NotResource: "r",
                    Principal: { AWS: ["1", "2"], Service: "s" },
                    Condition: { Bool: { b: "true" }, StringEquals: { a: ["1", "2"] } },
                },
            ],
        });
    });

    test("takes over source documents, is overridden by Sid, and keeps the newer version", () => {
        const source = JSON.stringify({
            Version: "2008-10-17",
            Statement: [
                { Sid: "Keep", Effect: "Allow", Action: "a" },
                { Sid: "Own", Effect: "Allow", Action: "b" },
            ],
        });
        const override = JSON.stringify({ Statement: { Sid: "Own", Effect: "Deny", Action: ["c"] } });
        expect(
            compose({
                sourcePolicyDocuments: [source],
                overridePolicyDocuments: [override],
                statements: [{ sid: "Own", actions: ["x"] }, { actions: ["y"] }],
            }),
        ).toEqual({
            Version: "2012-10-17",
            Statement: [
                { Sid: "Keep", Effect: "Allow", Action: "a" },
                { Sid: "Own", Effect: "Deny", Action: "c" },
                { Effect: "Allow", Action: "y" },
            ],
        });
    });

    test("has a minified form and an id that follows from its content", () => {
        const [one, two] = [
            policyDocument({ statements: [{ actions: ["a"] }] }),
            policyDocument({ statements: [{ actions: ["b"] }] }),
        ];
        expect(one["minifiedJson"]).toBe('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a"}]}');
        expect(one["id"]).not.toBe(two["id"]);
    });

    test.each<[string, ValueMap, string]>([
        [
            "a Sid with other characters",
            { statements: [{ sid: "a-b" }] },
            'statements[0].sid "a-b" may hold letters and digits only',
        ],
        ["a Sid used twice", { statements: [{ sid: "a" }, { sid: "a" }] }, 'statements[1].sid "a" is used twice'],
        ["another effect", { statements: [{ effect: "Maybe" }] }, 'must be "Allow" or "Deny", not "Maybe"'],
        [
            "a variable in the old version",
            { version: "2008-10-17", statements: [{ resources: ["&{x}"] }] },
            "do not support",
        ],
        ["a source that is no JSON", { sourcePolicyDocuments: ["{"] }, "sourcePolicyDocuments[0] is not valid JSON"],
    ])("refuses %s", (_title, args, message) => {
        expect(() => policyDocument(args)).toThrow(message);
    });
});
