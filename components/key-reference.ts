import * as pulumi from "@pulumi/pulumi";

/** A customer key, as far as the components that encrypt with it need to know. {@link EncryptionKey} is one. */
export interface KeyReference {
    /** ARN of the KMS key, not of an alias: resources keep what they were created with. */
    readonly arn: pulumi.Input<string>;
}
