import type { Readable } from "node:stream";

const LINE_FEED = 0x0a;

/**
 * Passes on what a process writes, whole lines at a time. Lines end with a line feed and nothing else: the text of an error may hold
 * any other separator.
 */
export function forwardLines(from: Readable, to: { write(text: string): void }): void {
    let rest: Buffer = Buffer.alloc(0);
    from.on("data", (chunk: Buffer) => {
        const text = Buffer.concat([rest, chunk]);
        const end = text.lastIndexOf(LINE_FEED) + 1;
        if (end > 0) to.write(text.toString("utf8", 0, end));
        rest = text.subarray(end);
    });
    from.on("end", () => {
        if (rest.length > 0) to.write(`${rest.toString("utf8")}\n`);
    });
}
