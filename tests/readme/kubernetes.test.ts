import * as fs from "node:fs";
import * as path from "node:path";
import { cleanUp, root } from "../engine/workplace";
import { commandsOf, linksOf, Reader } from "./reader";

/**
 * Every command of docs/kubernetes.md, in its order, in a copy of the checkout: see {@link Reader}. Blocks marked `sh cluster` ask a
 * cluster, and there is none: their tools are stubs, and what they name is looked for in the state.
 */
const page = fs.readFileSync(path.join(root, "docs/kubernetes.md"), "utf8");
const commands = commandsOf(page);

/** What `kubectl config view` says of a cluster that is there already. */
const kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "one", cluster: { server: "https://one.example.com", "certificate-authority-data": "eA==" } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
    "current-context": "one",
    users: [{ name: "one", user: { token: "a secret that nobody may see" } }],
});

interface Deployed {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
}

describe("the commands of docs/kubernetes.md", () => {
    const reader = new Reader();
    const stackFile = (stack: string) => path.join(reader.checkout, `Pulumi.${stack}.yaml`);
    /** The stack files as they were before a section changed them: sections are read one at a time. */
    const original = new Map<string, string>();
    let section = "";

    beforeAll(async () => {
        await reader.start({
            aws: "exit 0",
            kubectl: `case "$*" in "config view"*) echo '${kubeconfig}' ;; esac`,
        });
        expect(await reader.run(`pulumi login "${reader.backend}"`, "account")).toBe("success");
        for (const stack of ["dev", "dev-k8s"]) {
            expect(await reader.run(`pulumi stack init ${stack}`, "account")).toBe("success");
            original.set(stack, fs.readFileSync(stackFile(stack), "utf8"));
        }
    }, 600_000);

    afterAll(async () => {
        await reader.stop();
        await cleanUp();
    });

    it.each(commands.map((command) => [command.line, command.kind, command.section]))(
        "%s (%s)",
        async (line, kind, its) => {
            if (its !== section) {
                for (const [stack, content] of original) {
                    fs.writeFileSync(stackFile(stack), content);
                }
                section = its;
            }
            const asked = line
                // Other than a reader's, these lines have nobody to say yes.
                .replace(/^pulumi preview/, "pulumi preview --non-interactive")
                // What they would do is enough: the README's own `make deploy` is run, and compute-switch.test.ts moves a stack.
                .replace(/^make deploy /, "make deploy-preview ")
                .replace(/^pulumi up -s dev --yes$/, "pulumi preview --non-interactive -s dev");
            expect(await reader.run(asked, kind)).toBe("success");
        },
        600_000,
    );

    it("name a namespace, workloads and kinds that the stack has", async () => {
        const file = path.join(reader.place, "state.json");
        expect(await reader.run(`pulumi stack export -s dev-k8s > "${file}"`, "account")).toBe("success");
        const { deployment } = JSON.parse(fs.readFileSync(file, "utf8")) as {
            readonly deployment: {
                readonly resources: readonly {
                    readonly type: string;
                    readonly inputs?: { readonly kind?: string; readonly metadata?: Deployed };
                }[];
            };
        };
        const deployed = deployment.resources.flatMap(({ type, inputs }): Deployed[] =>
            type.startsWith("kubernetes:") && inputs?.metadata?.name !== undefined
                ? [{ ...inputs.metadata, kind: type.split(":").at(-1) ?? "" }]
                : [],
        );
        const lines = commands.filter(({ kind }) => kind === "cluster").map(({ line }) => line);

        const namespaces = lines.flatMap((line) => /--namespace (\S+)/.exec(line)?.[1] ?? []);
        expect(namespaces).not.toEqual([]);
        expect(deployed.filter(({ kind }) => kind === "Namespace").map(({ name }) => name)).toEqual(
            expect.arrayContaining(namespaces),
        );
        const workloads = lines.flatMap((line) => /\bdeployment[ /](\w+)/.exec(line)?.[1] ?? []);
        expect(workloads).not.toEqual([]);
        expect(deployed.filter(({ kind }) => kind === "Deployment").map(({ name }) => name)).toEqual(
            expect.arrayContaining(workloads),
        );
        const kinds = lines.flatMap((line) => /^kubectl get (\w+(?:,\w+)+)/.exec(line)?.[1]?.split(",") ?? []);
        expect(kinds).not.toEqual([]);
        expect(deployed.map(({ kind }) => `${kind.toLowerCase()}s`)).toEqual(expect.arrayContaining(kinds));
    }, 120_000);

    it("leave the secret of a kubeconfig in no file of the checkout", () => {
        const files = fs
            .readdirSync(reader.checkout)
            .filter((file) => fs.statSync(path.join(reader.checkout, file)).isFile())
            .filter((file) => fs.readFileSync(path.join(reader.checkout, file), "utf8").includes("nobody may see"));
        expect(files).toEqual([]);
    });

    it("stand beside links that lead somewhere", () => {
        const links = linksOf(page).filter((link) => !fs.existsSync(path.join(root, "docs", link)));
        expect(links).toEqual([]);
    });
});
