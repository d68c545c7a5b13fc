import { readdirSync, readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Catalogue, packageFolder, type PackageName } from "../../offline/catalogue";

const root = join(__dirname, "../..");
const cacheDir = mkdtempSync(join(tmpdir(), "headroom-catalogue-"));
afterAll(() => {
    rmSync(cacheDir, { recursive: true, force: true });
});

/** Every script of a package, found without the catalogue's own code. */
function scripts(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".js"))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

describe.each<[PackageName, number, number]>([
    ["aws", 1700, 680],
    ["random", 10, 0],
    ["kubernetes", 500, 0],
])("The catalogue of @pulumi/%s", (name, atLeastResources, atLeastFunctions) => {
    const catalogue = Catalogue.open(name, [root], cacheDir);
    const texts = scripts(packageFolder(`@pulumi/${name}`, [root]));

    test("knows every resource type of the package, with its outputs", () => {
        const tokens = texts
            .flatMap((text) => [...text.matchAll(/__pulumiType = ['"]([^'"]+)['"]/g)].map((match) => match[1] ?? ""))
            .filter((token) => token.includes(":"));
        expect(new Set(tokens).size).toBeGreaterThanOrEqual(atLeastResources);
        const wrong = tokens.filter((token) => {
            const spec = catalogue.resource(token);
            return !spec || (spec.kind === "resource" && Object.keys(spec.outputs).length === 0);
        });
        // A switch for the whole organization: it has neither arguments nor attributes.
        expect(wrong).toEqual(name === "aws" ? ["aws:ram/sharingWithOrganization:SharingWithOrganization"] : []);
    });

    test("knows every function of the package, with its result", () => {
        const tokens = texts.flatMap((text) =>
            [...text.matchAll(/runtime\.invoke\w*\(["']([^"']+)["']/g)].map((match) => match[1] ?? ""),
        );
        const called = tokens.filter((token) => token.startsWith("aws:"));
        expect(new Set(called).size).toBeGreaterThanOrEqual(atLeastFunctions);
        const wrong = called.filter((token) => Object.keys(catalogue.function(token)?.result ?? {}).length === 0);
        expect(wrong).toEqual([]);
    });

    test("resolves every nested type that an input or an output refers to", () => {
        const missing = new Set<string>();
        const visit = (side: "input" | "output", type: unknown, seen: Set<string>): void => {
            if (typeof type !== "object" || type === null) {
                return;
            }
            const { ref, ...rest } = type as { ref?: string };
            if (ref !== undefined && !seen.has(ref)) {
                seen.add(ref);
                const properties = catalogue.objectType(side, ref);
                if (!properties) {
                    missing.add(`${side} ${ref}`);
                }
                Object.values(properties ?? {}).forEach((property) => {
                    visit(side, property.type, seen);
                });
            }
            Object.values(rest)
                .flat()
                .forEach((inner) => {
                    visit(side, inner, seen);
                });
        };
        const [inputs, outputs] = [new Set<string>(), new Set<string>()];
        for (const token of Object.keys(catalogue.index.resources)) {
            const spec = catalogue.resource(token);
            // What the provider builds itself never reaches the checks; the package leaves some of its types out.
            if (spec?.kind === "remoteComponent") {
                continue;
            }
            Object.values(spec?.inputs ?? {}).forEach((property) => {
                visit("input", property.type, inputs);
            });
            Object.values(spec?.outputs ?? {}).forEach((property) => {
                visit("output", property.type, outputs);
            });
        }
        expect([...missing]).toEqual([]);
    });

    test("is the same when it is read from its cache", () => {
        const again = Catalogue.open(name, [root], cacheDir);
        const tokens = Object.keys(catalogue.index.resources).filter((_, i) => i % 50 === 0);
        for (const token of tokens) {
            expect(again.resource(token)).toEqual(catalogue.resource(token));
        }
    });
});

describe("A resource of the catalogue", () => {
    const aws = Catalogue.open("aws", [root], cacheDir);
    const kubernetes = Catalogue.open("kubernetes", [root], cacheDir);

    test("tells required from optional inputs, secrets, and computed from plain outputs", () => {
        const database = aws.resource("aws:rds/instance:Instance");
        expect(database?.inputs["instanceClass"]).toMatchObject({ type: "string", required: true });
        expect(database?.inputs["port"]?.required).toBeUndefined();
        expect(database?.inputs["passwordWo"]?.secret).toBe(true);
        expect(database?.secretOutputs).toEqual(["password", "passwordWo"]);
        expect(database?.outputs["endpoint"]).toMatchObject({ type: "string", required: true });
        expect(database?.outputs["domain"]?.required).toBeUndefined();
        expect(database?.inputs["endpoint"]).toBeUndefined();
    });

    test("describes nested objects, lists and maps", () => {
        const service = aws.resource("aws:ecs/service:Service");
        expect(service?.inputs["networkConfiguration"]?.type).toEqual({ ref: "ecs.ServiceNetworkConfiguration" });
        expect(aws.objectType("input", "ecs.ServiceNetworkConfiguration")?.["subnets"]).toMatchObject({
            type: { array: "string" },
            required: true,
        });
        expect(service?.inputs["tags"]?.type).toEqual({ map: "string" });
    });

    test("keeps the constants and former types of Kubernetes", () => {
        const deployment = kubernetes.resource("kubernetes:apps/v1:Deployment");
        expect(deployment?.constants).toEqual({ apiVersion: "apps/v1", kind: "Deployment" });
        expect(deployment?.aliases).toContain("kubernetes:extensions/v1beta1:Deployment");
        expect(kubernetes.resource("kubernetes:apps/v1:DeploymentList")).toBeDefined();
        expect(kubernetes.resource("kubernetes:apps/v1:DeploymentPatch")).toBeDefined();
        expect(kubernetes.resource("kubernetes:helm.sh/v4:Chart")?.kind).toBe("remoteComponent");
    });

    test("is unknown where the package does not have it", () => {
        expect(aws.resource("aws:rds/instance:Database")).toBeUndefined();
        expect(aws.function("aws:index/getNothing:getNothing")).toBeUndefined();
    });
});

test("A package that is not installed is an error that names it and the folders", () => {
    expect(() => packageFolder("@pulumi/not-there", ["/nowhere", "/neither"])).toThrow(
        "The package @pulumi/not-there is not installed in /nowhere or /neither.",
    );
});
