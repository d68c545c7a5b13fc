// Compiles src/ to dist/: one file for each process that the image starts. Dependencies stay outside the bundles, in
// node_modules, so that a scanner sees their names and versions. Types are checked by `tsc` over the whole repository.
//
//   node scripts/build.js [OUTPUT_FOLDER]
const path = require("node:path");
const { buildSync } = require("esbuild");

const application = path.join(__dirname, "..");

buildSync({
    absWorkingDir: application,
    entryPoints: ["src/main.ts", "src/health-check.ts"],
    outdir: path.resolve(process.argv[2] ?? path.join(application, "dist")),
    bundle: true,
    packages: "external",
    platform: "node",
    format: "cjs",
    target: "node20.20",
    // Given here, not found in a folder above: the image is built where there is none.
    tsconfigRaw: { compilerOptions: { strict: true, esModuleInterop: true } },
    sourcemap: true,
    // Source maps name files, they do not carry them: the same sources give the same bytes in every checkout.
    sourcesContent: false,
    logLevel: "warning",
});
