import * as pulumi from "@pulumi/pulumi";

/** What a resource waits for by `dependsOn`, by the resource's type and name: mocks are not told of it. */
export class Dependencies {
    private readonly found = new Map<string, unknown[]>();

    /** Goes into the options of the component whose children are of interest. */
    readonly note: pulumi.ResourceTransformation = ({ type, name, opts }) => {
        const { dependsOn = [] } = opts;
        this.found.set(`${type} ${name}`, Array.isArray(dependsOn) ? dependsOn : [dependsOn]);
        return undefined;
    };

    of(type: string, name: string): readonly unknown[] {
        const known = this.found.get(`${type} ${name}`);
        if (known === undefined) {
            throw new Error(`no ${type} ${name} among ${[...this.found.keys()].join(", ")}`);
        }
        return known;
    }
}
