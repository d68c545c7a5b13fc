/** A sample of Prometheus' text format: the name, the labels where there are some, the value with its time. */
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?( .*)$/;

/** `# HELP name …` and `# TYPE name …`, which stand before the samples of a family. */
const COMMENT = /^# (?:HELP|TYPE) ([a-zA-Z_:][\w:]*) /;

interface Family {
    /** HELP and TYPE, once. */
    readonly comments: Set<string>;
    readonly samples: string[];
}

/**
 * Makes one exposition, in Prometheus' text format, of those of several processes: each family once, each sample with a label that
 * says whose it is.
 *
 * @param label the name of that label
 * @param expositions the texts, by the value of the label
 */
export function mergeExpositions(label: string, expositions: ReadonlyMap<string, string>): string {
    const families = new Map<string, Family>();
    for (const [value, text] of expositions) {
        // Samples of a histogram have other names than their family: they belong to the comments before them.
        let family: Family = { comments: new Set(), samples: [] };
        for (const line of text.split("\n")) {
            const name = COMMENT.exec(line)?.[1];
            if (name !== undefined) {
                family = families.get(name) ?? { comments: new Set(), samples: [] };
                families.set(name, family);
                family.comments.add(line);
                continue;
            }
            const [, sample, labels, rest] = SAMPLE.exec(line) ?? [];
            if (sample === undefined || rest === undefined) continue;
            family.samples.push(`${sample}{${[`${label}="${value}"`, ...(labels ? [labels] : [])].join()}}${rest}`);
        }
    }
    const lines = [...families.values()].flatMap(({ comments, samples }) => [...comments, ...samples]);
    return lines.map((line) => `${line}\n`).join("");
}
