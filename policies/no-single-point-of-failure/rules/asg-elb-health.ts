import type { Node, ResourceGraph } from "../../shared/graph";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN } from "../../shared/unknown";

/** What sends traffic to a group, by the health check that goes with it. */
type Source = "ELB" | "VPC_LATTICE";

export const asgElbHealth = defineStackRule({
    id: "asg-elb-health",
    title: "An Auto Scaling group behind a load balancer replaces what the load balancer finds unhealthy",
    severity: "medium",
    frameworks: { fsbp: ["AutoScaling.1"], checkov: ["CKV2_AWS_15"], wellArchitected: ["REL11-BP03"] },
    why: "an instance that runs but does not answer is taken out of service and never replaced, so the group shrinks unseen",
    fix: 'set `healthCheckType: "ELB"`, with a `healthCheckGracePeriod` as long as an instance takes to start',
    url: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/health-checks-overview.html",
    tokens: TOKENS.autoScalingGroup,
    // Not the lists of target groups: a program with attachments of their own has to ignore changes of them.
    guards: ["healthCheckType"],
    check: (graph, on) => {
        for (const group of graph.all("autoScalingGroup")) {
            const { sources, open } = sourcesOf(graph, group);
            const type = (group.inputs ?? group).str("healthCheckType");
            const types = typeof type === "string" ? type.split(",").map((each) => each.trim().toUpperCase()) : [];
            const missing = sources.filter((source) => !types.includes(source));
            if (missing.length > 0 && type === UNKNOWN) {
                on(group).undetermined("healthCheckType");
            } else if (missing.length > 0) {
                const [first = "ELB"] = missing;
                on(group).violation(
                    "healthCheckType",
                    type === undefined ? `is not set, which means "EC2"` : `leaves out "${first}"`,
                    first === "ELB" ? undefined : `set \`healthCheckType: "${first}"\``,
                );
            } else if (sources.length === 0 && open !== undefined && !types.includes("ELB")) {
                on(group).undetermined(open, "may hold a load balancer's target group");
            }
        }
    },
});

/** What sends traffic to a group: by its own lists, or by an attachment. */
function sourcesOf(
    graph: ResourceGraph,
    group: Node,
): { readonly sources: readonly Source[]; readonly open: string | undefined } {
    const sources = new Set<Source>();
    let open: string | undefined;
    for (const property of ["targetGroupArns", "loadBalancers"]) {
        const values = group.inputs?.strings(property) ?? group.strings(property);
        if (values === UNKNOWN && graph.dependenciesOf(group, property, "targetGroup").length === 0) {
            open ??= property;
        } else if (values === UNKNOWN || (values !== undefined && values.length > 0)) {
            sources.add("ELB");
        }
    }
    const listed = group.inputs?.list("trafficSources") ?? group.list("trafficSources");
    if (listed === UNKNOWN) {
        open ??= "trafficSources";
    }
    const attached = graph.referring(group, "autoScalingTrafficSourceAttachment", "autoscalingGroupName");
    const described = attached.flatMap((attachment) => elements(attachment.list("trafficSource")));
    for (const source of [...elements(listed), ...described]) {
        // Without a type the API tells it from the ARN.
        const identifier = source.str("identifier");
        const lattice =
            source.get("type") === "vpc-lattice" ||
            (typeof identifier === "string" && identifier.includes(":vpc-lattice:"));
        sources.add(lattice ? "VPC_LATTICE" : "ELB");
    }
    if (graph.referring(group, "autoScalingAttachment", "autoscalingGroupName").length > 0) {
        sources.add("ELB");
    }
    return { sources: [...sources], open };
}
