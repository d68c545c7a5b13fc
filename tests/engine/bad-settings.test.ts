import * as fs from "node:fs";
import * as path from "node:path";
import { cleanUp, newFolder, open, root } from "./workplace";

afterAll(cleanUp);

const folder = path.join(root, "tests/bad-stack-files");
const names = fs.readdirSync(folder).map((file) => path.basename(file, ".yaml"));

/** The program beside stack files of our own. */
function programWith(stackFile: string, name: string): string {
    const cwd = newFolder();
    fs.copyFileSync(path.join(root, "Pulumi.yaml"), path.join(cwd, "Pulumi.yaml"));
    fs.symlinkSync(path.join(root, "index.ts"), path.join(cwd, "index.ts"));
    fs.copyFileSync(stackFile, path.join(cwd, `Pulumi.${name}.yaml`));
    return cwd;
}

describe("a bad stack file", () => {
    it.each(names)(
        "%s stops the engine before a resource is registered, with all problems named",
        async (name) => {
            const file = path.join(folder, `${name}.yaml`);
            const expected = [...fs.readFileSync(file, "utf8").matchAll(/^# problem: (.+)$/gm)].map(
                (match) => match[1],
            );
            const stack = await open({ cwd: programWith(file, name), stack: name });

            const result = await stack.up();

            expect(result.exitCode).not.toBe(0);
            const message = result.diagnostics.map((diagnostic) => diagnostic.message).join("\n");
            for (const setting of expected) {
                expect(message).toContain(`- ${String(setting)} is `);
            }
            expect(message).toContain(`Pulumi.${name}.yaml`);
            // Not a line of our own stack: the reader has to mend a file, not the program.
            expect(message).not.toMatch(/\bat .*components\//);
            const registered = ((await stack.exportState()).deployment.resources ?? []).map(
                (resource) => resource.type,
            );
            expect(registered.filter((type) => type !== "pulumi:pulumi:Stack")).toEqual([]);
            expect(stack.cloud()).toEqual([]);
        },
        60_000,
    );
});
