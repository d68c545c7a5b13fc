import { requireZones } from "../../shared/relations/zones";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";

export const dbSubnetGroupAzs = defineStackRule({
    id: "db-subnet-group-azs",
    title: "A subnet group of databases or caches spans two availability zones at least",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "a standby has no second zone to be in, and moving a database later takes its network with it",
    fix: "give `subnetIds` one subnet in each of two zones or more",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    tokens: tokensOf("rdsSubnetGroup", "elasticacheSubnetGroup"),
    guards: ["subnetIds", { tokens: TOKENS.subnet, property: "availabilityZone" }],
    check: (graph, on) => {
        for (const group of graph.all("rdsSubnetGroup", "elasticacheSubnetGroup")) {
            requireZones(graph.zonesOf(group, "subnetIds"), 2, "subnetIds", on(group));
        }
    },
});
