/** Every rule of the pack. A new rule is a file beside this one and a line in the list. */
import type { Rule } from "../../shared/rule";
import { alarmTopicKeyUsable } from "./alarm-topic-key-usable";
import { cloudfrontMinTls } from "./cloudfront-min-tls";
import { cloudfrontOriginTls } from "./cloudfront-origin-tls";
import { cloudfrontViewerHttps } from "./cloudfront-viewer-https";
import { ebsEncrypted } from "./ebs-encrypted";
import { ecrKms } from "./ecr-kms";
import { ecsEfsTransit } from "./ecs-efs-transit";
import { ecsEnvSecrets } from "./ecs-env-secrets";
import { efsEncrypted } from "./efs-encrypted";
import { efsTlsOnly } from "./efs-tls-only";
import { eksSecretsKms } from "./eks-secrets-kms";
import { elasticacheAtRest } from "./elasticache-at-rest";
import { elasticacheCmk } from "./elasticache-cmk";
import { elasticacheTransit } from "./elasticache-transit";
import { iamKmsDecryptStar } from "./iam-kms-decrypt-star";
import { k8sEnvSecrets } from "./k8s-env-secrets";
import { k8sIngressTls } from "./k8s-ingress-tls";
import { k8sStorageClassEncrypted } from "./k8s-storage-class-encrypted";
import { kmsPolicyStar } from "./kms-policy-star";
import { kmsRotation } from "./kms-rotation";
import { lambdaEnvSecrets } from "./lambda-env-secrets";
import { lbListenerTls } from "./lb-listener-tls";
import { lbTargetTls } from "./lb-target-tls";
import { lbTlsPolicy } from "./lb-tls-policy";
import { logGroupKms } from "./log-group-kms";
import { mskCmk } from "./msk-cmk";
import { mskTransit } from "./msk-transit";
import { noIgnoreChangesGuarded } from "./no-ignore-changes-guarded";
import { plaintextDsn } from "./plaintext-dsn";
import { rdsCmk } from "./rds-cmk";
import { rdsEncrypted } from "./rds-encrypted";
import { rdsForceSsl } from "./rds-force-ssl";
import { rdsInsightsCmk } from "./rds-insights-cmk";
import { rdsManagedPassword } from "./rds-managed-password";
import { s3Kms } from "./s3-kms";
import { s3TlsOnly } from "./s3-tls-only";
import { secretCmk } from "./secret-cmk";
import { secretRotation } from "./secret-rotation";
import { snsKms } from "./sns-kms";
import { snsTlsOnly } from "./sns-tls-only";
import { sqsCmk } from "./sqs-cmk";
import { sqsSse } from "./sqs-sse";
import { sqsTlsOnly } from "./sqs-tls-only";

const judging: readonly Rule[] = [
    alarmTopicKeyUsable,
    cloudfrontMinTls,
    cloudfrontOriginTls,
    cloudfrontViewerHttps,
    ebsEncrypted,
    ecrKms,
    ecsEfsTransit,
    ecsEnvSecrets,
    efsEncrypted,
    efsTlsOnly,
    eksSecretsKms,
    elasticacheAtRest,
    elasticacheCmk,
    elasticacheTransit,
    iamKmsDecryptStar,
    k8sEnvSecrets,
    k8sIngressTls,
    k8sStorageClassEncrypted,
    kmsPolicyStar,
    kmsRotation,
    lambdaEnvSecrets,
    lbListenerTls,
    lbTargetTls,
    lbTlsPolicy,
    logGroupKms,
    mskCmk,
    mskTransit,
    plaintextDsn,
    rdsCmk,
    rdsEncrypted,
    rdsForceSsl,
    rdsInsightsCmk,
    rdsManagedPassword,
    s3Kms,
    s3TlsOnly,
    secretCmk,
    secretRotation,
    snsKms,
    snsTlsOnly,
    sqsCmk,
    sqsSse,
    sqsTlsOnly,
];

export const rules: readonly Rule[] = [...judging, noIgnoreChangesGuarded(judging)];
