import { ebsEncrypted } from "../../../policies/encryption/rules/ebs-encrypted";
import { describeRule, settings } from "../support/describe-rule";
import { judge, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const volume = (inputs: object): TestResource => resource("ebsVolume", "data", { size: 8, ...inputs });
const instance = (inputs: object): TestResource => resource("instance", "web", { ami: "ami-1", ...inputs });
const template = (...blockDeviceMappings: object[]): TestResource =>
    resource("launchTemplate", "web", { imageId: "ami-1", blockDeviceMappings });
const configuration = (inputs: object): TestResource =>
    resource("launchConfiguration", "web", { imageId: "ami-1", ...inputs });
const byDefault = (inputs: object = {}): TestResource => resource("ebsEncryptionByDefault", "default", inputs);
const ENCRYPTED_ROOT = { rootBlockDevice: { encrypted: true, volumeSize: 8 } };
const root = (ebs: object): object => ({ deviceName: "/dev/xvda", ebs });

describeRule(ebsEncrypted, {
    compliant: {
        "a volume": [volume({ encrypted: true, kmsKeyId: "alias/data" })],
        "an instance": [
            instance({ ...ENCRYPTED_ROOT, ebsBlockDevices: [{ deviceName: "/dev/sdf", encrypted: true }] }),
        ],
        "a launch template": [template(root({ encrypted: "true", volumeSize: 8 }))],
        "a launch template that writes its flag as one": [template(root({ encrypted: true }))],
        "a launch template with disks of the host and devices left out": [
            template(
                root({ encrypted: "true" }),
                { deviceName: "/dev/sdb", virtualName: "ephemeral0" },
                { deviceName: "/dev/sdc", noDevice: "true" },
            ),
        ],
        "an instance from a launch template of the stack": [
            template(root({ encrypted: "true" })),
            resource("instance", "one", { ami: "ami-1", launchTemplate: { id: ref("web"), version: "$Latest" } }),
        ],
        "an instance from a launch template by its name": [
            { ...template(root({ encrypted: "true" })), computed: { name: "web" } },
            resource("instance", "one", { launchTemplate: { name: ref("web", "name") } }),
        ],
        "a launch configuration": [
            configuration({ ...ENCRYPTED_ROOT, ebsBlockDevices: [{ deviceName: "/dev/sdf", encrypted: true }] }),
        ],
        "a spot instance": [resource("spotInstanceRequest", "one", { ami: "ami-1", ...ENCRYPTED_ROOT })],
        "encryption by default": [
            byDefault({ enabled: true }),
            volume({}),
            instance({ ebsBlockDevices: [{ deviceName: "/dev/sdf" }] }),
            resource("launchTemplate", "workers", { imageId: "ami-1" }),
        ],
        "encryption by default, which is what the resource means": [byDefault(), volume({})],
        "encryption by default in the volume's region": [
            byDefault({ region: "eu-west-1" }),
            volume({ region: "eu-west-1" }),
        ],
    },
    violating: {
        "a volume of which nothing is said": {
            resources: [volume({})],
            at: ["data"],
            says: /encrypted is not set: .* Fix: set `encrypted: true`/,
        },
        "a volume in clear text": {
            resources: [volume({ encrypted: false })],
            at: ["data"],
            says: /encrypted is false/,
        },
        "encryption by default switched off": {
            resources: [byDefault({ enabled: false }), volume({})],
            at: ["data"],
            says: /encrypted is not set/,
        },
        "encryption by default in another region": {
            resources: [byDefault({ region: "us-east-1" }), volume({ region: "eu-west-1" })],
            at: ["data"],
            says: /encrypted is not set/,
        },
        "an instance whose root device is in clear text": {
            resources: [instance({ rootBlockDevice: { volumeSize: 20 } })],
            at: ["web"],
            says: /rootBlockDevice\.encrypted is not set/,
        },
        "the second of an instance's devices": {
            resources: [
                instance({
                    ...ENCRYPTED_ROOT,
                    ebsBlockDevices: [{ deviceName: "/dev/sdf", encrypted: true }, { deviceName: "/dev/sdg" }],
                }),
            ],
            at: ["web"],
            says: /ebsBlockDevices\[1\]\.encrypted is not set/,
        },
        "every device of its own": {
            resources: [instance({ rootBlockDevice: {}, ebsBlockDevices: [{ deviceName: "/dev/sdf" }] })],
            at: ["web", "web"],
            says: /encrypted is not set/,
        },
        "a launch template": {
            resources: [template(root({ volumeSize: 8 }))],
            at: ["web"],
            says: /blockDeviceMappings\[0\]\.ebs\.encrypted is not set/,
        },
        "a launch template in clear text": {
            resources: [template(root({ encrypted: "false" }))],
            at: ["web"],
            says: /blockDeviceMappings\[0\]\.ebs\.encrypted is false/,
        },
        "a launch configuration": {
            resources: [configuration({ rootBlockDevice: { encrypted: false } })],
            at: ["web"],
            says: /rootBlockDevice\.encrypted is false/,
        },
        "a spot instance": {
            resources: [resource("spotInstanceRequest", "one", { ami: "ami-1", rootBlockDevice: { volumeSize: 20 } })],
            at: ["one"],
            says: /rootBlockDevice\.encrypted is not set/,
        },
    },
    unknown: {
        "the flag": {
            resources: [volume({ encrypted: UNKNOWN_VALUE })],
            at: ["data"],
            says: /encrypted is not known/,
        },
        "a root device": {
            resources: [instance({ rootBlockDevice: UNKNOWN_VALUE })],
            at: ["web"],
            says: /rootBlockDevice is not known/,
        },
        devices: {
            resources: [instance({ ...ENCRYPTED_ROOT, ebsBlockDevices: UNKNOWN_VALUE })],
            at: ["web"],
            says: /ebsBlockDevices is not known/,
        },
        "the devices of a launch template": {
            resources: [resource("launchTemplate", "web", { imageId: "ami-1", blockDeviceMappings: UNKNOWN_VALUE })],
            at: ["web"],
            says: /blockDeviceMappings is not known/,
        },
        "whether encryption by default is on": {
            resources: [byDefault({ enabled: UNKNOWN_VALUE }), volume({})],
            at: ["data"],
            says: /encrypted is not set, and it is not known whether encryption by default is on/,
        },
        "whether encryption by default is on in the region": {
            resources: [byDefault(), volume({ region: "eu-west-1" })],
            at: ["data"],
            says: /not known whether encryption by default is on/,
        },
        "a volume of a snapshot": {
            resources: [volume({ snapshotId: "snap-1" })],
            at: ["data"],
            says: /encrypted is not set, so it is what the snapshot is/,
            level: "advisory",
        },
        ...Object.fromEntries(
            Object.entries({
                "an instance that leaves its root device to a private image, or a public one": instance({}),
                "a spot instance that leaves it to the image": resource("spotInstanceRequest", "web", { ami: "ami-1" }),
                "a launch configuration that leaves it to the image": configuration({}),
                "an instance with an image that is not known yet": instance({ ami: UNKNOWN_VALUE }),
            }).map(([name, each]) => [
                name,
                {
                    resources: [each],
                    at: ["web"],
                    says: /rootBlockDevice is not set, so the image decides/,
                    level: "advisory" as const,
                },
            ]),
        ),
        "a launch template that leaves its devices to the image": {
            resources: [resource("launchTemplate", "web", { imageId: "ami-1" })],
            at: ["web"],
            says: /blockDeviceMappings is not set, so the image decides/,
            level: "advisory",
        },
        "a launch template that names no image": {
            resources: [resource("launchTemplate", "web", { userData: "" })],
            at: ["web"],
            says: /blockDeviceMappings is not set, so the image decides/,
            level: "advisory",
        },
        "an instance from a launch template of elsewhere": {
            resources: [instance({ launchTemplate: { id: "lt-1" } })],
            at: ["web"],
            says: /rootBlockDevice is not set, so an image or template of elsewhere decides/,
            level: "advisory",
        },
    },
    notApplicable: {
        "encryption by default alone": [byDefault({ enabled: false })],
        "an instance that says all of its devices, with encryption by default": [byDefault(), instance({})],
    },
});

describe("ebs-encrypted", () => {
    const inDefaultRegion = (name: string) => ({ computed: { region: name } });

    test("takes the region that the provider filled in", () => {
        const resources = [byDefault({ region: "eu-west-1" }), { ...volume({}), ...inDefaultRegion("eu-west-1") }];
        expect(judge(ebsEncrypted, resources, { mode: "up" })).toEqual([]);
    });

    test("believes a volume that is there already, and leaves attached ones to themselves", () => {
        const attached = [{ deviceName: "/dev/sdf", encrypted: false }];
        const resources = [
            { ...volume({}), computed: { encrypted: true } },
            { ...instance(ENCRYPTED_ROOT), computed: { ebsBlockDevices: attached } },
        ];
        expect(judge(ebsEncrypted, resources, { mode: "up" })).toEqual([]);
    });

    test("is silent where the configuration says that accounts encrypt by default", () => {
        const config = settings(ebsEncrypted, { encryptionByDefault: true });
        expect(judge(ebsEncrypted, [volume({}), instance({})], { mode: "preview", config })).toEqual([]);
    });
});
