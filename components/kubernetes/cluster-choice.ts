import { ComponentArgs } from "../component";
import { ExistingClusterArgs } from "./existing-cluster";
import { KubernetesClusterArgs } from "./kubernetes-cluster";

/** A part of a cluster that is made here, is there already, or is done without. */
export type Provision = "install" | "present" | "none";

/** A cluster of the program's own, or one that is there already. A plain object, since the program's structure depends on it. */
export type ClusterChoice = {
    /** Whether KEDA scales workers on the queue's backlog; without it an autoscaler reads the backlog as an external metric. */
    readonly keda: Provision;
    /** Whether a Prometheus with its operator watches pods. */
    readonly monitoring: Provision;
} & (
    | {
          readonly create: Pick<
              KubernetesClusterArgs,
              | "version"
              | "nodes"
              | "publicAccessCidrs"
              | "privateAccessCidrs"
              | "adminRoleArns"
              | "serviceCidr"
              | "deletionProtection"
              | "forceUpdate"
          >;
      }
    | { readonly adopt: Omit<ExistingClusterArgs, keyof ComponentArgs> }
);
