import * as pulumi from "@pulumi/pulumi";
import { Compute } from "./compute";
import { EcsCompute, EcsComputeArgs } from "./ecs/ecs-compute";
import { KubernetesCompute, KubernetesComputeArgs } from "./kubernetes/kubernetes-compute";

/** Each compute target with its own arguments, told apart by `kind`. */
export type ComputeArgs =
    ({ readonly kind: "ecs" } & EcsComputeArgs) | ({ readonly kind: "kubernetes" } & KubernetesComputeArgs);

/**
 * Makes the compute target that the settings ask for, so that the composition reads the same for all of them.
 *
 * ```ts
 * import { createCompute } from "./create-compute";
 * import { EncryptionKey } from "./encryption-key";
 * import { NetworkReference } from "./network-reference";
 *
 * export function computeIn(network: NetworkReference) {
 *     const logsKey = new EncryptionKey("logs", { purpose: "logs", users: ["logs", "ecs-exec"] });
 *     return createCompute("compute", { kind: "ecs", network, logsKey });
 * }
 * ```
 */
export function createCompute(name: string, args: ComputeArgs, opts?: pulumi.ComponentResourceOptions): Compute {
    switch (args.kind) {
        case "ecs":
            return new EcsCompute(name, args, opts);
        case "kubernetes":
            return new KubernetesCompute(name, args, opts);
    }
}
