import type { Problem } from "../check";
import type { CheckContext } from "../rules";
import { flag, isMap, open, text, type ValueMap } from "../values";
import { physicalName } from "./physical-names";

/** A combination of inputs that AWS refuses: what is wrong, or nothing. Unknown values are left out, since they may be right. */
type Rule = (inputs: ValueMap) => { path: string; problem: string } | undefined;

const securityGroupDescription: Rule = (inputs) => {
    const description = text(inputs, "description");
    return description !== undefined && !/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(description)
        ? {
              path: "description",
              problem: "takes up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, no apostrophe for one.",
          }
        : undefined;
};

const rules: Readonly<Record<string, Rule[]>> = {
    "aws:elasticache/replicationGroup:ReplicationGroup": [
        (inputs) =>
            flag(inputs, "multiAzEnabled") && isFalse(inputs, "automaticFailoverEnabled")
                ? { path: "multiAzEnabled", problem: 'needs "automaticFailoverEnabled: true".' }
                : undefined,
        (inputs) =>
            isSet(inputs, "authToken") && isFalse(inputs, "transitEncryptionEnabled")
                ? { path: "authToken", problem: 'needs "transitEncryptionEnabled: true".' }
                : undefined,
        (inputs) =>
            isSet(inputs, "authToken") && isSet(inputs, "userGroupIds")
                ? { path: "authToken", problem: 'excludes "userGroupIds".' }
                : undefined,
    ],
    "aws:sqs/queue:Queue": [
        (inputs) => {
            const name = text(inputs, "name");
            return name !== undefined &&
                flag(inputs, "fifoQueue") !== name.endsWith(".fifo") &&
                isKnown(inputs, "fifoQueue")
                ? { path: "name", problem: 'must end with ".fifo" if, and only if, "fifoQueue" is true.' }
                : undefined;
        },
    ],
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
    ...Object.fromEntries(
        [
            "aws:ec2/securityGroup:SecurityGroup",
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        ].map((token): [string, Rule[]] => [token, [securityGroupDescription]]),
    ),
    "aws:rds/instance:Instance": [
        (inputs) =>
            isSet(inputs, "replicateSourceDb") && flag(inputs, "manageMasterUserPassword")
                ? {
                      path: "manageMasterUserPassword",
                      problem: 'excludes "replicateSourceDb": a replica has its source\'s password.',
                  }
                : undefined,
    ],
};

/** What AWS refuses beyond the declared types, as far as it is cheap to know: a help against late failures, not AWS's rules. */
export function validateAws(context: CheckContext, inputs: ValueMap): Problem[] {
    const { spec, name } = context;
    const found = (rules[spec.token] ?? []).map((rule) => rule(inputs)).filter((one) => one !== undefined);
    const named = physicalName(spec);
    const given = named && text(inputs, named.property);
    const generated = open(inputs["__defaults"]);
    if (named && given !== undefined && !(Array.isArray(generated) && generated.includes(named.property))) {
        if (given.length > named.maxLength) {
            found.push({
                path: named.property,
                problem: `is ${given.length} characters long, more than the ${named.maxLength} that AWS takes.`,
            });
        }
        if (named.lowerCase && given !== given.toLowerCase()) {
            found.push({ path: named.property, problem: `must be in lower case, not "${given}".` });
        }
    }
    return found.map(({ path, problem }) => ({
        path,
        message: `Property "${path}" of "${name}" (${spec.token}) ${problem}`,
    }));
}

function isSet(inputs: ValueMap, key: string): boolean {
    const value = open(inputs[key]);
    return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** Not given, or given as false: not true, and not unknown either. */
function isFalse(inputs: ValueMap, key: string): boolean {
    return isKnown(inputs, key) && !flag(inputs, key);
}

function isKnown(inputs: ValueMap, key: string): boolean {
    const value = open(inputs[key]);
    return value === undefined || value === null || typeof value !== "object" || isMap(value);
}
