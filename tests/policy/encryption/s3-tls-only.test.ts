import { s3TlsOnly } from "../../../policies/encryption/rules/s3-tls-only";
import { judge, json, resource } from "../support/harness";
import { describeTlsOnlyRule } from "./tls-only-cases";

describeTlsOnlyRule(s3TlsOnly, {
    kind: "bucket",
    attached: { kind: "bucketPolicy", property: "bucket" },
    everything: "s3:*",
    parts: ["s3:Get*", "s3:Put*"],
    inline: true,
});

describe("s3-tls-only wants the denial for the bucket and for its objects", () => {
    const judged = (...resources: unknown[]) => {
        const Statement = resources.map((Resource) => ({
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        }));
        const stack = [
            resource("bucket", "data", { bucket: "data" }),
            resource("bucketPolicy", "policy", { bucket: "data", policy: json({ Statement }) }),
        ];
        return judge(s3TlsOnly, stack, { mode: "up" }).map(({ message }) => message);
    };

    test.each([
        ["in one statement", [["arn:aws:s3:::data", "arn:aws:s3:::data/*"]]],
        ["in two", ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]],
        ["of another partition", [["arn:aws-cn:s3:::data", "arn:aws-cn:s3:::data/*"]]],
        ["by one pattern", ["arn:aws:s3:::data*"]],
        ["by everything", ["*"]],
    ])("%s", (_, resources) => {
        expect(judged(...resources)).toEqual([]);
    });

    test.each([
        [
            "objects alone",
            "arn:aws:s3:::data/*",
            /policy denies requests without TLS, but leaves out the bucket itself/,
        ],
        ["the bucket alone", "arn:aws:s3:::data", /policy denies requests without TLS, but leaves out its objects/],
    ])("and reports that for %s", (_, denied, says) => {
        expect(judged(denied)).toEqual([expect.stringMatching(says)]);
    });
});
