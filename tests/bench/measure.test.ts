import { measure } from "../../bench/lib/measure";

const node = (script: string) => [process.execPath, "-e", script];
const here = { cwd: __dirname };

test("a measured command gives its output, and a time that covers its run", async () => {
    const { ms, stdout } = await measure("it", node("setTimeout(() => console.log('done'), 200)"), here);

    expect(stdout).toBe("done\n");
    expect(ms).toBeGreaterThanOrEqual(200);
});

test("a command that fails is no measurement: the error says what it was and what it wrote", async () => {
    const failing = measure("The bare program", node("console.error('no such type'); process.exit(3)"), here);

    await expect(failing).rejects.toThrow(/^The bare program failed \(exit code 3\):\nno such type/);
});

test("a command that cannot be started is named", async () => {
    await expect(measure("The CDK program", ["/no/such/program"], here)).rejects.toThrow(
        "The CDK program could not be started",
    );
});
