/** What `headroom-policy-baseline` runs; each pack has it as a file of its own. */
import { baseline } from "./main";

try {
    const { code, lines } = baseline(process.argv.slice(2), process.env);
    (code === 0 ? process.stdout : process.stderr).write(`${lines.join("\n")}\n`);
    process.exitCode = code;
} catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
}
