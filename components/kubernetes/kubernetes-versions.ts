/**
 * The versions of Kubernetes that a cluster of ours can have, with the add-ons that were released for each.
 *
 * Two at a time: the newest that EKS serves, and the one before it, so that there is always a way up. Standard support of EKS,
 * after which an hour of the control plane costs six times as much or EKS upgrades by itself, ends fourteen months after a version's
 * release on EKS: on 2027-03-27 for 1.35, in the summer of 2027 for 1.36. `aws eks describe-cluster-versions` says the day.
 *
 * Source: EKS user guide, "Understand the Kubernetes version lifecycle on EKS"; endoflife.date for the day of 1.35.
 */
export const kubernetesVersions = ["1.36", "1.35"] as const;

/** A version of Kubernetes that is supported here. */
export type KubernetesVersion = (typeof kubernetesVersions)[number];

/** The version that new clusters get. */
export const defaultKubernetesVersion: KubernetesVersion = "1.36";

/** Add-ons that every cluster of ours has. */
export type CommonAddon = "metrics-server" | "aws-secrets-store-csi-driver-provider";

/** What EKS Auto Mode has built in, and a cluster with node groups gets as add-ons. */
export type NodeAddon = "vpc-cni" | "kube-proxy" | "coredns" | "eks-pod-identity-agent" | "aws-ebs-csi-driver";

/** What EKS offered for both versions alike. */
const sameForAll = {
    "metrics-server": "v0.9.0-eksbuild.8",
    "aws-secrets-store-csi-driver-provider": "v3.1.3-eksbuild.1",
    "vpc-cni": "v1.22.4-eksbuild.3",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "aws-ebs-csi-driver": "v1.65.0-eksbuild.1",
} as const;

/**
 * Versions of add-ons, pinned: an add-on that floats changes a cluster without an update of ours.
 *
 * Not taken from EKS directly: these are the pins of public programs whose authors name `aws eks describe-addon-versions` as their
 * source, August to October 2026. EKS withdraws old builds and refuses a version that it does not know, before anything else of the
 * add-on happens: ask it before the first update, and for newer ones, with
 * `aws eks describe-addon-versions --kubernetes-version 1.36 --addon-name coredns`.
 */
export const addonVersions: Readonly<Record<KubernetesVersion, Readonly<Record<CommonAddon | NodeAddon, string>>>> = {
    "1.36": { ...sameForAll, "kube-proxy": "v1.36.0-eksbuild.17", coredns: "v1.14.3-eksbuild.14" },
    "1.35": { ...sameForAll, "kube-proxy": "v1.35.3-eksbuild.29", coredns: "v1.13.2-eksbuild.31" },
};

/**
 * Images of the cluster autoscaler. It works out what the scheduler would do, by the scheduler's own code, so it must be of the
 * cluster's minor version; its chart follows late.
 *
 * Source: https://github.com/kubernetes/autoscaler/releases.
 */
export const autoscalerVersions: Readonly<Record<KubernetesVersion, string>> = { "1.36": "v1.36.1", "1.35": "v1.35.2" };
