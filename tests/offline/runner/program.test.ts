import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { findEntry } from "../../../offline/runner/program";
import { describeProgramError } from "../../../offline/runner/program-error";

describe("the file of a program", () => {
    let folder: string;
    const put = (name: string, text = "") => {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), text);
    };
    const entry = () => {
        const { file, esm } = findEntry(folder);
        return { file: path.relative(folder, file), esm };
    };

    beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom program "))));
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("is index.ts before index.js", () => {
        put("index.js");
        put("index.ts");
        expect(entry()).toEqual({ file: "index.ts", esm: false });
    });

    it("is what main of package.json names, with or without its extension", () => {
        put("index.ts");
        put("src/main.ts");
        put("package.json", '{"main":"src/main"}');
        expect(entry().file).toBe("src/main.ts");
        put("package.json", '{"main":"src/main.ts"}');
        expect(entry().file).toBe("src/main.ts");
    });

    it("is the source where main names a build that is not there", () => {
        put("index.ts");
        put("package.json", '{"main":"bin/index.js"}');
        expect(entry().file).toBe("index.ts");
    });

    it("is loaded as an ES module where node would, but for TypeScript", () => {
        put("package.json", '{"type":"module"}');
        put("index.js");
        expect(entry().esm).toBe(true);
        put("index.ts");
        expect(entry()).toEqual({ file: "index.ts", esm: false });
    });

    it("that is missing is an error that says what was looked for", () => {
        expect(() => findEntry(folder)).toThrow(/no index\.ts or index\.js/);
        expect(() => findEntry(path.join(folder, "none"))).toThrow(/does not exist/);
    });
});

describe("an error of a program", () => {
    const same = (stack: string) => stack;

    it("is its message and the lines of the program's own files", () => {
        const error = new Error("too few zones");
        error.stack = [
            "Error: too few zones",
            "    at inner (/p/lib/a.ts:3:4)",
            "    at load (/p/node_modules/x/y.js:1:1)",
            "    at node:internal/x:1:1",
            "    at /p/index.ts:7:1",
        ].join("\n");
        expect(describeProgramError(error, "/p", same)).toBe(
            "too few zones\n    at inner (lib/a.ts:3:4)\n    at index.ts:7:1",
        );
    });

    it("has its kind in front where the kind says something", () => {
        const error = new TypeError("x is not a function");
        error.stack = "";
        expect(describeProgramError(error, "/p", same)).toBe("TypeError: x is not a function");
    });

    it("stands alone where the SDK says that it is the user's", () => {
        expect(
            describeProgramError(
                { message: "set aws:region", stack: "at /p/x.ts:1:1", __pulumiRunError: true },
                "/p",
                same,
            ),
        ).toBe("set aws:region");
    });

    it("may be anything that JavaScript can throw", () => {
        expect(describeProgramError("text", "/p", same)).toBe('The program threw "text".');
        expect(describeProgramError(undefined, "/p", same)).toBe("The program threw undefined.");
    });
});
