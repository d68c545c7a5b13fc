import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const register = path.resolve(__dirname, "../../../offline/register.js");

describe("loading TypeScript without a build step", () => {
    let folder: string;
    const put = (name: string, text: string) => {
        fs.writeFileSync(path.join(folder, name), text);
    };
    const run = (file: string) => {
        const env = { PATH: process.env.PATH ?? "", HEADROOM_CACHE: path.join(folder, "cache") };
        const { stdout, stderr, status } = spawnSync(process.execPath, ["-r", register, path.join(folder, file)], {
            encoding: "utf8",
            env,
        });
        return { stdout: stdout.trim(), stderr, status };
    };
    const compiled = () =>
        fs
            .readdirSync(path.join(folder, "cache"), { recursive: true, encoding: "utf8" })
            .filter((f) => f.endsWith(".js"))
            .sort();

    beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom register "))));
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("runs a file in place: its folder, JSON, enums and imports are what they are for node", () => {
        put("data.json", '{"a":1}');
        put("lib.ts", "export enum Kind { A = 7 }\nexport const here: string = __dirname;");
        put(
            "main.ts",
            'import data from "./data.json"; import { Kind, here } from "./lib.js"; console.log(data.a, Kind.A, here === __dirname);',
        );
        expect(run("main.ts").stdout).toBe("1 7 true");
    });

    it("compiles a file once, and again when its text changes", () => {
        put("main.ts", "const x: number = 1; console.log(x);");
        run("main.ts");
        const first = compiled();
        expect(first).toHaveLength(1);
        expect(run("main.ts").stdout).toBe("1");
        expect(compiled()).toEqual(first);
        put("main.ts", "const x: number = 2; console.log(x);");
        expect(run("main.ts").stdout).toBe("2");
        expect(compiled()).toHaveLength(2);
    });

    it("puts the lines of the sources into a stack on demand", () => {
        put(
            "main.ts",
            `import { mapStack } from ${JSON.stringify(register)};\ninterface Gone { a: 1 }\n\n\nfunction f(x: Gone) {\n    throw new Error(String(x.a));\n}\ntry { f({ a: 1 }); } catch (e) { console.log(mapStack((e as Error).stack ?? "")); }`,
        );
        expect(run("main.ts").stdout).toContain("main.ts:6:");
    });

    it("defines class fields as TypeScript would by the nearest tsconfig.json", () => {
        put(
            "main.ts",
            "class A { constructor() { this.init(); } init() {} }\nclass B extends A { x?: number; override init() { this.x = 1; } }\nconsole.log(new B().x);",
        );
        expect(run("main.ts").stdout).toBe("1");
        put("tsconfig.json", '{"compilerOptions":{"target":"ES2022"}}');
        expect(run("main.ts").stdout).toBe("undefined");
    });

    it("works where the cache can't be written", () => {
        put("cache", "a file where the folder should be");
        put("main.ts", "console.log(1 as number);");
        expect(run("main.ts")).toMatchObject({ stdout: "1", status: 0 });
    });
});
