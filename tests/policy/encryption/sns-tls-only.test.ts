import { snsTlsOnly } from "../../../policies/encryption/rules/sns-tls-only";
import { describeTlsOnlyRule } from "./tls-only-cases";

describeTlsOnlyRule(snsTlsOnly, {
    kind: "snsTopic",
    attached: { kind: "snsTopicPolicy", property: "arn" },
    everything: "sns:Publish",
    parts: ["sns:Get*", "sns:Subscribe"],
    inline: true,
});
