/** What holds for every rule that wants one property to name a key of one's own. */
import type { RuleCases } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import type { TOKENS } from "../../../policies/shared/tokens";

interface KeyProperty {
    readonly kind: keyof typeof TOKENS;
    /** Path of the property: "encryptionInfo.encryptionAtRestKmsKeyArn". */
    readonly property: string;
    /** What the resource needs besides. */
    readonly inputs?: object;
    /** The alias of the key that AWS keeps for the service. */
    readonly managed: string;
}

/** Such a rule always has a case that is unknown in preview. */
interface KeyCases extends RuleCases {
    readonly unknown: RuleCases["violating"];
}

/** The inputs with a value at a path. */
function withKey(inputs: object, path: readonly string[], key: unknown): Record<string, unknown> {
    const [first, ...rest] = path;
    if (first === undefined) {
        return inputs as Record<string, unknown>;
    }
    const inner = (inputs as Record<string, unknown>)[first];
    return { ...inputs, [first]: rest.length === 0 ? key : withKey(inner ?? {}, rest, key) };
}

/** The cases of such a rule; a rule's own ones are spread over them. */
export function keyCases({ kind, property, inputs = {}, managed }: KeyProperty): KeyCases {
    const path = property.split(".");
    const data = (key: unknown): TestResource => resource(kind, "data", withKey(inputs, path, key));
    const name = new RegExp(property.replaceAll(".", "\\."));
    const says = (problem: string): RegExp => new RegExp(`${name.source} ${problem}`);
    return {
        compliant: {
            "a key by its ARN": [data("arn:aws:kms:eu-west-1:123456789012:key/1")],
            "a key by its alias": [data("alias/data")],
            "a key that does not exist yet": [resource("kmsKey", "key"), data(ref("key", "arn"))],
            "an alias that does not exist yet": [resource("kmsAlias", "key"), data(ref("key", "name"))],
            "a replica of a key": [resource("kmsReplicaKey", "key"), data(ref("key", "arn"))],
            "a key with material of one's own": [resource("kmsExternalKey", "key"), data(ref("key", "arn"))],
        },
        violating: {
            none: {
                resources: [resource(kind, "data", inputs)],
                at: ["data"],
                says: says("is not set: .* Fix: .*"),
            },
            "an empty one": { resources: [data("")], at: ["data"], says: says("is not set") },
            "none, for which AWS fills in its own": {
                resources: [
                    resource(kind, "data", inputs, {
                        computed: withKey({}, path, "arn:aws:kms:eu-west-1:123456789012:key/aws"),
                    }),
                ],
                at: ["data"],
                says: says("is not set"),
            },
            "the alias of the key that AWS keeps": {
                resources: [data(managed)],
                at: ["data"],
                says: says(`is ${managed}, a key that AWS keeps for the service`),
            },
            "that alias by its ARN": {
                resources: [data(`arn:aws:kms:eu-west-1:123456789012:${managed}`)],
                at: ["data"],
                says: says(`is ${managed}, a key that AWS keeps`),
            },
        },
        unknown: {
            "a value that comes from no key": {
                resources: [data(UNKNOWN_VALUE)],
                at: ["data"],
                says: new RegExp(`${name.source} is not known in preview`),
            },
        },
        notApplicable: { "a key itself": [resource("kmsKey", "key")] },
    };
}
