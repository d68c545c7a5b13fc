import type { Cluster, Valkey } from "iovalkey";

/** A connection to a cluster or to a single server; both take the same commands. */
export type ValkeyClient = Cluster | Valkey;
