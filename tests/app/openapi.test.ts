import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const APPLICATION = path.resolve(__dirname, "../../app");

interface Operation {
    operationId?: string;
    summary?: string;
    responses: Record<string, { headers?: object }>;
}
interface Document {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
}

describe("the OpenAPI document", () => {
    let document: Document;
    beforeAll(() => {
        const folder = mkdtempSync(path.join(tmpdir(), "headroom-openapi-"));
        const file = path.join(folder, "openapi.json");
        execFileSync(process.execPath, [path.join(APPLICATION, "scripts/openapi.js"), file]);
        document = JSON.parse(readFileSync(file, "utf8")) as Document;
        rmSync(folder, { recursive: true });
    });

    test("in the repository is the one that the routes give; node app/scripts/openapi.js writes it anew", () => {
        expect(JSON.parse(readFileSync(path.join(APPLICATION, "openapi.json"), "utf8"))).toEqual(document);
    });

    test("is of version 3.1, and tells of every operation what it is for and that it may be refused for now", () => {
        expect(document.openapi).toMatch(/^3\.1\./);
        const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
        expect(operations.length).toBeGreaterThan(10);
        for (const { summary, responses } of operations) {
            expect(summary).toEqual(expect.any(String));
            for (const status of ["500", "503"]) expect(responses).toHaveProperty(status);
            for (const status of ["429", "503"]) {
                const answer = responses[status];
                if (answer) expect(answer.headers).toHaveProperty("Retry-After");
            }
        }
        const names = operations.map(({ operationId }) => operationId);
        expect(names).not.toContain(undefined);
        expect(new Set(names).size).toBe(names.length);
    });
});
