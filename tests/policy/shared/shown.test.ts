import { cloudfrontMinTls } from "../../../policies/encryption/rules/cloudfront-min-tls";
import { lbTlsPolicy } from "../../../policies/encryption/rules/lb-tls-policy";
import { azLossCapacity } from "../../../policies/no-single-point-of-failure/rules/az-loss-capacity";
import { judge, resource } from "../support/harness";

const MISPLACED = "hunter2-hunter2-hunter2";

test.each([
    [
        cloudfrontMinTls,
        resource("cloudFrontDistribution", "cdn", { viewerCertificate: { minimumProtocolVersion: MISPLACED } }),
    ],
    [lbTlsPolicy, resource("listener", "https", { protocol: "HTTPS", sslPolicy: MISPLACED })],
    [azLossCapacity, resource("ecsService", "web", { desiredCount: 3, tags: { NeededCapacity: MISPLACED } })],
])("$id repeats no value that AWS does not have: it may be a secret in the wrong place", (rule, misconfigured) => {
    const found = judge(rule, [misconfigured]);
    expect(found).toHaveLength(1);
    expect(JSON.stringify(found)).not.toContain("hunter2");
});
