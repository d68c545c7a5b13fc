import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";

/** Hexadecimal digits of a name that tell contents apart: one in four thousand million. */
const digits = 8;

/** Plain data, with outputs in it. */
type Content = readonly Readonly<Record<string, pulumi.Input<string>>>[];

/**
 * The name of an object whose content never changes: another content is another object. Pods that refer to it by this name are
 * exchanged when it changes, those that still run keep the old one, and nothing is changed under them.
 *
 * For objects that somebody else makes and takes away. Those of Pulumi get a name from it: it may have to make one while another of the
 * same content waits for its deletion.
 *
 * @param content plain data, in an order that does not change
 */
export function contentName(name: string, content: pulumi.Input<Content>): pulumi.Output<string> {
    return pulumi
        .output(content)
        .apply(
            (known) => `${name}-${createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, digits)}`,
        );
}
