import { NetworkReference, SubnetReference, Zone } from "../../components/network-reference";

const zone = (number: number): Zone => ({
    id: `euc1-az${String(number)}`,
    key: `az${String(number)}`,
    name: `eu-central-1${"abc"[number - 1] ?? ""}`,
});

/** A network that was made elsewhere, with so many zones. */
export function networkOver(zones: number): NetworkReference {
    const numbers = Array.from({ length: zones }, (_, index) => index + 1);
    const subnets = (kind: string): SubnetReference[] =>
        numbers.map((number) => ({ zone: zone(number), id: `subnet-${kind}-${String(number)}` }));
    return {
        vpcId: "vpc-1",
        cidrBlock: "10.0.0.0/16",
        region: "eu-central-1",
        zones: numbers.map(zone),
        publicSubnets: subnets("public"),
        privateSubnets: subnets("private"),
        isolatedSubnets: subnets("isolated"),
        egressReady: [],
    };
}
