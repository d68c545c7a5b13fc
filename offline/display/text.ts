/** Small pieces of text that several parts of the output share. */

/** Columns that the output is laid out for; a terminal's own width is not asked for, so that a log looks the same. */
export const WIDTH = 100;

/** Shortens to a width, with an ellipsis at the end; line breaks become spaces. */
export function clip(text: string, width: number): string {
    const line = text.replace(/\s*\n\s*/g, " ");
    return line.length <= width ? line : `${line.slice(0, Math.max(1, width - 1)).trimEnd()}…`;
}

/** Breaks text at spaces so that each line fits; a word that is too long stands alone. */
export function wrap(text: string, width: number): string[] {
    const lines: string[] = [];
    for (const paragraph of text.split("\n")) {
        let line = "";
        for (const word of paragraph.trim().split(/\s+/)) {
            if (line !== "" && line.length + 1 + word.length > width) {
                lines.push(line);
                line = word;
            } else {
                line = line === "" ? word : `${line} ${word}`;
            }
        }
        lines.push(line);
    }
    return lines;
}

export function plural(count: number, one: string, many = `${one}s`): string {
    return `${count} ${count === 1 ? one : many}`;
}

/** `aws:ec2/subnet:Subnet` as `ec2.Subnet`, `kubernetes:apps/v1:Deployment` as `apps/v1.Deployment`. */
export function shortType(type: string): string {
    const [pkg = "", module = "", name = ""] = type.split(":");
    if (name === "") return type;
    if (pkg === "kubernetes") return module === "core/v1" ? name : `${module}.${name}`;
    const space = module.split("/")[0] ?? "";
    if (space === "" || space === "index")
        return pkg === "aws" || pkg === "pulumi" || module === "index" ? name : `${pkg}.${name}`;
    return pkg === "aws" ? `${space}.${name}` : `${pkg}:${space}.${name}`;
}

/** Seconds with one decimal, minutes from one minute on. */
export function duration(ms: number): string {
    if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
    const seconds = Math.round(ms / 1000);
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
