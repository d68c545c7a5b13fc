import { App, Validations } from "aws-cdk-lib";

/** What the checks report and this architecture means to do, each with its reason, as a team would write it down. */
const reasons: Record<string, string> = {
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]":
        "Enhanced monitoring's role is documented with its managed policy.",
    "AwsSolutions-IAM5[Resource::<storageassets5A2369D1.Arn>/uploads/*]": "The application names its own objects.",
    "AwsSolutions-SMG4": "The application authenticates by IAM; the passwords are replaced by a deployment.",
    "AwsSolutions-RDS11": "Security groups decide who connects; another port hides nothing.",
    "AwsSolutions-RDS3": "Read replicas: the primary is Multi-AZ, and there are two replicas in two zones.",
    "AwsSolutions-RDS2": "Read replicas: encrypted with the key of their source, which sets it.",
    "AwsSolutions-AEC6": "Users of a user group have passwords in place of one AUTH token.",
    "AwsSolutions-ECS2": "The variables are endpoints; secrets come from Secrets Manager.",
    "AwsSolutions-CFR1": "The service is for everyone.",
    "CloudFormation-Validate::W3010": "The zones are given, so that synthesis looks nothing up.",
    "@aws-cdk/aws-cloudfront-origins:wildcardKeyPolicyForOac": "The first deployment needs the wildcard.",
};

/** Findings of one rule are acknowledged one by one: what the constructs' own grants write. */
const grants = ["Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*", "Resource::*"];

export function acknowledge(app: App): void {
    const validations = Validations.of(app);
    for (const [id, reason] of Object.entries(reasons)) {
        validations.acknowledge({ id, reason });
    }
    for (const finding of grants) {
        validations.acknowledge({
            id: `AwsSolutions-IAM5[${finding}]`,
            reason: "Written by the construct's own grant.",
        });
    }
}
