import type { Report } from "../../shared/finding";
import type { Node, ResourceGraph } from "../../shared/graph";
import { isNode, single, type Single } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf, type Kind } from "../../shared/tokens";
import { elements, UNKNOWN, type Maybe, type Readable, type Unknown } from "../../shared/unknown";

/** What says of each device of a machine whether it is encrypted. */
const MACHINES = ["instance", "spotInstanceRequest", "launchConfiguration"] as const satisfies readonly Kind[];

const HOLDERS = ["ebsVolume", "launchTemplate", ...MACHINES] as const satisfies readonly Kind[];

export const ebsEncrypted = defineStackRule({
    id: "ebs-encrypted",
    title: "Every volume is encrypted at rest",
    severity: "critical",
    frameworks: { fsbp: ["EC2.3"], checkov: ["CKV_AWS_3", "CKV_AWS_8"], wellArchitected: ["SEC08-BP02"] },
    why: "the data and every snapshot of it are readable to whoever gets hold of the storage, and encryption cannot be turned on later without a new volume",
    fix: "set `encrypted: true` and `kmsKeyId` to a key of your own, or add an `aws.ebs.EncryptionByDefault` for the region",
    url: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
    tokens: tokensOf(...HOLDERS),
    guards: [
        { tokens: TOKENS.ebsVolume, property: "encrypted" },
        { tokens: tokensOf(...MACHINES), property: "rootBlockDevice.encrypted" },
        { tokens: tokensOf(...MACHINES), property: "ebsBlockDevices" },
        { tokens: TOKENS.launchTemplate, property: "blockDeviceMappings" },
        { tokens: TOKENS.ebsEncryptionByDefault, property: "enabled" },
    ],
    settings: {
        encryptionByDefault: {
            type: "boolean",
            default: false,
            description:
                "Whether encryption by default is on, by other means than this stack, in every account and region that it goes to.",
        },
    },
    check: (graph, on, { encryptionByDefault }) => {
        if (encryptionByDefault === true) {
            return;
        }
        const defaults = defaultsByRegion(graph);
        for (const node of graph.all(...HOLDERS)) {
            const byDefault = isEncryptedByDefault(node, defaults);
            if (byDefault !== true) {
                judge(graph, node, byDefault, on(node));
            }
        }
    },
});

type Defaults = ReadonlyMap<string | undefined, boolean | Unknown>;

/** Encryption by default as the stack sets it, by the region that it is set for; `undefined`: the provider's. */
function defaultsByRegion(graph: ResourceGraph): Defaults {
    return new Map(
        graph.all("ebsEncryptionByDefault").map((each) => [regionOf(each), each.bool("enabled") ?? true] as const),
    );
}

function regionOf(node: Node): string | undefined {
    const region = node.str("region");
    return region === UNKNOWN ? undefined : region;
}

function isEncryptedByDefault(node: Node, defaults: Defaults): boolean | Unknown {
    const region = regionOf(node);
    const own = defaults.get(region);
    if (own !== undefined) {
        return own;
    }
    // A region that is named and one that is not may be the same.
    const comparable = region !== undefined && !defaults.has(undefined);
    return comparable || [...defaults.values()].every((enabled) => enabled === false) ? false : UNKNOWN;
}

function judge(graph: ResourceGraph, node: Node, byDefault: false | Unknown, report: Report): void {
    const judgeVolume = (encrypted: Maybe<boolean>, snapshot: unknown, property: string): void => {
        const state = encrypted === false ? "is false" : "is not set";
        if (encrypted === true) {
            return;
        }
        if (encrypted === UNKNOWN) {
            report.undetermined(property);
        } else if (byDefault === UNKNOWN) {
            report.undetermined(property, `${state}, and it is not known whether encryption by default is on`);
        } else if (snapshot !== undefined && snapshot !== "") {
            report.open(property, `${state}, so it is what the snapshot is that the volume is made from`);
        } else {
            report.violation(property, state);
        }
    };
    const judgeDevices = (list: string, path: string): void => {
        // The outputs of an instance have every volume that is attached to it, those with a resource of their own too.
        const devices = (node.inputs ?? node).list(list);
        if (devices === UNKNOWN) {
            report.undetermined(list);
        }
        elements(devices).forEach((device, index) => {
            // Disks of the host are always encrypted, and a mapping may do no more than leave a device out.
            if (path === "" || device.get("ebs") !== undefined) {
                const name = `${list}[${index}].${path}encrypted`;
                judgeVolume(device.bool(`${path}encrypted`), device.get(`${path}snapshotId`), name);
            }
        });
    };
    // Volumes are as encrypted as the snapshots of their image, which its id says nothing about.
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIEncryption.html
    const judgeImage = (property: string, from: string): void => {
        report.open(property, `is not set, so ${from} decides`);
    };

    // Where a volume is there already, its output says what encryption by default made of it.
    if (node.is("ebsVolume")) {
        judgeVolume(node.bool("encrypted"), node.get("snapshotId"), "encrypted");
    } else if (node.is("launchTemplate")) {
        judgeDevices("blockDeviceMappings", "ebs.");
        const mappings = node.list("blockDeviceMappings");
        if (mappings !== UNKNOWN && !elements(mappings).some((mapping) => mapping.get("ebs") !== undefined)) {
            judgeImage("blockDeviceMappings", "the image");
        }
    } else {
        judgeDevices("ebsBlockDevices", "");
        const root = rootDeviceOf(node);
        if (root === UNKNOWN) {
            report.undetermined("rootBlockDevice");
        } else if (root !== undefined) {
            judgeVolume(root.bool("encrypted"), undefined, "rootBlockDevice.encrypted");
        } else {
            const template = templateOf(graph, node);
            // A template of the stack is judged itself.
            if (!isNode(template)) {
                judgeImage("rootBlockDevice", template === "unset" ? "the image" : "an image or template of elsewhere");
            }
        }
    }
}

function rootDeviceOf(node: Node): Maybe<Readable> {
    const devices = node.list("rootBlockDevice");
    return devices === UNKNOWN ? UNKNOWN : devices?.[0];
}

/** The launch template that an instance takes its devices from where it says nothing itself. */
function templateOf(graph: ResourceGraph, node: Node): Single {
    const byId = single(graph, node, "launchTemplate.id", "launchTemplate");
    return byId === "unset" ? single(graph, node, "launchTemplate.name", "launchTemplate") : byId;
}
