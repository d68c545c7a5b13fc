import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";

/** A resource as a program registered it. */
export interface RegisteredResource {
    readonly type: string;
    readonly name: string;
    /** The inputs, with outputs of other resources resolved by the mocks. */
    readonly inputs: Record<string, unknown>;
    /** Whether it is a component's child only, without a provider behind it. */
    readonly component: boolean;
}

/** What a program registered and which functions it called. */
export class Registered {
    constructor(
        readonly resources: readonly RegisteredResource[],
        readonly calls: readonly { readonly token: string; readonly inputs: Record<string, unknown> }[],
    ) {}

    /** All resources of a type. */
    ofType(type: string): RegisteredResource[] {
        return this.resources.filter((resource) => resource.type === type);
    }

    /** The one resource of a type (and name), or an error that lists what there is. */
    one(type: string, name?: string): RegisteredResource {
        const found = this.ofType(type).filter((resource) => name === undefined || resource.name === name);
        const only = found[0];
        if (only === undefined || found.length > 1) {
            const known = this.resources.map((resource) => `${resource.type} ${resource.name}`).join("\n");
            throw new Error(`${String(found.length)} resources of type ${type} ${name ?? ""}; registered:\n${known}`);
        }
        return only;
    }
}

const zoneNames = ["a", "b", "c", "d", "e", "f"];

function answer(token: string, inputs: Record<string, unknown>): Record<string, unknown> {
    switch (token) {
        case "aws:index/getPartition:getPartition":
            return { partition: "aws", dnsSuffix: "amazonaws.com", id: "aws", reverseDnsPrefix: "com.amazonaws" };
        case "aws:index/getCallerIdentity:getCallerIdentity":
            return { accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/test", id: "x", userId: "x" };
        case "aws:index/getRegion:getRegion":
            return {
                name: inputs["region"] ?? "eu-central-1",
                region: inputs["region"] ?? "eu-central-1",
                id: "eu-central-1",
            };
        case "aws:index/getAvailabilityZone:getAvailabilityZone": {
            const number = Number(/\d+$/.exec(String(inputs["zoneId"]))?.[0] ?? "1");
            return { ...inputs, name: `eu-central-1${zoneNames[number - 1] ?? "a"}`, id: "zone" };
        }
        case "aws:ec2/getManagedPrefixList:getManagedPrefixList":
            return { ...inputs, id: `${token}-id`, entries: [{ cidr: "52.219.0.0/16", description: "" }] };
        case "aws:iam/getPolicyDocument:getPolicyDocument":
            return {
                ...inputs,
                json: JSON.stringify({ Version: "2012-10-17", Statement: inputs["statements"] }),
                id: "doc",
            };
        default:
            return { ...inputs, id: `${token}-id`, arn: `arn:aws:mock:::${token}` };
    }
}

/**
 * As the provider of Kubernetes does: an object without a name gets that of its resource, with eight digits. Here they come of the
 * content, so that objects of several runs can be compared.
 */
function withName(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
    const metadata = inputs["metadata"];
    if (!type.startsWith("kubernetes:") || typeof metadata !== "object" || metadata === null || "name" in metadata) {
        return inputs;
    }
    const digits = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 8);
    const annotations = { ...(metadata as { annotations?: object }).annotations, "pulumi.com/autonamed": "true" };
    return { ...inputs, metadata: { ...metadata, name: `${name}-${digits}`, annotations } };
}

/**
 * Runs a program against mocks and records what it registers. Every resource gets an id, an ARN and a name, so that
 * outputs of one can be seen in the inputs of another; a test may add outputs by type.
 *
 * @param outputs further outputs by resource type
 */
export async function record(
    program: () => unknown,
    outputs: Record<string, (inputs: Record<string, unknown>, name: string) => Record<string, unknown>> = {},
): Promise<Registered> {
    const resources: RegisteredResource[] = [];
    const calls: { token: string; inputs: Record<string, unknown> }[] = [];
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs, custom }) => {
                const given = withName(type, name, inputs as Record<string, unknown>);
                resources.push({ type, name, inputs: given, component: custom === false });
                return {
                    id: `${name}-id`,
                    state: {
                        arn: `arn:aws:mock:eu-central-1:123456789012:${name}`,
                        name: given["name"] ?? `${name}-0a1b2c3`,
                        ...given,
                        ...outputs[type]?.(given, name),
                    },
                };
            },
            call: ({ token, inputs }) => {
                calls.push({ token, inputs: inputs as Record<string, unknown> });
                return answer(token, inputs as Record<string, unknown>);
            },
        },
        "headroom",
        "test",
        false,
    );
    await pulumi.runtime.runInPulumiStack(async () => {
        await Promise.resolve(program());
        return {};
    });
    await pulumi.runtime.disconnect();
    return new Registered(resources, calls);
}

/** The value of an output, awaited. */
export function valueOf<T>(output: pulumi.Input<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        pulumi.output(output).apply((value) => {
            resolve(value as T);
        });
        setTimeout(() => {
            reject(new Error("the output never resolved"));
        }, 5_000).unref();
    });
}
