import { efsMountPerAz } from "../../../policies/no-single-point-of-failure/rules/efs-mount-per-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const subnets = ["a", "b", "c"].map((zone) => resource("subnet", `private-${zone}`, { availabilityZone: zone }));
const twins = ["a", "b", "c"].map((zone) => resource("subnet", `data-${zone}`, { availabilityZone: zone }));
const refs = (zones: string): unknown[] => zones.split("").map((zone) => ref(`private-${zone}`));
const files = resource("efsFileSystem", "files");
const target = (name: string, subnetId: unknown, fileSystemId: unknown = ref("files")): TestResource =>
    resource("efsMountTarget", name, { fileSystemId, subnetId });
const targets = (zones: string, prefix = "data"): TestResource[] => [
    ...subnets,
    ...twins,
    files,
    ...zones.split("").map((zone) => target(`target-${zone}`, ref(`${prefix}-${zone}`))),
];
const service = (zones: unknown): TestResource[] => [
    resource("ecsTaskDefinition", "task", {
        volumes: [
            { name: "scratch" },
            { name: "content", efsVolumeConfiguration: { fileSystemId: ref("files"), transitEncryption: "ENABLED" } },
        ],
    }),
    resource("ecsService", "blog", {
        taskDefinition: ref("task", "arn"),
        networkConfiguration: { subnets: zones },
    }),
];
const lambda = (zones: unknown): TestResource[] => [
    resource("efsAccessPoint", "point", { fileSystemId: ref("files") }),
    resource("lambdaFunction", "resize", {
        fileSystemConfig: { arn: ref("point", "arn"), localMountPath: "/mnt/files" },
        vpcConfig: { subnetIds: zones, securityGroupIds: [] },
    }),
];

describeRule(efsMountPerAz, {
    compliant: {
        "a mount target in each of two zones": targets("ab"),
        "tasks in the zones of the mount targets": [...targets("abc"), ...service(refs("abc"))],
        "tasks in subnets that are unknown as a whole": [
            ...targets("ab"),
            ...service(unknownListOf("private-a", "private-b")),
        ],
        "a function in the zones of the mount targets": [...targets("ab"), ...lambda(refs("ab"))],
        "tasks and mount targets in the same subnets of another stack": [
            files,
            target("one", "subnet-1"),
            target("two", "subnet-2"),
            ...service(["subnet-1", "subnet-2"]),
        ],
    },
    violating: {
        "one mount target": {
            resources: targets("a"),
            at: ["files"],
            says: /mount targets are in one availability zone only \(a\): .* Fix: create an `aws\.efs\.MountTarget` in one subnet of each zone/,
        },
        "one mount target in another stack's subnet": {
            resources: [files, target("one", "subnet-1")],
            at: ["files"],
            says: /mount targets are in one availability zone only:/,
        },
        "tasks in a zone without one": {
            resources: [...targets("ab"), ...service(refs("abc"))],
            at: ["files"],
            says: /mount targets are in a, b, but it is used in other zones: blog \(c\)/,
        },
        "a function in a zone without one": {
            resources: [...targets("ab"), ...lambda(refs("bc"))],
            at: ["files"],
            says: /used in other zones: resize \(c\)/,
        },
        "a mount target of another file system": {
            resources: [
                ...targets("a"),
                resource("efsFileSystem", "other"),
                target("target-b", ref("data-b"), ref("other")),
                target("target-c", ref("data-c"), ref("other")),
            ],
            at: ["files"],
            says: /mount targets are in one availability zone only \(a\)/,
        },
    },
    unknown: {
        "where tasks of another stack's subnets run": {
            resources: [...targets("ab"), ...service(["subnet-1"])],
            at: ["files"],
            says: /mount targets or what uses them are in zones that are not known: blog/,
        },
        "the zone of a mount target": {
            resources: [
                ...targets("a"),
                resource("subnet", "somewhere", { availabilityZone: UNKNOWN_VALUE }),
                target("target-x", ref("somewhere")),
                ...service(refs("ab")),
            ],
            at: ["files"],
            says: /zones that are not known: blog/,
        },
        "mount targets that are made once others are known": {
            resources: [files],
            at: ["files"],
            says: /mount targets are not in this stack, or not known in preview/,
            level: "advisory",
        },
    },
    notApplicable: {
        "a One Zone file system, which takes one mount target": [
            ...subnets,
            resource("efsFileSystem", "files", { availabilityZoneName: "a" }),
            target("target-a", ref("private-a")),
        ],
    },
});
