import type { Progress } from "../runner/types";
import { clip, plural, WIDTH } from "./text";

const VERBS: Record<Progress["operation"], string> = {
    preview: "planning",
    up: "updating",
    refresh: "refreshing",
    destroy: "deleting",
};

/** One line at the bottom of a terminal that says how far an operation is. Writes nothing where there is no terminal. */
export class StatusLine {
    private shown = false;

    constructor(private readonly stream: NodeJS.WriteStream) {}

    update(progress: Progress): void {
        if (!this.stream.isTTY) return;
        const seconds = Math.floor(progress.elapsedMs / 1000);
        const what =
            progress.done > 0 ? `${plural(progress.done, "resource")}  ${progress.current}` : "starting the engine";
        const width = Math.min(WIDTH, this.stream.columns || WIDTH) - 1;
        this.stream.write(`\r\u001b[2K${clip(`${VERBS[progress.operation]}  ${what}  ${seconds} s`, width)}`);
        this.shown = true;
    }

    clear(): void {
        if (!this.shown) return;
        this.stream.write("\r\u001b[2K");
        this.shown = false;
    }
}
