import * as pulumi from "@pulumi/pulumi";

/** An availability zone, by the id that means the same place in every account. */
export interface Zone {
    /** Zone id such as `euc1-az1`; a plain string, since logical names are derived from it. */
    readonly id: string;
    /** The part of the id that tells zones of one region apart, used in logical names: `az1`. */
    readonly key: string;
    /** The zone's name in this account, such as `eu-central-1a`. */
    readonly name: pulumi.Input<string>;
}

/** A subnet and where it lies. */
export interface SubnetReference {
    readonly zone: Zone;
    readonly id: pulumi.Input<string>;
}

/**
 * What components need to know about a network. {@link Network} is one; a network that was made elsewhere is described
 * by hand, so that every component can be used in a VPC that Headroom did not create.
 */
export interface NetworkReference {
    readonly vpcId: pulumi.Input<string>;
    readonly cidrBlock: pulumi.Input<string>;
    readonly region: string;
    readonly zones: readonly Zone[];
    /** Subnets with a route to the internet gateway: NAT gateways, nothing else. */
    readonly publicSubnets: readonly SubnetReference[];
    /** Subnets with a route out through NAT: load balancer and containers. */
    readonly privateSubnets: readonly SubnetReference[];
    /** Subnets without any route out of the VPC: databases and caches. */
    readonly isolatedSubnets: readonly SubnetReference[];
    /**
     * What must exist before anything in the private subnets can reach the internet, and before a CloudFront VPC origin
     * can be made: the internet gateway and the routes.
     */
    readonly egressReady: readonly pulumi.Resource[];
}
