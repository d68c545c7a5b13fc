import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Every alarm leads to a page, and every page is reached by an alarm. To write the index anew:
 * `UPDATE_RUNBOOK_INDEX=1 npx jest tests/unit/runbooks.test.ts`.
 */
const components = path.join(__dirname, "../../components");
const runbooks = path.join(__dirname, "../../docs/runbooks");
const indexFile = path.join(runbooks, "README.md");

function sourceFiles(folder: string): string[] {
    return fs
        .readdirSync(folder, { withFileTypes: true })
        .flatMap((entry) =>
            entry.isDirectory() ? sourceFiles(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
        )
        .filter((file) => file.endsWith(".ts"));
}

/** The pages that components name, each with the files that name it. */
const named = new Map<string, string[]>();
for (const file of sourceFiles(components)) {
    for (const match of fs.readFileSync(file, "utf8").matchAll(/\brunbook: "([^"]+)"/g)) {
        const page = match[1] ?? "";
        named.set(page, [...(named.get(page) ?? []), path.relative(components, file)]);
    }
}

const pages = fs
    .readdirSync(runbooks)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => path.basename(file, ".md"))
    .sort();

const read = (page: string): string => fs.readFileSync(path.join(runbooks, `${page}.md`), "utf8");
const titleOf = (page: string): string => /^# (.+)$/m.exec(read(page))?.[1] ?? "";

/** The index as it should be: what is written above the pages, and these, sorted, with their titles. */
function index(): string {
    const [introduction = ""] = fs.readFileSync(indexFile, "utf8").split("\n- [");
    const entries = pages.map((page) => `- [${page}](${page}.md): ${titleOf(page)}`);
    return [introduction, ...entries, ""].join("\n");
}

describe("runbooks", () => {
    it("exist for every signal that a component declares", () => {
        const missing = [...named].filter(([page]) => !pages.includes(page));
        expect(missing).toEqual([]);
    });

    it("are each named by a signal", () => {
        expect(pages.filter((page) => !named.has(page))).toEqual([]);
    });

    it.each(pages)("%s says what it means and when it is over", (page) => {
        const text = read(page);
        expect(titleOf(page)).not.toBe("");
        expect(text.split("\n").length).toBeGreaterThan(10);
        expect(text).toMatch(/over when/i);
    });

    it.each(pages)("%s links to pages that exist", (page) => {
        const links = [...read(page).matchAll(/\]\(([a-z-]+)\.md\)/g)].map((match) => match[1]);
        expect(links.filter((link) => link === undefined || !pages.includes(link))).toEqual([]);
    });

    it("are all in the index", () => {
        if (process.env["UPDATE_RUNBOOK_INDEX"] === "1") {
            fs.writeFileSync(indexFile, index());
        }
        expect(fs.readFileSync(indexFile, "utf8")).toBe(index());
    });
});
