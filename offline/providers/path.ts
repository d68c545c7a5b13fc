/** Writes property paths as Pulumi does: `spec.ports[0].name`, `metadata.labels["app.kubernetes.io/name"]`. */
export function join(path: string, key: string | number): string {
    if (typeof key === "number") {
        return `${path}[${key}]`;
    }
    if (!/^[\w$-]+$/.test(key)) {
        return `${path}[${JSON.stringify(key)}]`;
    }
    return path === "" ? key : `${path}.${key}`;
}

/** The path without list positions, as the tables of rules write it: `ingress.fromPort`. */
export function withoutPositions(path: string): string {
    return path.replace(/\[\d+\]/g, "");
}

/** The top-level property of a path. */
export function root(path: string): string {
    return /^[^.[]+/.exec(path)?.[0] ?? path;
}
