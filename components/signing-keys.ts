import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ServiceBinding, variablePrefix } from "./binding";
import { Component, ComponentArgs } from "./component";
import { KeyReference } from "./key-reference";
import { isWhole, Problems } from "./problems";

export interface SigningKeysArgs extends ComponentArgs {
    /** Encrypts the keys in Secrets Manager. */
    secretsKey: KeyReference;
    /** Region of the secret, a plain string. Default: the provider's. */
    region?: string;
    /**
     * Raise it by one to sign with a new key; see {@link SigningKeys} for what has to happen between two rotations. A plain
     * number, since it decides which keys exist. Default 1.
     */
    version?: number;
}

/**
 * Symmetric keys that an application signs tokens with, such as HS256's for JSON web tokens, kept in one secret of Secrets
 * Manager as a list: the key that signs, the one before it, the one after it.
 *
 * All three verify. The key before is there for tokens that were signed with it and are still valid. The key after is there for
 * rotation: containers read the list when they start, so that for a while old and new ones run side by side. When a key begins
 * to sign, every container that started since the rotation before knows it already, and no token is refused.
 *
 * To rotate, raise `version` by one, then start the containers anew (the next deployment does). Before the next rotation
 * every container must have been started anew, and every token that the key before has signed must have expired. A key that
 * became known to somebody: raise `version` by three, which leaves none of the old list, and start the containers anew at once;
 * who is signed in by token has to sign in again.
 *
 * The keys are made by `random`, whose results Pulumi keeps as secrets, and are given to Secrets Manager write-only: neither
 * plan, nor state, nor outputs show them. No signals: nothing of it runs. Costs 0.40 USD a month. Nothing replaces the secret
 * but `region`.
 *
 * ```ts
 * import { EncryptionKey } from "./encryption-key";
 * import { SigningKeys } from "./signing-keys";
 *
 * const secretsKey = new EncryptionKey("secrets", { purpose: "passwords and keys", users: ["secretsmanager"] });
 * const tokens = new SigningKeys("jwt", { secretsKey, version: 2 });
 * // In the container: JWT_SECRETS, the keys separated by commas, the one that signs first.
 * export const uses = [tokens];
 * ```
 */
export class SigningKeys extends Component {
    readonly secretArn: pulumi.Output<string>;
    /** Gives the list, the key that signs first, separated by commas, as `<NAME>_SECRETS`. */
    readonly binding: ServiceBinding;

    constructor(name: string, args: SigningKeysArgs, opts?: pulumi.ComponentResourceOptions) {
        super("SigningKeys", name, args, opts);
        const { version = 1 } = args;
        checkArgs(name, version);
        const keys = signingOrder(version).map((number) => this.createKey(number));
        const secret = this.createSecret(args, version, keys);

        this.secretArn = secret.arn;
        this.binding = {
            name,
            environment: {},
            secrets: [
                { variable: `${variablePrefix(name)}_SECRETS`, secretArn: secret.arn, keyArn: args.secretsKey.arn },
            ],
            connections: [],
            permissions: [],
        };
        this.registerOutputs({ secretArn: this.secretArn });
    }

    /**
     * Named by its own number, so that it stays the same key from the rotation before it signs until the one after. 64 letters
     * and digits hold 381 bits: HS256 wants 256 (RFC 7518, section 3.2), HS384 would be served as well.
     */
    private createKey(number: number): random.RandomPassword {
        return new random.RandomPassword(
            `${this.componentName}-${String(number)}`,
            { length: 64, special: false },
            this.child(),
        );
    }

    private createSecret(
        args: SigningKeysArgs,
        version: number,
        keys: readonly random.RandomPassword[],
    ): aws.secretsmanager.Secret {
        const name = this.componentName;
        const secret = new aws.secretsmanager.Secret(
            name,
            {
                region: args.region,
                description: `Keys that sign tokens: ${name}`,
                kmsKeyId: args.secretsKey.arn,
                recoveryWindowInDays: 30,
                tags: this.tags(name),
            },
            this.child(),
        );
        new aws.secretsmanager.SecretVersion(
            name,
            {
                region: args.region,
                secretId: secret.id,
                // Write-only: neither AWS's provider nor the state gives it back.
                secretStringWo: pulumi
                    .secret(pulumi.all(keys.map((key) => key.result)))
                    .apply((results) => results.join(",")),
                secretStringWoVersion: version,
            },
            this.child(),
        );
        return secret;
    }
}

/** The numbers of the keys: the one that signs, the one before, the one after. The first has none before it. */
export function signingOrder(version: number): number[] {
    return [version, version - 1, version + 1].filter((number) => number > 0);
}

function checkArgs(name: string, version: number): void {
    const problems = new Problems();
    problems.require(isWhole(version, 1, 1_000_000), "version", version, "a whole number from 1 to 1000000", "2");
    problems.throwIfAny(`SigningKeys "${name}"`);
}
