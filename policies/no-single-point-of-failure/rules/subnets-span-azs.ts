import { requireZones } from "../../shared/relations/zones";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

const DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc";
const DEFAULT_SUBNET = "aws:ec2/defaultSubnet:DefaultSubnet";

export const subnetsSpanAzs = defineStackRule({
    id: "subnets-span-azs",
    title: "The subnets of a VPC span two availability zones at least",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "nothing in the network can outlive the failure of that zone",
    fix: "add subnets with another `availabilityZone`",
    url: "https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
    tokens: TOKENS.vpc,
    guards: [{ tokens: TOKENS.subnet, property: "availabilityZone" }],
    check: (graph, on) => {
        for (const vpc of graph.all("vpc")) {
            const subnets = graph.referring(vpc, "subnet", "vpcId");
            // A VPC without subnets in this stack runs nothing that could fail here. AWS gives the default VPC a default subnet
            // in each zone, of which a program may take up one.
            const byDefault = vpc.type === DEFAULT_VPC && subnets.every(({ type }) => type === DEFAULT_SUBNET);
            if (subnets.length > 0 && !byDefault) {
                const zones = graph.zonesReached({ nodes: subnets, outside: 0, count: subnets.length, exact: true });
                requireZones(zones, 2, "subnets", on(vpc));
            }
        }
    },
});
