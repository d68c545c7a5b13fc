import type { ComputeContext } from "../../rules";
import { physicalName } from "../../aws/physical-names";
import { flag, list, nested, number, text, type Value, type ValueMap } from "../../values";
import type { CloudResource } from "../../cloud";
import type { Generator } from "../../generator";

/** What a rule for computed values has at hand: the inputs, and makers of identifiers in AWS's formats. */
export class Facts {
    readonly generator: Generator;
    readonly region: string;
    readonly account: string;
    readonly partition: string;
    readonly dnsSuffix: string;
    readonly inputs: ValueMap;
    /** The physical name. */
    readonly name: string;
    /** The id given from outside (a refresh, an update, an import). */
    readonly knownId?: string;

    constructor(readonly context: ComputeContext) {
        this.generator = context.generator;
        this.region = context.session.region;
        this.account = context.session.accountId;
        this.partition = context.session.partition;
        this.dnsSuffix = context.session.dnsSuffix;
        this.inputs = context.inputs;
        if (context.knownId !== undefined) {
            this.knownId = context.knownId;
        }
        const property = physicalName(context.spec)?.property;
        this.name =
            (property && text(context.inputs, property)) ??
            this.text("name") ??
            (context.knownId !== undefined && !/[/:]/.test(context.knownId) ? context.knownId : undefined) ??
            `${context.name}-${this.generator.hex(7, "name")}`;
    }

    text(key: string): string | undefined {
        return text(this.inputs, key);
    }
    number(key: string): number | undefined {
        return number(this.inputs, key);
    }
    flag(key: string): boolean {
        return flag(this.inputs, key);
    }
    nested(key: string): ValueMap {
        return nested(this.inputs, key);
    }
    list(key: string): Value[] {
        return list(this.inputs, key);
    }

    /** The id if it is given, else a new one. */
    id(make: () => string): string {
        return this.knownId ?? make();
    }

    /** `vpc-0123456789abcdef0`. */
    prefixed(prefix: string): string {
        return this.id(() => `${prefix}-0${this.generator.hex(16, prefix)}`);
    }

    /** An identifier of the same kind for something that belongs to the resource. */
    other(prefix: string, label = prefix): string {
        return `${prefix}-0${this.generator.hex(16, label)}`;
    }

    arn(service: string, resource: string): string {
        return `arn:${this.partition}:${service}:${this.region}:${this.account}:${resource}`;
    }

    /** ARN of something that belongs to an account but not to a region. */
    globalArn(service: string, resource: string): string {
        return `arn:${this.partition}:${service}::${this.account}:${resource}`;
    }

    /** Host name below the region's own domain. */
    host(prefix: string): string {
        return `${prefix}.${this.region}.${this.dnsSuffix}`;
    }

    /** Another resource of the journal, by type and id (or name, or ARN). */
    lookup(type: string, reference: string | undefined): CloudResource | undefined {
        return reference === undefined
            ? undefined
            : this.context.environment.cloud.find(
                  type,
                  (one) =>
                      one.id === reference || one.outputs["arn"] === reference || one.outputs["name"] === reference,
              );
    }

    /** An output of another resource, as text. */
    outputOf(type: string, reference: string | undefined, output: string): string | undefined {
        const value = this.lookup(type, reference)?.outputs[output];
        return typeof value === "string" ? value : undefined;
    }

    /** Twelve letters and digits that AWS puts into the host names of one account and region. */
    get accountHash(): string {
        return this.generatorOf(`${this.account}/${this.region}`).slice(0, 12);
    }

    private generatorOf(label: string): string {
        // The same for every resource of the account, so not from this resource's own generator.
        let hash = 7;
        for (const c of label) {
            hash = (hash * 31 + c.charCodeAt(0)) % 4_738_381_338_321_616;
        }
        return `c${hash.toString(36).padStart(11, "k")}`;
    }
}

/** Computed outputs, with `id` for the resource's own id. */
export type Maker = (facts: Facts) => ValueMap & { id: string };
export type Makers = Readonly<Record<string, Maker>>;

export { flag, list, nested, number, text };
export type { Value, ValueMap };
