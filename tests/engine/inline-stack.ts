import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { OfflineStack, OperationResult } from "../../offline/stack";
import { StateResource } from "../../offline/runner/types";

/** A program that can be changed between two updates. */
export class InlineStack {
    private constructor(
        private readonly folder: string,
        private program: () => unknown,
    ) {}

    private stack!: OfflineStack;

    static async open(program: () => unknown): Promise<InlineStack> {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-engine-"));
        fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
        const inline = new InlineStack(folder, program);
        inline.stack = await OfflineStack.open({
            cwd: folder,
            stack: "test",
            config: { "aws:region": "eu-central-1" },
            program: async () => {
                await Promise.resolve(inline.program());
            },
        });
        return inline;
    }

    preview(program = this.program): Promise<OperationResult> {
        this.program = program;
        return this.succeeding(this.stack.preview());
    }

    up(program = this.program): Promise<OperationResult> {
        this.program = program;
        return this.succeeding(this.stack.up());
    }

    destroy(): Promise<OperationResult> {
        return this.succeeding(this.stack.destroy());
    }

    /** The resources of the state, without the stack itself, its providers and components. */
    async resources(): Promise<StateResource[]> {
        const { deployment } = await this.stack.exportState();
        return (deployment.resources ?? []).filter(
            (resource) => resource.custom && !resource.type.startsWith("pulumi:providers:"),
        );
    }

    async close(): Promise<void> {
        await this.stack.close();
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private async succeeding(operation: Promise<OperationResult>): Promise<OperationResult> {
        const result = await operation;
        if (!result.ok) {
            throw new Error(result.diagnostics.map((diagnostic) => diagnostic.message).join("\n"));
        }
        return result;
    }
}

/** What an operation does to resources, without those that stay: `update aws:ecs/service:Service web`. */
export function changes(result: OperationResult): string[] {
    return result.steps
        .filter((step) => !["same", "read", "refresh"].includes(step.op))
        .map((step) => `${step.op} ${step.type} ${step.name}`)
        .sort();
}
