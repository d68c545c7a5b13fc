import { buildSync } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";

const REPOSITORY = path.resolve(__dirname, "../../..");

/**
 * Compiles a program of the tests to one file, as deep in the repository as twin/servers, so that it finds packages and tools.
 * For what jest itself cannot load (some packages are ECMAScript modules, or import such), and for what has to be a process.
 */
export function bundle(program: string): { file: string; remove: () => void } {
    const parent = path.join(REPOSITORY, ".headroom");
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
