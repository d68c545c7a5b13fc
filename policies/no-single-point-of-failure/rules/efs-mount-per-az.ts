import { mountingsByFileSystem, mountTargetsOf, placementOfMountTargets } from "../../shared/relations/file-systems";
import { uncovered, zoneNames } from "../../shared/relations/zone-coverage";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const efsMountPerAz = defineStackRule({
    id: "efs-mount-per-az",
    title: "A file system has a mount target in every availability zone in which it is used",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "what runs in a zone without a mount target cannot mount the file system by its name, or loses it with another zone",
    fix: "create an `aws.efs.MountTarget` in one subnet of each zone",
    url: "https://docs.aws.amazon.com/efs/latest/ug/accessing-fs.html",
    tokens: TOKENS.efsFileSystem,
    guards: [
        { tokens: TOKENS.efsMountTarget, property: "subnetId" },
        { tokens: TOKENS.efsMountTarget, property: "fileSystemId" },
        { tokens: TOKENS.subnet, property: "availabilityZone" },
        { tokens: TOKENS.ecsService, property: "networkConfiguration.subnets" },
        { tokens: TOKENS.lambdaFunction, property: "vpcConfig.subnetIds" },
    ],
    check: (graph, on) => {
        const mountings = mountingsByFileSystem(graph);
        for (const fileSystem of graph.all("efsFileSystem")) {
            // A One Zone file system takes one mount target only.
            if ((fileSystem.inputs ?? fileSystem).str("availabilityZoneName") !== undefined) {
                continue;
            }
            const report = on(fileSystem);
            const mountTargets = mountTargetsOf(graph, fileSystem);
            const placement = placementOfMountTargets(graph, mountTargets);
            const zones = zoneNames(graph, placement);
            if (mountTargets.length === 0) {
                report.open("mount targets", "are not in this stack, or not known in preview");
                continue;
            }
            const missing: string[] = [];
            const open: string[] = [];
            for (const { node, placement: own } of mountings.get(fileSystem) ?? []) {
                const result = uncovered(graph, own, placement);
                if (result.missing.length > 0) {
                    missing.push(`${node.name} (${result.missing.join(", ")})`);
                } else if (result.open) {
                    open.push(node.name);
                }
            }
            if (mountTargets.length === 1) {
                report.violation(
                    "mount targets",
                    `are in one availability zone only${zones === "" ? "" : ` (${zones})`}`,
                );
            } else if (missing.length > 0) {
                report.violation(
                    "mount targets",
                    `are in ${zones}, but it is used in other zones: ${missing.sort().join(", ")}`,
                );
            } else if (open.length > 0) {
                report.undetermined(
                    "mount targets",
                    `or what uses them are in zones that are not known: ${open.sort().join(", ")}`,
                );
            }
        }
    },
});
