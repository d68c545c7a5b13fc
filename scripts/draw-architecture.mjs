// Draws docs/architecture.dot into docs/architecture.svg. With --check: fails if the picture is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { instance } from "@viz-js/viz";

const source = new URL("../docs/architecture.dot", import.meta.url);
const picture = new URL("../docs/architecture.svg", import.meta.url);

const viz = await instance();
const drawn = viz.renderString(readFileSync(source, "utf8"), { format: "svg" });

if (process.argv.includes("--check")) {
    if (readFileSync(picture, "utf8") !== drawn) {
        console.error("docs/architecture.svg is stale: run `npm run draw`");
        process.exit(1);
    }
} else {
    writeFileSync(picture, drawn);
}
