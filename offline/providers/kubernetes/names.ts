import { nested, text, type ValueMap } from "../values";

/** `namespace/name` of an object, as far as it is known. */
export function nameOfObject(object: ValueMap): string {
    const metadata = nested(object, "metadata");
    return `${text(metadata, "namespace") ?? "default"}/${text(metadata, "name") ?? ""}`;
}

/** Kinds that live outside of namespaces. */
export const clusterScoped = new Set(
    (
        "Namespace Node PersistentVolume ClusterRole ClusterRoleBinding CustomResourceDefinition StorageClass PriorityClass " +
        "IngressClass RuntimeClass CSIDriver CSINode VolumeAttachment VolumeAttributesClass APIService FlowSchema PriorityLevelConfiguration " +
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding " +
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding CertificateSigningRequest ClusterTrustBundle DeviceClass ResourceSlice " +
        "IPAddress ServiceCIDR StorageVersion StorageVersionMigration ComponentStatus PodSecurityPolicy ClusterIssuer ClusterSecretStore " +
        "NodePool EC2NodeClass NodeClass GatewayClass"
    ).split(" "),
);
