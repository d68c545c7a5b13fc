// Writes package-lock.json from package.json. In the repository the application is a workspace, whose packages are locked
// at the root; the image is built from this folder alone and therefore needs a lock file of its own.
const { execFileSync } = require("node:child_process");
const { copyFileSync, existsSync, mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");

const application = path.join(__dirname, "..");
const lockFile = path.join(application, "package-lock.json");
// Outside the repository: inside, npm would take the root's lock file.
const scratch = mkdtempSync(path.join(tmpdir(), "headroom-lock-"));

try {
    copyFileSync(path.join(application, "package.json"), path.join(scratch, "package.json"));
    // What is locked stays locked: only what package.json changed is resolved anew.
    if (existsSync(lockFile)) copyFileSync(lockFile, path.join(scratch, "package-lock.json"));
    execFileSync(
        "npm",
        [
            "install",
            "--package-lock-only",
            "--ignore-scripts",
            "--omit-lockfile-registry-resolved",
            "--no-audit",
            "--no-fund",
        ],
        { cwd: scratch, stdio: "inherit" },
    );
    copyFileSync(path.join(scratch, "package-lock.json"), lockFile);
} finally {
    rmSync(scratch, { recursive: true, force: true });
}
