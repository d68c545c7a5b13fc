import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

// A whole twin starts, and the first run on a machine may have to fetch some of the servers.
jest.setTimeout(600_000);

const REPOSITORY = path.resolve(__dirname, "../..");

async function run(command: string, ...words: string[]): Promise<{ code: number; output: string }> {
    const child = spawn(process.execPath, ["-r", "./offline/register.js", `twin/${command}.ts`, ...words], {
        cwd: REPOSITORY,
        stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    const [code] = (await once(child, "close")) as [number];
    return { code, output };
}

test("a short load measures every route without a failure, and compares them", async () => {
    const { code, output } = await run("load", "--seconds", "0.5", "--most", "4");
    expect({ code, output }).toEqual({ code: 0, output: expect.any(String) as string });
    const rows = output.split("\n").filter((line) => /^\S.* \d+ +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +0$/.test(line));
    // Seven routes, with one connection and with four.
    expect(rows).toHaveLength(14);
    for (const route of ["constant (the limit)", "product", "page of the catalogue", "session", "order"]) {
        expect(rows.filter((row) => row.startsWith(`${route}  `))).toHaveLength(2);
    }
    expect(output).toMatch(/product: \d+ answers a second at best, \d+ % of the limit/);
    expect(output).toMatch(/The cache makes the product [\d.]+ times as fast\./);
});

test.each(["main", "load", "chaos", "soak"])(
    "%s tells what is wrong with its options, without a stack",
    async (command) => {
        const wrong = { main: "port", load: "seconds", chaos: "seed", soak: "minutes" }[command] ?? "";
        const { code, output } = await run(command, `--${wrong}`, "many");
        expect(code).toBe(1);
        expect(output).toMatch(
            new RegExp(`^error: --${wrong} many: allowed is a (whole )?number from .*, for example \\S+\\n$`),
        );
    },
);
