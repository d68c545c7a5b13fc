import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";

/**
 * Every component's doc comment has an example, and each example compiles as if it stood in a file beside the component.
 */
const components = path.join(__dirname, "../../components");

interface Example {
    /** Where the example would stand, had it a file of its own: examples import from `./`, the folder of components. */
    readonly file: string;
    readonly source: string;
    readonly code: string;
}

function sourceFiles(folder: string): string[] {
    return fs
        .readdirSync(folder, { withFileTypes: true })
        .flatMap((entry) =>
            entry.isDirectory() ? sourceFiles(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
        )
        .filter((file) => file.endsWith(".ts"));
}

function examplesOf(source: string): Example[] {
    const text = fs.readFileSync(source, "utf8");
    return [...text.matchAll(/^ *\* ```(?:ts|typescript)\n([\s\S]*?)^ *\* ```/gm)].map((match, index) => ({
        file: path.join(components, `${path.basename(source, ".ts")}.example-${String(index + 1)}.ts`),
        source: path.relative(components, source),
        code: (match[1] ?? "").replace(/^ *\* ?/gm, ""),
    }));
}

const examples = sourceFiles(components).flatMap(examplesOf);

/** Compiles all examples as one program and returns the errors of each. */
function compile(): Map<string, string[]> {
    const config = ts.readConfigFile(path.join(components, "../tsconfig.json"), (file) => ts.sys.readFile(file));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, path.join(components, ".."));
    const settings: ts.CompilerOptions = {
        ...options,
        noEmit: true,
        incremental: false,
        tsBuildInfoFile: undefined,
        // An example declares what its reader will use.
        noUnusedLocals: false,
    };
    const host = ts.createCompilerHost(settings);
    const virtual = new Map(examples.map((example) => [example.file, example.code]));
    const real = { ...host };
    host.fileExists = (file) => virtual.has(file) || real.fileExists(file);
    host.readFile = (file) => virtual.get(file) ?? real.readFile(file);
    host.getSourceFile = (file, version, ...rest) => {
        const code = virtual.get(file);
        return code === undefined
            ? real.getSourceFile(file, version, ...rest)
            : ts.createSourceFile(file, code, version, true);
    };
    const program = ts.createProgram([...virtual.keys()], settings, host);
    return new Map(
        examples.map(({ file }) => {
            const source = program.getSourceFile(file);
            const problems = source === undefined ? [] : ts.getPreEmitDiagnostics(program, source);
            return [file, problems.map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, "\n"))];
        }),
    );
}

describe("the examples in the components' doc comments", () => {
    let problems: Map<string, string[]>;

    beforeAll(() => {
        problems = compile();
    }, 180_000);

    it.each(examples.map((example) => [example.source, example.file] as const))("%s compiles", (_source, file) => {
        expect(problems.get(file)).toEqual([]);
    });

    it("exist for every component", () => {
        const withExample = new Set(examples.map((example) => example.source));
        const withoutExample = sourceFiles(components)
            .filter((file) => /^export class \w+ extends Component /m.test(fs.readFileSync(file, "utf8")))
            .map((file) => path.relative(components, file))
            // Made by a component that has an example, never by hand.
            .filter((file) => !file.startsWith("ecs/") && !withExample.has(file));
        expect(withoutExample).toEqual([]);
    });
});
