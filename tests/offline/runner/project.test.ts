import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";

import {
    engineProject,
    engineStackFile,
    readProject,
    resolveSettings,
    stacksWithFiles,
} from "../../../offline/runner/project";

describe("a project", () => {
    let folder: string;
    const put = (name: string, text: string) => {
        fs.writeFileSync(path.join(folder, name), text);
    };

    beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-project-"))));
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it.each([
        ["name: 'a b'\nruntime: nodejs\n", /"name" must be/],
        ["runtime: nodejs\n", /"name" must be/],
        ["name: a\nruntime: python\n", /runtime: nodejs/],
        ["name: [\n", /no valid YAML/],
        ["- a\n", /must hold a mapping/],
    ])("with the definition %j is refused", (text, message) => {
        put("Pulumi.yaml", text);
        expect(() => readProject(folder)).toThrow(message);
    });

    it("without Pulumi.yaml is refused", () => {
        expect(() => readProject(folder)).toThrow("holds no Pulumi.yaml");
    });

    it("lists the stacks that have a file", () => {
        put("Pulumi.yaml", "name: a\nruntime: nodejs\n");
        for (const stack of ["prod", "dev"]) put(`Pulumi.${stack}.yaml`, "");
        expect(stacksWithFiles(readProject(folder))).toEqual(["dev", "prod"]);
    });

    it("is handed to the engine without what says where its program and its state are", () => {
        put(
            "Pulumi.yaml",
            "name: a\nruntime: {name: nodejs, options: {typescript: true}}\nbackend: {url: s3://x}\ndescription: d\n",
        );
        const given = parse(engineProject(readProject(folder))) as Record<string, unknown>;
        expect(given).toMatchObject({ name: "a", runtime: "nodejs", description: "d" });
        expect(given).not.toHaveProperty("backend");
    });

    describe("has settings", () => {
        beforeEach(() => {
            put(
                "Pulumi.yaml",
                "name: shop\nruntime: nodejs\nconfig:\n  database:\n    type: object\n    default: {size: 5, replicas: 1}\n  aws:region: {value: eu-west-1}\n",
            );
            put(
                "Pulumi.dev.yaml",
                "config:\n  shop:web: {min: 2}\n  token: {secure: v1:abc}\n  shop:deep: {a: [{secure: x}], b: 1}\n",
            );
        });
        const settings = (overrides = {}) => resolveSettings(readProject(folder), "dev", overrides);

        it("whose secrets are placeholders that stay secret, with a note that names them", () => {
            const { config, secretKeys, notes } = settings();
            expect(secretKeys).toEqual(["shop:token", "shop:deep"]);
            expect(JSON.stringify(config)).not.toMatch(/v1:abc|secure/);
            expect(config["shop:deep"]).toEqual({ a: ["not-available-offline"], b: 1 });
            expect(notes.join()).toContain("shop:token, shop:deep");
        });

        it("that an override changes at a path, and leaves alone beside it", () => {
            expect(settings({ "web.max": 9 }).config["shop:web"]).toEqual({ min: 2, max: 9 });
        });

        it("that an override changes inside a default of Pulumi.yaml", () => {
            expect(settings({ "shop:database.replicas": 3 }).config["shop:database"]).toEqual({ size: 5, replicas: 3 });
        });

        it("where an override of a secret is no placeholder any more, but stays secret", () => {
            const { config, secretKeys } = settings({ token: "mine" });
            expect(config["shop:token"]).toBe("mine");
            expect(secretKeys).toEqual(["shop:token", "shop:deep"]);
        });

        it("whose region is the stack's, else the project's", () => {
            expect(settings().region).toBe("eu-west-1");
            expect(settings({ "aws:region": "us-east-1" }).region).toBe("us-east-1");
        });

        it("that reach the engine with the salt of its state", () => {
            const file = parse(engineStackFile(settings(), "v1:salt")) as Record<string, unknown>;
            expect(file.encryptionsalt).toBe("v1:salt");
            expect(file.config).toMatchObject({ "shop:web": { min: 2 } });
        });
    });
});
