import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";

/** `promtool` of PATH, or of the variable PROMTOOL: it comes with Prometheus (Debian and Homebrew: package `prometheus`). */
function findPromtool(): string | undefined {
    const candidates = [
        process.env["PROMTOOL"] ?? "",
        ...(process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, "promtool")),
    ];
    return candidates.find((file) => file !== "" && fs.existsSync(file));
}

const promtool = findPromtool();

/** Tests that only Prometheus itself can judge, left out where it is not installed. */
export const describePrometheus = promtool === undefined ? describe.skip : describe;

/**
 * Has Prometheus check rules, and judge what they and expressions say of made-up series.
 * https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
 *
 * @throws Error with promtool's own words
 */
export function judge(rules: readonly object[], tests: readonly object[]): void {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-rules-"));
    const write = (name: string, content: unknown) => {
        const file = path.join(folder, name);
        fs.writeFileSync(file, stringify(content));
        return file;
    };
    try {
        const ruleFile = write("rules.yaml", { groups: [{ name: "all", interval: "30s", rules }] });
        const testFile = write("test.yaml", { rule_files: [ruleFile], evaluation_interval: "30s", tests });
        execFileSync(promtool ?? "", ["check", "rules", ruleFile], { stdio: "pipe" });
        execFileSync(promtool ?? "", ["test", "rules", testFile], { stdio: "pipe" });
    } catch (error) {
        const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
        throw new Error(`${stdout.toString()}${stderr.toString()}`, { cause: error });
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
