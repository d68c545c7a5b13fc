import * as pulumi from "@pulumi/pulumi";

/** Tags as AWS takes them. */
export type Tags = Record<string, pulumi.Input<string>>;

/** What every Headroom component accepts besides its own arguments. */
export interface ComponentArgs {
    /**
     * Tags for every resource of the component that can carry them, added to the `Name` that each resource gets.
     * Default: none.
     */
    tags?: Tags;
}

/**
 * The base of every Headroom component: a type token in one namespace, tags, and options for children.
 *
 * A component's resources are its children, so that Pulumi's own `transforms` option on the component reaches each of
 * them: this is the escape hatch for an argument that the component does not offer.
 *
 * Subclasses call `registerOutputs` last in their constructor.
 */
export abstract class Component extends pulumi.ComponentResource {
    /** The component's logical name, from which its children's names are derived. */
    protected readonly componentName: string;
    private readonly commonTags: Tags;

    /**
     * @param kind the component's class name; the type token becomes `headroom:components:<kind>`
     * @param name the logical name, lower-case, unique among components of a kind
     */
    protected constructor(kind: string, name: string, args: ComponentArgs, opts?: pulumi.ComponentResourceOptions) {
        super(`headroom:components:${kind}`, name, {}, opts);
        this.componentName = name;
        this.commonTags = args.tags ?? {};
    }

    /** The tags of a child: the component's tags and the child's `Name`. */
    protected tags(childName: string, more: Tags = {}): Tags {
        return { ...this.commonTags, ...more, Name: childName };
    }

    /** The options of a child. */
    protected child(opts: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
        return pulumi.mergeOptions({ parent: this }, opts);
    }

    /** The tags that a component made inside this one gets. */
    protected get inheritedTags(): Tags {
        return this.commonTags;
    }
}
