// Writes what the installed packages are, as CycloneDX, for scanners and for those who have to answer for them. npm puts the time
// and a random number in: without them, the same packages give the same bytes.
//
//   node scripts/sbom.js FILE
const { execFileSync } = require("node:child_process");
const { writeFileSync } = require("node:fs");

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node scripts/sbom.js FILE");

const text = execFileSync("npm", ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application", "--omit=dev"], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "inherit"],
});
const { serialNumber: _random, ...bill } = JSON.parse(text);
const { timestamp: _now, ...metadata } = bill.metadata;
writeFileSync(file, `${JSON.stringify({ ...bill, metadata }, undefined, 2)}\n`);
