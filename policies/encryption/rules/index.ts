/** Every rule of the pack. A new rule is a file beside this one and a line in the list. */
import type { Rule } from "../../shared/rule";
import { alarmTopicKeyUsable } from "./alarm-topic-key-usable";
import { cloudfrontMinTls } from "./cloudfront-min-tls";
import { cloudfrontOriginTls } from "./cloudfront-origin-tls";
import { cloudfrontViewerHttps } from "./cloudfront-viewer-https";
import { ecrKms } from "./ecr-kms";
import { ecsEnvSecrets } from "./ecs-env-secrets";
import { elasticacheAtRest } from "./elasticache-at-rest";
import { elasticacheTransit } from "./elasticache-transit";
import { kmsPolicyStar } from "./kms-policy-star";
import { kmsRotation } from "./kms-rotation";
import { lbListenerTls } from "./lb-listener-tls";
import { lbTargetTls } from "./lb-target-tls";
import { lbTlsPolicy } from "./lb-tls-policy";
import { logGroupKms } from "./log-group-kms";
import { noIgnoreChangesGuarded } from "./no-ignore-changes-guarded";
import { rdsEncrypted } from "./rds-encrypted";
import { s3Kms } from "./s3-kms";
import { s3TlsOnly } from "./s3-tls-only";
import { secretCmk } from "./secret-cmk";
import { snsKms } from "./sns-kms";
import { snsTlsOnly } from "./sns-tls-only";
import { sqsSse } from "./sqs-sse";
import { sqsTlsOnly } from "./sqs-tls-only";

const judging: readonly Rule[] = [
    alarmTopicKeyUsable,
    cloudfrontMinTls,
    cloudfrontOriginTls,
    cloudfrontViewerHttps,
    ecrKms,
    ecsEnvSecrets,
    elasticacheAtRest,
    elasticacheTransit,
    kmsPolicyStar,
    kmsRotation,
    lbListenerTls,
    lbTargetTls,
    lbTlsPolicy,
    logGroupKms,
    rdsEncrypted,
    s3Kms,
    s3TlsOnly,
    secretCmk,
    snsKms,
    snsTlsOnly,
    sqsSse,
    sqsTlsOnly,
];

export const rules: readonly Rule[] = [...judging, noIgnoreChangesGuarded(judging)];
