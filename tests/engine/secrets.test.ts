import * as fs from "node:fs";
import * as path from "node:path";
import { cleanUp, expectSuccess, newFolder, open, packs, root } from "./workplace";

afterAll(cleanUp);

function filesBelow(folder: string): string[] {
    return fs
        .readdirSync(folder, { withFileTypes: true })
        .flatMap((entry) =>
            entry.isDirectory()
                ? filesBelow(path.join(folder, entry.name))
                : entry.isFile()
                  ? [path.join(folder, entry.name)]
                  : [],
        );
}

/** Every string that the engine marks as secret, in clear, from a state that was exported with its secrets shown. */
function secretStrings(value: unknown, found: Set<string> = new Set()): Set<string> {
    if (Array.isArray(value)) {
        value.forEach((item) => secretStrings(item, found));
    } else if (typeof value === "object" && value !== null) {
        const { plaintext } = value as { plaintext?: unknown };
        if (typeof plaintext === "string") {
            const secret: unknown = JSON.parse(plaintext);
            // Short ones (an empty string, a flag) would be found anywhere by chance.
            if (typeof secret === "string" && secret.length >= 12) {
                found.add(secret);
            }
        }
        Object.values(value).forEach((item) => secretStrings(item, found));
    }
    return found;
}

describe("secrets of a stack", () => {
    it("are nowhere in clear: not in the state, the journal, the export, the outputs or any message", async () => {
        const stateDir = newFolder();
        const stack = await open({ cwd: root, stack: "prod", stateDir, policyPacks: packs });
        const results = [await stack.preview(), await stack.up(), await stack.refresh()];
        results.forEach(expectSuccess);
        const shown = await stack["engine"].call(["stack", "export", "--stack", "prod", "--show-secrets"]);
        const secrets = [...secretStrings(JSON.parse(shown))];
        // The master password, the cache's two users, two keys that sign tokens, and the documents that hold them.
        expect(secrets.length).toBeGreaterThanOrEqual(8);
        const isKey = /^[A-Za-z0-9]{64}$/;
        expect(
            secrets.filter((secret) => secret.includes(",") && secret.split(",").every((one) => isKey.test(one))),
        ).toHaveLength(1);

        const places = new Map(filesBelow(stateDir).map((file) => [file, fs.readFileSync(file, "utf8")]));
        places.set("export", JSON.stringify(await stack.exportState()));
        places.set("results", JSON.stringify(results));
        const leaks = [...places].flatMap(([place, text]) =>
            secrets.filter((secret) => text.includes(secret)).map(() => place),
        );
        expect(leaks).toEqual([]);
    }, 180_000);
});
