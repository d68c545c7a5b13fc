import { buildSync } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";

const APPLICATION = path.resolve(__dirname, "../../../app");

/**
 * Compiles a program of the tests to one file, beside the application so that it finds its packages. For what jest itself
 * cannot load: some packages are ECMAScript modules, or import such.
 */
export function bundle(program: string): { file: string; remove: () => void } {
    const parent = path.join(APPLICATION, "dist");
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(path.join(parent, "test-"));
    const file = path.join(folder, "program.js");
    buildSync({ entryPoints: [program], outfile: file, bundle: true, platform: "node", packages: "external" });
    return {
        file,
        remove: () => {
            rmSync(folder, { recursive: true, force: true });
        },
    };
}
