import * as fs from "node:fs";
import * as path from "node:path";
import { cleanUp, root } from "../engine/workplace";
import { commandsOf, linksOf, Reader } from "./reader";

/**
 * Every command of README.md, in its order, in a copy of the checkout. Blocks marked `sh account` and `sh image` are meant for
 * a real account: see {@link Reader}.
 */
const readme = fs.readFileSync(path.join(root, "README.md"), "utf8");
const commands = commandsOf(readme);

describe("the commands of README.md", () => {
    const reader = new Reader();

    beforeAll(async () => {
        await reader.start({ docker: `echo "$@" >> "${reader.place}/docker.txt"` });
    }, 600_000);

    afterAll(async () => {
        await reader.stop();
        await cleanUp();
    });

    /** What stands in the README for something of the reader's own. */
    function filledIn(line: string): string {
        return (
            line
                .replace("s3://YOUR-STATE-BUCKET", `"${reader.backend}"`)
                .replace('"awskms://alias/YOUR-KEY?region=eu-central-1"', "passphrase")
                .replace("path/to/headroom/", "")
                // The copy's packages are those of the checkout: that the lock file can be installed is what is tried.
                .replace(/^npm ci$/, "npm ci --dry-run --prefer-offline")
                .replace(/^pulumi preview --policy-pack/, "pulumi preview --stack prod --policy-pack")
        );
    }

    const others = commands.filter((command) => command.line !== "make test");

    it.each(others.map((command) => [command.line, command.kind]))(
        "%s (%s)",
        async (line, kind) => {
            expect(await reader.run(filledIn(line), kind)).toBe("success");
        },
        300_000,
    );

    it("build and push the image from the folder of the application to the stack's repository", () => {
        const [build, push] = fs.readFileSync(path.join(reader.place, "docker.txt"), "utf8").trim().split("\n");
        expect(build).toMatch(/^build .* -t \d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[^ ]+:0\.1\.0 app$/);
        expect(fs.existsSync(path.join(reader.checkout, "app/Dockerfile"))).toBe(true);
        expect(push).toMatch(/^push \d{12}\.dkr\.ecr/);
    });

    it("leave the checkout as it was, but for what they say they write", () => {
        expect(fs.existsSync(path.join(reader.checkout, "state.json"))).toBe(true);
        const changed = fs
            .readdirSync(reader.checkout)
            .filter((file) => fs.statSync(path.join(reader.checkout, file)).isFile())
            .filter((file) => !fs.existsSync(path.join(root, file)));
        expect(changed).toEqual(["state.json"]);
    });

    it("name `make test`, which is what .ci/run calls", () => {
        expect(commands.map((command) => command.line)).toContain("make test");
        expect(fs.readFileSync(path.join(root, ".ci/run"), "utf8")).toContain("make test");
    });

    it("name every stack file that exists", () => {
        for (const file of fs.readdirSync(root).filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
            expect(readme).toContain(`\`${file.split(".")[1] ?? ""}\``);
        }
    });

    it("stand beside links that lead somewhere", () => {
        expect(linksOf(readme).filter((link) => !fs.existsSync(path.join(root, link)))).toEqual([]);
    });
});
