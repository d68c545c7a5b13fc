// Writes openapi.json from the schemas of the routes. A test fails while the file is not what this would write.
//
//   node scripts/openapi.js [FILE]
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { buildSync } = require("esbuild");

const application = path.join(__dirname, "..");
const file = path.resolve(process.argv[2] ?? path.join(application, "openapi.json"));
// Inside of the application, where its packages are found.
mkdirSync(path.join(application, "dist"), { recursive: true });
const scratch = mkdtempSync(path.join(application, "dist/openapi-"));

async function write() {
    buildSync({
        absWorkingDir: application,
        entryPoints: ["src/openapi-document.ts"],
        outdir: scratch,
        bundle: true,
        packages: "external",
        platform: "node",
        format: "cjs",
        target: "node20.20",
        tsconfigRaw: { compilerOptions: { strict: true, esModuleInterop: true } },
        logLevel: "warning",
    });
    const { createOpenApiDocument } = require(path.join(scratch, "openapi-document.js"));
    writeFileSync(file, `${JSON.stringify(await createOpenApiDocument(), undefined, 4)}\n`);
}

write().finally(() => rmSync(scratch, { recursive: true, force: true }));
