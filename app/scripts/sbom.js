// Writes what the installed packages are, as CycloneDX, for scanners and for those who have to answer for them. npm puts the time
// and a random number in: without them, the same packages give the same bytes.
//
//   node scripts/sbom.js FILE
const { execFileSync } = require("node:child_process");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node scripts/sbom.js FILE");

// By the lock file: from the folder, npm refuses to tell anything where what is only needed to compile is not there.
const text = execFileSync(
    "npm",
    ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application", "--omit=dev", "--package-lock-only"],
    { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "inherit"] },
);
const bill = JSON.parse(text);
delete bill.serialNumber;
delete bill.metadata.timestamp;
// npm takes the folder's name.
bill.metadata.component.name = JSON.parse(readFileSync("package.json", "utf8")).name;

// The lock file also names what is for other platforms: only what is here is in the image.
const isHere = ({ name, scope }) => scope !== "optional" || existsSync(path.join("node_modules", name));
const components = bill.components.filter(isHere);
const present = new Set([bill.metadata.component["bom-ref"], ...components.map((component) => component["bom-ref"])]);
const dependencies = bill.dependencies
    .filter(({ ref }) => present.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => present.has(other)) }));

writeFileSync(file, `${JSON.stringify({ ...bill, components, dependencies }, undefined, 2)}\n`);
