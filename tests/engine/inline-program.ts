import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { StateResource } from "../../offline/runner/types";
import { ExportedState, OfflineStack, OperationResult } from "../../offline/stack";
import { changes as allChanges, expectSuccess } from "./workplace";

/** A stack whose program is a function, which can be another one for each operation. */
export class InlineStack {
    private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom engine "));

    /** @param region the provider's region */
    constructor(private readonly region = "eu-central-1") {
        fs.writeFileSync(path.join(this.folder, "Pulumi.yaml"), "name: engine-test\nruntime: nodejs\n");
    }

    preview(program: () => unknown): Promise<OperationResult> {
        return this.run(program, (stack) => stack.preview());
    }

    /** What a preview that succeeds would change, sorted: `update aws:ecs/service:Service web`. */
    async planned(program: () => unknown): Promise<string[]> {
        const preview = await this.preview(program);
        expectSuccess(preview);
        return allChanges(preview).sort();
    }

    up(program: () => unknown): Promise<OperationResult> {
        return this.run(program, (stack) => stack.up());
    }

    destroy(): Promise<OperationResult> {
        return this.run(
            () => undefined,
            (stack) => stack.destroy(),
        );
    }

    /** The state as Pulumi exports it, as text. */
    async state(): Promise<string> {
        return JSON.stringify(await this.export());
    }

    /** The resources of the state, without the stack itself, its providers and components. */
    async resources(): Promise<StateResource[]> {
        return ((await this.export()).deployment.resources ?? []).filter(
            (resource) => resource.custom && !resource.type.startsWith("pulumi:providers:"),
        );
    }

    /** Everything that the stack has left on disk, as text. */
    filesText(): string {
        const files = fs.readdirSync(this.folder, { recursive: true, withFileTypes: true });
        return files
            .filter((file) => file.isFile())
            .map((file) => fs.readFileSync(path.join(file.parentPath, file.name), "utf8"))
            .join("\n");
    }

    /** Removes what the stack has left on disk. */
    remove(): void {
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private async export(): Promise<ExportedState> {
        const stack = await this.open(() => undefined);
        const state = await stack.exportState();
        await stack.close();
        return state;
    }

    private open(program: () => unknown): Promise<OfflineStack> {
        return OfflineStack.open({
            cwd: this.folder,
            stack: "test",
            config: { "aws:region": this.region },
            program: async () => {
                await Promise.resolve(program());
            },
        });
    }

    private async run(
        program: () => unknown,
        operate: (stack: OfflineStack) => Promise<OperationResult>,
    ): Promise<OperationResult> {
        const stack = await this.open(program);
        try {
            return await operate(stack);
        } finally {
            await stack.close();
        }
    }
}

/** What happens to the resources of a type: `database-primary: update`; those that stay as they are, are left out. */
export function changes(result: OperationResult, type: string): string[] {
    return result.steps
        .filter((step) => step.type === type && !["same", "refresh", "read"].includes(step.op))
        .map((step) => `${step.name}: ${step.op}`)
        .sort();
}
