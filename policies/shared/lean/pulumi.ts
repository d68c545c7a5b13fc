/**
 * What @pulumi/policy uses of @pulumi/pulumi, and no more. The whole package loads 700 modules, most of a pack's start;
 * the bundle of a pack puts this in its place. The program is not concerned: a pack runs in a process of its own.
 */
export * as asset from "@pulumi/pulumi/asset";

/** Outputs exist in programs only; a pack that remediates must not return one, and this is how the SDK looks. */
export const Output = {
    isInstance: (value: unknown): boolean =>
        typeof value === "object" && value !== null && (value as { __pulumiOutput?: unknown }).__pulumiOutput === true,
};
