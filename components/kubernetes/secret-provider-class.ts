import * as pulumi from "@pulumi/pulumi";
import { SecretReference } from "../binding";
import { PodIdentityProvider } from "./cluster-reference";
import { Labels } from "./workload-labels";

/** What the Secrets Store driver needs to know to fetch the secrets of a workload. */
export interface SecretProviderFacts {
    readonly namespace: string;
    readonly labels: Labels;
    readonly region: string;
    readonly identity: PodIdentityProvider["kind"];
    /** Name of the Secret that the driver keeps in step, from which the container takes its variables. */
    readonly secretName: pulumi.Input<string>;
    /** Sorted. */
    readonly secrets: readonly SecretReference[];
}

/** One entry of the provider's list: a secret, and the file for each of its fields. */
interface SecretObject {
    readonly objectName: string;
    readonly objectType: "secretsmanager";
    readonly objectAlias?: string;
    readonly jmesPath?: readonly { readonly path: string; readonly objectAlias: string }[];
}

/**
 * The object that tells the Secrets Store driver, with the provider of AWS, which secrets to fetch when a pod starts: names and
 * ARNs only. The driver fetches in the pod's name, with the pod's own role.
 *
 * The driver mounts files, and our containers read variables, so it also keeps a Secret in step while a pod mounts the volume.
 * The API server encrypts that Secret with the cluster's key.
 */
export function secretProviderClass(facts: SecretProviderFacts) {
    const { secrets, secretName } = facts;
    return {
        apiVersion: "secrets-store.csi.x-k8s.io/v1",
        kind: "SecretProviderClass",
        // Pulumi names it: another list is another object.
        metadata: { namespace: facts.namespace, labels: { ...facts.labels } },
        spec: {
            provider: "aws",
            parameters: {
                region: facts.region,
                ...(facts.identity === "pod-identity" ? { usePodIdentity: "true" } : {}),
                // The provider reads YAML, of which JSON is a part.
                objects: objectsOf(secrets).apply((objects) => JSON.stringify(objects)),
            },
            secretObjects: [
                {
                    secretName,
                    type: "Opaque",
                    labels: { ...facts.labels },
                    data: secrets.map(({ variable }) => ({ objectName: variable, key: variable })),
                },
            ],
        },
    };
}

function objectsOf(secrets: readonly SecretReference[]): pulumi.Output<SecretObject[]> {
    return pulumi
        .all(secrets.map(({ secretArn }) => secretArn))
        .apply((arns) => secretObjects(secrets.map((secret, index) => ({ ...secret, secretArn: arns[index] ?? "" }))));
}

/**
 * The secrets by ARN: the provider refuses two entries with one secret.
 *
 * @throws for two variables of one whole secret, to which the provider gives one name only; fields of it have a name each
 */
export function secretObjects(
    secrets: readonly (Pick<SecretReference, "variable" | "field"> & { readonly secretArn: string })[],
): SecretObject[] {
    const objects = new Map<string, SecretObject>();
    for (const { variable, field, secretArn } of secrets) {
        const known = objects.get(secretArn);
        if (field === undefined && known?.objectAlias !== undefined) {
            throw new Error(
                `${known.objectAlias} and ${variable} take the same whole secret ${secretArn}, which the Secrets Store driver ` +
                    "gives to one variable only; use one variable, or name a field of the secret for each",
            );
        }
        objects.set(secretArn, {
            objectName: secretArn,
            objectType: "secretsmanager",
            ...known,
            ...(field === undefined
                ? { objectAlias: variable }
                : {
                      jmesPath: [
                          ...(known?.jmesPath ?? []),
                          // Quoted: a field may be named with dashes.
                          { path: JSON.stringify(field), objectAlias: variable },
                      ],
                  }),
        });
    }
    return [...objects.values()];
}
