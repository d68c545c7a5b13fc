/**
 * What holds for every rule that wants the policies of a resource to refuse requests without TLS. Each rule's own test
 * calls it with the kinds that it looks at.
 */
import type { Rule } from "../../../policies/shared/rule";
import type { TOKENS } from "../../../policies/shared/tokens";
import { describeRule, type RuleCases } from "../support/describe-rule";
import { json, ref, resource, unknownListOf, UNKNOWN_VALUE, type TestResource } from "../support/harness";

type Kind = keyof typeof TOKENS;

interface TlsOnlyRule {
    readonly kind: Kind;
    /** A policy as a resource of its own, and the property that names what it belongs to. */
    readonly attached: { readonly kind: Kind; readonly property: string };
    /** An action, or pattern of actions, that is all there is: "s3:*". */
    readonly everything: string;
    /** Patterns that cover a part of it only. */
    readonly parts: readonly string[];
    /** Whether the resource itself takes a policy, too. */
    readonly inline: boolean;
}

const DENY = {
    Effect: "Deny",
    Principal: "*",
    Action: "*",
    Resource: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const ALLOW = { Effect: "Allow", Principal: { AWS: "1" }, Action: "*" };

export function describeTlsOnlyRule(rule: Rule, { kind, attached, everything, parts, inline }: TlsOnlyRule): void {
    const withPolicy = (...Statement: object[]): TestResource[] => [
        resource(kind, "data"),
        resource(attached.kind, "policy", { [attached.property]: ref("data", "arn"), policy: json({ Statement }) }),
    ];
    const insufficient = (statement: object): RuleCases["violating"][string] => ({
        resources: withPolicy(statement),
        at: ["data"],
        says: /policy does not deny everything to requests without TLS/,
    });

    describeRule(rule, {
        compliant: {
            "a policy of its own": withPolicy(DENY),
            "a policy of its own among other statements": withPolicy(ALLOW, { ...DENY, Principal: { AWS: "*" } }),
            "a denial of the service's own actions": withPolicy({ ...DENY, Action: [everything] }),
            "a denial that holds where nothing is said about TLS, too": withPolicy({
                ...DENY,
                Condition: { BoolIfExists: { "aws:SecureTransport": false } },
            }),
            "a policy of its own whose statement is not in a list": [
                resource(kind, "data"),
                resource(attached.kind, "policy", {
                    [attached.property]: ref("data", "arn"),
                    policy: json({ Statement: DENY }),
                }),
            ],
            ...(inline ? { inline: [resource(kind, "data", { policy: json({ Statement: [DENY] }) })] } : {}),
        },
        violating: {
            "no policy": {
                resources: [resource(kind, "data")],
                at: ["data"],
                says: /policy is not set: .* Fix: /,
            },
            "a policy of another resource": {
                resources: [...withPolicy(DENY), resource(kind, "other")],
                at: ["other"],
                says: /policy is not set/,
            },
            "a policy without the denial": insufficient(ALLOW),
            "a denial for some only": insufficient({ ...DENY, Principal: { AWS: "1" } }),
            "a denial of some actions only": insufficient({ ...DENY, Action: parts }),
            "a denial under a second condition": insufficient({
                ...DENY,
                Condition: { ...DENY.Condition, StringEquals: { "aws:PrincipalOrgID": "o-1" } },
            }),
            "a denial of the opposite": insufficient({
                ...DENY,
                Condition: { Bool: { "aws:SecureTransport": "true" } },
            }),
        },
        unknown: {
            "what a policy belongs to": {
                resources: [
                    resource(kind, "data"),
                    resource(attached.kind, "policy", {
                        [attached.property]: UNKNOWN_VALUE,
                        policy: json({ Statement: [DENY] }),
                    }),
                ],
                at: ["data"],
                says: /policy is that of this resource or of another, which is not known in preview/,
            },
            "which of two a policy belongs to": {
                resources: [
                    resource(kind, "data"),
                    resource(kind, "other"),
                    resource(attached.kind, "policy", {
                        [attached.property]: json({ either: unknownListOf("data", "other") }),
                        policy: json({ Statement: [DENY] }),
                    }),
                ],
                at: ["data", "other"],
                says: /policy is that of this resource or of another, which is not known in preview/,
            },
            "a policy with an ARN that does not exist yet": {
                resources: withPolicy({ ...DENY, Resource: ref("data", "arn") }),
                at: ["data"],
                says: /policy is not known/,
            },
        },
        notApplicable: { "a key": [resource("kmsKey", "key")] },
    });
}
