import { s3TlsOnly } from "../../../policies/encryption/rules/s3-tls-only";
import { describeTlsOnlyRule } from "./tls-only-cases";

describeTlsOnlyRule(s3TlsOnly, {
    kind: "bucket",
    attached: { kind: "bucketPolicy", property: "bucket" },
    everything: "s3:*",
    parts: ["s3:Get*", "s3:Put*"],
    inline: true,
});
