// @ts-check
"use strict";
/**
 * Writes the bare program: the same raw resources as a preview's, same types in the same numbers, each on its own, with the
 * inputs that its type demands and nothing else. No components, no packs, no references: the least that the engine, the SDK
 * and the stand-ins can cost for so many resources.
 */
const fs = require("node:fs");
const path = require("node:path");
const { root, workDir } = require("./offline-run");

/**
 * @typedef {import("./offline-run").Step} Step
 * @typedef {{ required?: true }} Property
 * @typedef {{ inputs: Record<string, Property>, constants: Record<string, string> }} ResourceSpec
 */

/** What the engine shows in place of a value that it does not know yet or must not show. */
const hidden = /^\[(unknown|secret)\]$/;

/**
 * A value in the form that its property's name promises.
 * @param {string} property
 */
function placeholder(property) {
    if (/arns?$/i.test(property)) return "arn:aws:iam::123456789012:role/bench";
    if (/policy|document|definitions|body|json/i.test(property)) return '{"Version":"2012-10-17","Statement":[]}';
    if (/cidr/i.test(property)) return "10.0.0.0/24";
    return "bench-0123456789abcdef0";
}

/**
 * The value with what is hidden filled in.
 * @param {unknown} value
 * @param {string} property its name, or that of the list it is in
 * @returns {unknown}
 */
function fill(value, property) {
    if (typeof value === "string") return hidden.test(value) ? placeholder(property) : value;
    if (Array.isArray(value)) return value.map((item) => fill(item, property));
    if (value !== null && typeof value === "object")
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, key)]));
    return value;
}

/**
 * The inputs that the type demands, with the values that the program gave.
 * @param {Step} step
 * @param {ResourceSpec} spec
 */
function minimalInputs(step, spec) {
    const inputs = step.inputs ?? {};
    const demanded = Object.entries(spec.inputs).flatMap(([name, property]) =>
        property.required && !(name in spec.constants) ? [name] : [],
    );
    return Object.fromEntries(demanded.map((name) => [name, fill(inputs[name] ?? placeholder(name), name)]));
}

/**
 * `aws:ec2/vpc:Vpc` → `aws.ec2.Vpc`
 * @param {string} type
 */
function constructorOf(type) {
    const [packageName = "", module = "", name = ""] = type.split(":");
    // aws and random name the file behind the slash, kubernetes the API version.
    const modules = packageName === "kubernetes" ? module.split("/") : module.split("/").slice(0, 1);
    return [packageName, ...modules.filter((part) => part !== "index"), name].join(".");
}

/**
 * The program's text.
 * @param {readonly Step[]} steps
 * @param {(type: string) => ResourceSpec} specOf
 */
function programText(steps, specOf) {
    const packages = [...new Set(steps.map(({ type }) => type.split(":")[0] ?? ""))].sort();
    return [
        '"use strict";',
        ...packages.map((name) => `const ${name} = require("@pulumi/${name}");`),
        ...steps.map((step, place) => {
            const inputs = JSON.stringify(minimalInputs(step, specOf(step.type)));
            return `new ${constructorOf(step.type)}("r${place}", ${inputs});`;
        }),
        "",
    ].join("\n");
}

/**
 * @param {readonly Step[]} steps
 * @param {string} region
 * @returns {string} the program's folder
 */
function writeBareProgram(steps, region) {
    require(path.join(root, "offline", "register.js"));
    const { Catalogue } = require(path.join(root, "offline", "catalogue"));
    /** @type {Map<string, { resource(type: string): ResourceSpec | undefined }>} */
    const catalogues = new Map();
    /** @param {string} type */
    const specOf = (type) => {
        const name = type.split(":")[0] ?? "";
        const catalogue = catalogues.get(name) ?? Catalogue.open(name, [root], path.join(root, ".headroom", "cache"));
        catalogues.set(name, catalogue);
        const spec = catalogue.resource(type);
        if (!spec) throw new Error(`The catalogue does not know ${type}.`);
        return spec;
    };
    const folder = path.join(workDir, "bare");
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: bench-bare\nruntime: nodejs\nmain: index.js\n");
    fs.writeFileSync(path.join(folder, "Pulumi.bench.yaml"), `config:\n  aws:region: ${region}\n`);
    fs.writeFileSync(
        path.join(folder, "package.json"),
        '{"name":"bench-bare","version":"0.1.0","private":true,"type":"commonjs","main":"index.js"}\n',
    );
    fs.writeFileSync(path.join(folder, "index.js"), programText(steps, specOf));
    return folder;
}

module.exports = { constructorOf, fill, minimalInputs, programText, writeBareProgram };
