import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./judged";

jest.setTimeout(180_000);

const file = join(root, "policy-exemptions.yaml");
const make = (args: readonly string[], env: NodeJS.ProcessEnv = {}): { said: string; status: number | null } => {
    const { stdout, stderr, status } = spawnSync("make", ["baseline", "STACK=dev", ...args], {
        cwd: root,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    });
    return { said: `${stdout}${stderr}`, status };
};

test("make baseline previews the stack and says what it would write, with quotes and blanks as they were given", () => {
    const before = readFileSync(file, "utf8");
    const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const given = ["OWNER=a team", "TICKET=OPS-1", `REASON=it's "known"`, `EXPIRES=${expires}`, "DRY_RUN=1"];
    const { said, status } = make(given);
    expect({ said, status }).toMatchObject({ status: 0 });
    expect(said).toMatch(/Would add \d+ exemptions?, until|Nothing to add to policy-exemptions\.yaml/);
    expect(readFileSync(file, "utf8")).toBe(before);
});

test("make baseline takes nothing of an exemption from the environment, and writes nothing without it", () => {
    const before = readFileSync(file, "utf8");
    const { said, status } = make(["TICKET=OPS-1"], { OWNER: "somebody", REASON: "something", EXPIRES: "2000-01-01" });
    expect(status).not.toBe(0);
    for (const name of ["owner", "reason", "expires"]) {
        expect(said).toMatch(new RegExp(`^--${name} is "" and must be`, "m"));
    }
    expect(said).not.toMatch(/--ticket/);
    expect(readFileSync(file, "utf8")).toBe(before);
});
