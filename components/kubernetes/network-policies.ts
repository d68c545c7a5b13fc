import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Connection } from "../binding";
import { Labels } from "./workload-labels";

type NetworkPolicySpec = kubernetes.types.input.networking.v1.NetworkPolicySpec;
type Egress = kubernetes.types.input.networking.v1.NetworkPolicyEgressRule;
type Ingress = kubernetes.types.input.networking.v1.NetworkPolicyIngressRule;
type Peer = kubernetes.types.input.networking.v1.NetworkPolicyPeer;

/** What a workload's network policy depends on. */
export interface NetworkFacts {
    readonly selector: Labels;
    /** Address range of the VPC. */
    readonly vpcCidr: pulumi.Input<string>;
    /** Address range of the cluster's Services, the DNS server among them. */
    readonly serviceCidr: string;
    readonly connections: readonly Connection[];
    readonly internet: "https" | "none";
    /** Address ranges of S3, for what has no way to the internet: its gateway endpoint is reached by its public addresses. */
    readonly s3Ranges?: pulumi.Input<readonly string[]>;
    /** Port that the balancer sends requests to. */
    readonly servedPort?: number;
    /** Port that Prometheus scrapes, and where Prometheus runs. */
    readonly metrics?: { readonly port: number; readonly namespace: string };
    /** Where the pods send traces to. */
    readonly telemetry?: { readonly port: number; readonly namespace: string };
}

/** The policy under which nothing in a namespace may talk to anything, both ways: others open what is needed. */
export const denyAll: NetworkPolicySpec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

/** Where pods ask for the credentials of their identity: the Pod Identity agent of EKS, link-local on each node. */
const identityAgent = { cidr: "169.254.170.23/32", port: 80 };

/** Where a node-local DNS cache listens, as the nodes of EKS Auto Mode have it. */
const nodeLocalDns = "169.254.20.10/32";

const dnsPort = 53;
const https = 443;

/**
 * What a workload may do in the network: be reached by the balancer and by Prometheus, ask DNS, reach the peers of its bindings,
 * and HTTPS.
 *
 * A network policy knows addresses, not security groups: peers lie somewhere in the VPC, and the security groups say where exactly.
 * Both must agree before a connection is made. The balancer's addresses change, so its range is the VPC's as well.
 */
export function networkPolicy(facts: NetworkFacts): NetworkPolicySpec {
    const admitted = ingress(facts);
    return {
        podSelector: { matchLabels: { ...facts.selector } },
        policyTypes: ["Ingress", "Egress"],
        // The API server keeps no empty list: given again, it would count as a change.
        ...(admitted.length === 0 ? {} : { ingress: admitted }),
        egress: egress(facts),
    };
}

function ingress({ servedPort, metrics, vpcCidr }: NetworkFacts): Ingress[] {
    return [
        ...(servedPort === undefined ? [] : [{ from: [addresses(vpcCidr)], ports: [tcp(servedPort)] }]),
        ...(metrics === undefined ? [] : [{ from: [namespace(metrics.namespace)], ports: [tcp(metrics.port)] }]),
    ];
}

function egress({ connections, internet, vpcCidr, serviceCidr, telemetry, s3Ranges }: NetworkFacts): Egress[] {
    const ports = [...new Set(connections.map(({ port }) => port))].sort((a, b) => a - b);
    return [
        {
            to: [namespace("kube-system"), addresses(serviceCidr), addresses(nodeLocalDns)],
            ports: [tcp(dnsPort), { protocol: "UDP", port: dnsPort }],
        },
        { to: [addresses(identityAgent.cidr)], ports: [tcp(identityAgent.port)] },
        ...(ports.length === 0 ? [] : [{ to: [addresses(vpcCidr)], ports: ports.map(tcp) }]),
        ...(telemetry === undefined ? [] : [{ to: [namespace(telemetry.namespace)], ports: [tcp(telemetry.port)] }]),
        internet === "https"
            ? {
                  // The metadata service of the node is no part of the internet, and would hand out the node's identity.
                  to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }],
                  ports: [tcp(https)],
              }
            : { to: [addresses(vpcCidr)], ports: [tcp(https)] },
        ...(internet === "https" || s3Ranges === undefined ? [] : [{ to: rangesOf(s3Ranges), ports: [tcp(https)] }]),
    ];
}

const tcp = (port: number) => ({ protocol: "TCP", port });

const addresses = (cidr: pulumi.Input<string>): Peer => ({ ipBlock: { cidr } });

const rangesOf = (ranges: pulumi.Input<readonly string[]>): pulumi.Output<Peer[]> =>
    pulumi.output(ranges).apply((known) => known.map((cidr) => ({ ipBlock: { cidr } })));

const namespace = (name: string): Peer => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
