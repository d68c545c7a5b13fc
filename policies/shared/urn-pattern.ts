/**
 * Patterns of URNs in exemptions. `*` stands for any characters; everything else stands for itself, so that no half of a
 * name matches by accident. A pattern is anchored: it begins with `urn:pulumi:`, has the four parts of a URN, names the
 * resource's own type and at least the beginning of its name.
 */

const compiled = new Map<string, RegExp>();

/** Whether the whole URN matches the pattern. */
export function matchesPattern(pattern: string, urn: string): boolean {
    let expression = compiled.get(pattern);
    if (expression === undefined) {
        const source = pattern
            .split("*")
            .map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
            .join(".*");
        expression = new RegExp(`^${source}$`);
        compiled.set(pattern, expression);
    }
    return expression.test(urn);
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
