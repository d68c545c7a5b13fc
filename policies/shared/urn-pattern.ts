/**
 * Patterns of URNs in exemptions. `*` stands for any characters; everything else stands for itself, so that no half of a
 * name matches by accident. A pattern is anchored: it begins with `urn:pulumi:`, has the four parts of a URN, names the
 * resource's own type and at least the beginning of its name.
 */

/** Whether the whole URN matches the pattern. Linear, however many `*` there are: each literal is taken where it first fits. */
export function matchesPattern(pattern: string, urn: string): boolean {
    const [first = "", ...rest] = pattern.split("*");
    const last = rest.pop();
    if (last === undefined) {
        return pattern === urn;
    }
    if (!urn.startsWith(first)) {
        return false;
    }
    let position = first.length;
    for (const literal of rest) {
        const found = urn.indexOf(literal, position);
        if (found < 0) {
            return false;
        }
        position = found + literal.length;
    }
    return urn.length - last.length >= position && urn.endsWith(last);
}

/** What keeps a pattern from being anchored, or `undefined` where nothing does. */
export function anchoringProblem(pattern: string): string | undefined {
    if (!pattern.startsWith("urn:pulumi:")) {
        return "must begin with `urn:pulumi:`";
    }
    const [, project, type, ...name] = pattern.split("::");
    if (project === undefined || type === undefined || name.length === 0) {
        return "must have the four parts of a URN, separated by `::`";
    }
    const ownType = type.split("$").at(-1) ?? "";
    if (!/^[^:*]+:[^:*]+:[^:*]+$/.test(ownType)) {
        return "must name the resource's own type in full (`…$aws:rds/instance:Instance`), without `*` in it";
    }
    // As the CLI shows a type, which no URN has.
    const [, service, resource] = /^aws:([^/:]+):([^:]+)$/.exec(ownType) ?? [];
    if (service !== undefined && resource !== undefined) {
        const inUrn = `aws:${service}/${resource.charAt(0).toLowerCase()}${resource.slice(1)}:${resource}`;
        return `must name the resource's own type as URNs have it, \`${inUrn}\`, where the CLI shows \`${ownType}\``;
    }
    if (!/^[^*:]/.test(name.join("::"))) {
        return "must begin the resource's name with a literal part: `*`, or `*a*`, would exempt most of its type";
    }
    return undefined;
}

/** The stack that a URN belongs to: `urn:pulumi:<stack>::…`. */
export function stackOf(urn: string): string {
    return urn.split("::", 1)[0]?.slice("urn:pulumi:".length) ?? "";
}

/** The stack that a pattern names outright, if it does. */
export function namedStack(pattern: string): string | undefined {
    const stack = stackOf(pattern);
    return stack === "" || stack.includes("*") ? undefined : stack;
}
