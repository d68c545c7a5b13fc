import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { OfflineStack, OfflineStackOptions, OperationResult } from "../../offline/stack";

/** The root of the checkout. */
export const root = path.join(__dirname, "../..");

/** The two packs, as every preview of ours uses them. */
export const packs = ["encryption", "no-single-point-of-failure"].map((pack) => path.join(root, "policies", pack));

const made: string[] = [];
const opened: OfflineStack[] = [];

/** A new folder with a space in its name, removed by {@link cleanUp}. */
export function newFolder(): string {
    const folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "headroom-")), "a place");
    fs.mkdirSync(folder);
    made.push(path.dirname(folder));
    return folder;
}

/** Opens a stack whose state lives in a new folder, unless one is given. */
export async function open(options: OfflineStackOptions): Promise<OfflineStack> {
    const stack = await OfflineStack.open({ stateDir: newFolder(), ...options });
    opened.push(stack);
    return stack;
}

/** Ends what still runs and removes every folder; for `afterAll`. */
export async function cleanUp(): Promise<void> {
    await Promise.all(opened.splice(0).map((stack) => stack.close()));
    for (const folder of made.splice(0)) {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

/** The steps that change something, as `op type name`. */
export function changes(result: OperationResult): string[] {
    return result.steps
        .filter((step) => step.op !== "same" && step.op !== "refresh" && step.op !== "read")
        .map((step) => `${step.op} ${step.type} ${step.name}`);
}

/** Fails with the engine's own words unless an operation succeeded. */
export function expectSuccess(result: OperationResult): void {
    const problems = [
        ...result.diagnostics.filter((diagnostic) => diagnostic.severity === "error").map((one) => one.message),
        ...result.policy
            .filter((finding) => finding.level === "mandatory")
            .map((one) => `${one.policy}: ${one.message}`),
    ];
    expect(problems).toEqual([]);
    expect(result.exitCode).toBe(0);
}
