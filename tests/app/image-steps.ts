import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** What a stage of a Dockerfile leaves behind. */
export interface Stage {
    /** The stage's root folder, standing in for its file system. */
    root: string;
    /** WORKDIR, as a folder of this machine. */
    workingFolder: string;
    environment: Record<string, string>;
    user: string;
    entrypoint: string[];
    command: string[];
    healthCheck: string[];
}

interface Instruction {
    name: string;
    text: string;
}

function readInstructions(dockerfile: string): Instruction[] {
    return dockerfile
        .split("\n")
        .filter((line) => !line.trimStart().startsWith("#"))
        .join("\n")
        .replaceAll("\\\n", " ")
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => {
            const [, name = "", text = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
            return { name: name.toUpperCase(), text: text.trim() };
        });
}

/**
 * Carries out a Dockerfile's steps on this machine, each stage in a folder of its own, without a container engine. It knows
 * what our Dockerfile uses and refuses everything else: a step that is skipped would be a step that is not tested. The base
 * image is this machine, therefore steps must keep to their working folder.
 *
 * @param context the build context; its .dockerignore is obeyed
 * @param folder where the stages are built
 * @param buildArguments values for ARG
 * @returns the last stage
 */
export function buildImage(context: string, folder: string, buildArguments: Record<string, string>): Stage {
    const stages = new Map<string, Stage>();
    const admitted = readAdmitted(path.join(context, ".dockerignore"));
    let args: Record<string, string> = {};
    let stage: Stage | undefined;

    for (const { name, text } of readInstructions(readFileSync(path.join(context, "Dockerfile"), "utf8"))) {
        if (name === "ARG") {
            const [key = "", fallback = ""] = text.split("=");
            args = { ...args, [key]: buildArguments[key] ?? fallback };
            continue;
        }
        if (name === "FROM") {
            const stageName = / AS (\w+)$/i.exec(text)?.[1] ?? `stage-${stages.size}`;
            const root = path.join(folder, stageName);
            mkdirSync(root, { recursive: true });
            stage = {
                root,
                workingFolder: root,
                environment: {},
                user: "",
                entrypoint: [],
                command: [],
                healthCheck: [],
            };
            stages.set(stageName, stage);
            continue;
        }
        if (!stage) throw new Error(`${name} before FROM`);
        switch (name) {
            case "WORKDIR":
                stage.workingFolder = path.join(stage.root, text);
                mkdirSync(stage.workingFolder, { recursive: true });
                break;
            case "COPY":
                copy(text, stage, context, admitted, stages);
                break;
            case "RUN":
                execFileSync("sh", ["-ec", shellCommand(text)], {
                    cwd: stage.workingFolder,
                    // npm of the outer process must not tell the inner one where the project is.
                    env: withoutNpmProject({ ...process.env, ...stage.environment }),
                    stdio: "pipe",
                });
                break;
            case "ENV":
                for (const pair of text.split(" ")) {
                    const [key = "", value = ""] = pair.split("=");
                    stage.environment[key] = value.replace(/\$\{(\w+)\}/g, (_match, arg: string) => args[arg] ?? "");
                }
                break;
            case "USER":
                stage.user = text;
                break;
            case "ENTRYPOINT":
                stage.entrypoint = JSON.parse(text) as string[];
                break;
            case "CMD":
                stage.command = JSON.parse(text) as string[];
                break;
            case "HEALTHCHECK":
                stage.healthCheck = JSON.parse(text.slice(text.indexOf("["))) as string[];
                break;
            case "LABEL":
            case "EXPOSE":
            case "STOPSIGNAL":
            case "VOLUME":
                break;
            default:
                throw new Error(`this test does not know the instruction ${name}: teach it, do not skip it`);
        }
    }
    if (!stage) throw new Error("the Dockerfile has no stage");
    return stage;
}

/** A .dockerignore that excludes everything and names what is admitted; another form would need a real matcher. */
function readAdmitted(file: string): string[] {
    const lines = readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"));
    const [first, ...others] = lines;
    if (first !== "*" || others.some((line) => !/^![\w./-]+$/.test(line))) {
        throw new Error(".dockerignore must exclude everything and admit files by name");
    }
    return others.map((line) => line.slice(1));
}

function copy(text: string, to: Stage, context: string, admitted: string[], stages: Map<string, Stage>): void {
    const words = text.split(/\s+/);
    const from = words[0]?.startsWith("--from=") ? words.shift()?.slice("--from=".length) : undefined;
    const target = words.pop() ?? "";
    for (const source of words) {
        const origin =
            from === undefined ? path.join(context, source) : path.join(stageNamed(stages, from).root, source);
        if (from === undefined && !admitted.some((name) => isInside(source, name))) {
            throw new Error(`COPY ${source}: .dockerignore keeps it out of the build`);
        }
        if (!existsSync(origin)) throw new Error(`COPY ${source}: there is no such file`);
        // A folder's content is copied into the target, a file keeps its name in a target that ends in a slash.
        const intoFolder = target.endsWith("/") && !statSync(origin).isDirectory();
        const destination = path.join(to.workingFolder, target, intoFolder ? path.basename(source) : "");
        cpSync(origin, destination, { recursive: true, verbatimSymlinks: true });
    }
}

function isInside(file: string, folder: string): boolean {
    const relative = path.posix.relative(folder, file);
    return relative === "" || !relative.startsWith("..");
}

function stageNamed(stages: Map<string, Stage>, name: string): Stage {
    const stage = stages.get(name);
    if (!stage) throw new Error(`COPY --from=${name}: there is no such stage`);
    return stage;
}

/** The command without BuildKit's mounts, which are caches; a command that names an absolute path is refused. */
function shellCommand(text: string): string {
    const command = text.replace(/^(--mount=\S+\s+)+/, "");
    if (/(^|\s)[/~]/.test(command)) throw new Error(`RUN ${command}: a step must keep to its working folder`);
    return command;
}

function withoutNpmProject(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return Object.fromEntries(
        Object.entries(environment).filter(
            ([key]) => !/^(npm_package_|npm_lifecycle_|npm_config_(local_)?prefix$|INIT_CWD$|NODE_ENV$)/.test(key),
        ),
    );
}
