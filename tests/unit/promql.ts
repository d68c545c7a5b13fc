/**
 * The place of the first thing in an expression that is no PromQL, or -1. By Prometheus' own grammar, the one of its user interface:
 * it knows what can be written, not whether types fit.
 */
export async function syntaxError(expression: string): Promise<number> {
    // Its types are those of an ES module.
    const { parser } = await import("@prometheus-io/lezer-promql");
    let found = -1;
    parser.parse(expression).iterate({
        enter: (node) => {
            if (node.type.isError && found === -1) {
                found = node.from;
            }
        },
    });
    return found;
}
