import * as pulumi from "@pulumi/pulumi";

/**
 * A secret that a container receives at start, by reference: the value itself is never part of the program.
 */
export interface SecretReference {
    /** The environment variable that holds the value in the container. */
    readonly variable: string;
    /** ARN of the Secrets Manager secret. */
    readonly secretArn: pulumi.Input<string>;
    /** Key inside the secret's JSON document; the whole secret when absent. */
    readonly field?: string;
    /** ARN of the customer key that encrypts the secret: the reader needs `kms:Decrypt` on it. */
    readonly keyArn: pulumi.Input<string>;
}

/** A network connection from the container to a backing service. */
export interface Connection {
    /**
     * Names the peer, unique in a program (`database`, `cache`): connections of the same name are one (a writer and a
     * reader binding of one database open the port once), and the security group rules are named after it.
     */
    readonly peer: string;
    /** Security group of the peer: the port is opened on it for the container's group, and nothing else. */
    readonly securityGroupId: pulumi.Input<string>;
    /** TCP port. A plain number, since the rules' identity depends on it. */
    readonly port: number;
}

/** A condition of a permission, as in an IAM policy statement. */
export interface PermissionCondition {
    /** IAM condition operator, such as `StringEquals`. */
    readonly test: string;
    /** Condition key, such as `kms:ViaService`. */
    readonly variable: string;
    readonly values: readonly pulumi.Input<string>[];
}

/** An IAM statement that allows the container's identity to act on the backing service. */
export interface Permission {
    /** Statement id, letters and digits only, unique in a service: `DatabaseConnectWriter`. */
    readonly sid: string;
    readonly actions: readonly string[];
    readonly resources: readonly pulumi.Input<string>[];
    readonly conditions?: readonly PermissionCondition[];
}

/**
 * Everything that a container needs from a backing service, as one value.
 *
 * A backing component (`Database`, `Cache`, `WorkQueue`, …) exposes bindings; a compute component takes them in `uses`
 * and turns them into environment, injected secrets, security group rules and IAM statements. Nothing else opens a port
 * or writes an IAM statement for the application, on ECS and on Kubernetes alike.
 */
export interface ServiceBinding {
    /** Names the binding in messages: `database.writer`. */
    readonly name: string;
    /** Environment variables. Their names are fixed when the program runs, their values may be outputs. */
    readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
    readonly secrets: readonly SecretReference[];
    readonly connections: readonly Connection[];
    readonly permissions: readonly Permission[];
}

/** A binding, or a component that has exactly one. */
export type Bindable = ServiceBinding | { readonly binding: ServiceBinding };

/** Several bindings as one, in a fixed order, so that the same bindings always give the same task definition. */
export interface CombinedBinding {
    /** Sorted by variable name. */
    readonly environment: readonly { readonly name: string; readonly value: pulumi.Input<string> }[];
    /** Sorted by variable name. */
    readonly secrets: readonly SecretReference[];
    /** One for each peer and port, sorted. */
    readonly connections: readonly Connection[];
    /** Sorted by statement id. */
    readonly permissions: readonly Permission[];
}

const isBinding = (bindable: Bindable): bindable is ServiceBinding => "environment" in bindable;

const byKey =
    <T>(key: (item: T) => string) =>
    (a: T, b: T): number =>
        key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;

/**
 * Combines bindings (and a service's own environment) into one.
 *
 * @param own the service's own variables, treated as a binding called `environment`
 * @throws Error naming every variable and statement id that two bindings define differently
 */
export function combineBindings(
    uses: readonly Bindable[],
    own: Readonly<Record<string, pulumi.Input<string>>> = {},
): CombinedBinding {
    const bindings: ServiceBinding[] = [
        { name: "environment", environment: own, secrets: [], connections: [], permissions: [] },
        ...uses.map((bindable) => (isBinding(bindable) ? bindable : bindable.binding)),
    ];
    const problems: string[] = [];
    const variables = new Map<string, { binding: string; value?: pulumi.Input<string>; secret?: SecretReference }>();
    const connections = new Map<string, Connection>();
    const permissions = new Map<string, { binding: string; permission: Permission }>();

    const claim = (
        variable: string,
        entry: { binding: string; value?: pulumi.Input<string>; secret?: SecretReference },
    ) => {
        const earlier = variables.get(variable);
        // The same constant from two bindings is no conflict: a database's writer and reader both name the database.
        const same = earlier !== undefined && earlier.value !== undefined && earlier.value === entry.value;
        const sameSecret =
            earlier?.secret !== undefined &&
            earlier.secret.secretArn === entry.secret?.secretArn &&
            earlier.secret.field === entry.secret.field;
        if (earlier !== undefined && !same && !sameSecret) {
            problems.push(`variable ${variable} is set by ${earlier.binding} and by ${entry.binding}`);
        }
        variables.set(variable, earlier ?? entry);
    };

    for (const binding of bindings) {
        for (const [variable, value] of Object.entries(binding.environment)) {
            claim(variable, { binding: binding.name, value });
        }
        for (const secret of binding.secrets) {
            claim(secret.variable, { binding: binding.name, secret });
        }
        for (const connection of binding.connections) {
            connections.set(`${connection.peer}:${String(connection.port)}`, connection);
        }
        for (const permission of binding.permissions) {
            const earlier = permissions.get(permission.sid);
            if (earlier !== undefined && earlier.permission !== permission) {
                problems.push(`statement ${permission.sid} is written by ${earlier.binding} and by ${binding.name}`);
            }
            permissions.set(permission.sid, { binding: binding.name, permission });
        }
    }
    if (problems.length > 0) {
        throw new Error(
            `bindings contradict each other: ${problems.join("; ")}. ` +
                "Give each backing service a name of its own (its variables start with it), or drop one of the two from `uses`.",
        );
    }

    const sorted = [...variables.entries()].sort(byKey(([variable]) => variable));
    return {
        environment: sorted.flatMap(([name, { value }]) => (value === undefined ? [] : [{ name, value }])),
        secrets: sorted.flatMap(([, { secret }]) => (secret === undefined ? [] : [secret])),
        connections: [...connections.values()].sort(byKey((c) => `${c.peer}:${String(c.port)}`)),
        permissions: [...permissions.values()].map((p) => p.permission).sort(byKey((p) => p.sid)),
    };
}

/**
 * The prefix of a backing service's environment variables: `jobs` → `JOBS`, `order-events` → `ORDER_EVENTS`.
 */
export function variablePrefix(name: string): string {
    return name.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
}

/** The first half of a statement id: `order-events` → `OrderEvents`. */
export function statementPrefix(name: string): string {
    return name
        .split(/[^A-Za-z0-9]+/)
        .filter((part) => part.length > 0)
        .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
        .join("");
}
