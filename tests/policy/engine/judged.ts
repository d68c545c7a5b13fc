/** Runs small programs on the real engine under the real packs, as they are bundled for use. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OfflineStack, type OperationResult } from "../../../offline/stack";

export const root = join(__dirname, "..", "..", "..");
export const packs = ["no-single-point-of-failure", "encryption"].map((name) => join(root, "policies", name));

/** Bundles the packs where their sources have changed; for `beforeAll`. */
export function bundlePacks(): void {
    execFileSync(process.execPath, [join(root, "scripts", "build-packs.mjs")], { stdio: "ignore" });
}

const folders: string[] = [];
const stacks: OfflineStack[] = [];

/** Removes what the tests made; for `afterAll`. */
export async function cleanUp(): Promise<void> {
    await Promise.all(stacks.splice(0).map((stack) => stack.close()));
    for (const folder of folders.splice(0)) {
        rmSync(folder, { recursive: true, force: true });
    }
}

export interface Judged {
    /** Text of policy-exemptions.yaml beside the program. */
    readonly exemptions?: string;
    /** Configuration of each pack, in the order of `packs`. */
    readonly config?: readonly object[];
    readonly packs?: readonly string[];
    /** Folder of the state, for a stack that is opened twice. */
    readonly stateDir?: string;
}

/** Opens a stack for an inline program. */
export async function open(
    program: () => unknown,
    { exemptions, config, packs: used = packs, stateDir }: Judged = {},
): Promise<OfflineStack> {
    const folder = mkdtempSync(join(tmpdir(), "judged-"));
    folders.push(folder);
    writeFileSync(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    if (exemptions !== undefined) {
        writeFileSync(join(folder, "policy-exemptions.yaml"), exemptions);
    }
    const files = (config ?? []).map((content, index) => {
        const file = join(folder, `pack-${index}.json`);
        writeFileSync(file, JSON.stringify(content));
        return file;
    });
    const stack = await OfflineStack.open({
        cwd: folder,
        stack: "dev",
        config: { "aws:region": "eu-central-1" },
        policyPacks: [...used],
        ...(stateDir === undefined ? {} : { stateDir }),
        ...(files.length > 0 ? { policyPackConfigs: files } : {}),
        program: async () => {
            await Promise.resolve(program());
        },
    });
    stacks.push(stack);
    return stack;
}

/** Previews a program once. */
export async function preview(program: () => unknown, options: Judged = {}): Promise<OperationResult> {
    return (await open(program, options)).preview();
}

/** "level policy name", sorted. */
export function findings({ policy }: OperationResult): readonly string[] {
    return policy.map(({ level, policy: rule, urn }) => `${level} ${rule} ${urn?.split("::").at(-1) ?? ""}`).sort();
}
