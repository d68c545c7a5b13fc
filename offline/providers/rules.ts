import type { Catalogue, PackageName, ResourceSpec } from "../catalogue";
import type { Problem } from "./check";
import type { Cloud } from "./cloud";
import type { Change } from "./diff";
import type { Fixtures } from "./fixtures";
import type { Generator } from "./generator";
import type { ValueMap } from "./values";

/** What one configured provider instance knows: its region and account, among others. Other packages leave most of it. */
export interface Session {
    region: string;
    accountId: string;
    partition: string;
    /** `amazonaws.com` or the partition's own. */
    dnsSuffix: string;
    /** Tags that the provider adds to everything. */
    defaultTags: Record<string, string>;
    /** The raw configuration. */
    config: ValueMap;
}

/** What the answer to one request may use. */
export interface Environment {
    catalogue: Catalogue;
    cloud: Cloud;
    fixtures: Fixtures;
    /** The account where the configuration names none. */
    accountId: string;
}

export interface CheckContext {
    environment: Environment;
    session: Session;
    spec: ResourceSpec;
    urn: string;
    name: string;
    /** The inputs of the last time; undefined on creation. */
    olds?: ValueMap;
    /** Hexadecimal digits that stay the same over one operation. */
    randomDigits: (length: number) => string;
    /** What the stack's `pulumi:autonaming` setting asks for. */
    autonaming?: { mode: "propose" | "enforce" | "disable"; proposedName: string };
}

export interface ComputeContext {
    environment: Environment;
    session: Session;
    spec: ResourceSpec;
    urn: string;
    name: string;
    /** Inputs without secret marks; unknown ones stay unknown. */
    inputs: ValueMap;
    generator: Generator;
    /** The id, where it is given from outside (a refresh, an import). */
    knownId?: string;
}

/** Computed outputs by name, and the resource's id. */
export interface Computed {
    id: string;
    outputs: ValueMap;
}

export interface InvokeContext {
    environment: Environment;
    session: Session;
    token: string;
    preview: boolean;
}

/** What is particular to a package. Everything else is the same for all of them; see `service.ts`. */
export interface PackageRules {
    readonly name: PackageName;
    /**
     * Whether the declared output types tell what the service fills in. They do not for Kubernetes, whose outputs are all
     * declared as present.
     */
    readonly declaresWhatIsFilled: boolean;
    /** Whether a resource that a killed run left behind is taken over; otherwise it is made anew. */
    readonly adoptsOrphans: boolean;
    /** Reads the configuration of a provider instance; a list of what is wrong with it otherwise. */
    configure(config: ValueMap, environment: Environment): Session | Problem[];
    /** What the package says of a type; types that only the inputs describe (custom resources) included. */
    specOf(environment: Environment, type: string, inputs: ValueMap): ResourceSpec | undefined;
    /** Why a type cannot be served offline, if there is something to say about it. */
    refuseType(type: string): string | undefined;
    /** Fills what the real provider fills before it validates: physical names, default tags. */
    prepare(context: CheckContext, inputs: ValueMap): { inputs: ValueMap; problems: Problem[] };
    /** Problems beyond the declared types. */
    validate(context: CheckContext, inputs: ValueMap): Problem[];
    /** Whether a change makes a new resource. */
    replaces(spec: ResourceSpec, change: Change, olds: ValueMap, news: ValueMap): boolean;
    /** Whether the old one has to go before its replacement can come. */
    deleteBeforeReplace(spec: ResourceSpec, changes: Change[], olds: ValueMap, news: ValueMap): boolean;
    compute(context: ComputeContext): Computed;
    /** Outputs that are known in a preview although they are computed. */
    knownInPreview(context: ComputeContext): ValueMap;
    /** Why AWS or Kubernetes would refuse to delete it, if so. */
    refuseDelete(spec: ResourceSpec, outputs: ValueMap): string | undefined;
    /** Why AWS or Kubernetes would refuse a change that a plan can't know to fail, if so. */
    refuseUpdate(spec: ResourceSpec, olds: ValueMap, news: ValueMap): string | undefined;
    /** The session for one resource: a resource may name a region of its own. */
    sessionFor(session: Session, inputs: ValueMap): Session;
    /** What the id alone says about a resource that exists outside of the stack, added to what is given. */
    describeById(spec: ResourceSpec, id: string, given: ValueMap): ValueMap;
    /** Functions that the package calls itself and does not declare. */
    readonly ownFunctions: ReadonlySet<string>;
    /** Answers a function; undefined if nothing sensible can be said. Throws an `InvokeError` for wrong arguments. */
    invoke(context: InvokeContext, args: ValueMap): ValueMap | undefined | Promise<ValueMap | undefined>;
}

/** A mistake in the arguments of a function, or something that was looked up and is not there. */
export class InvokeError extends Error {}
