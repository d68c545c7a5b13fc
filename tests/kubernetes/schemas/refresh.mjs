/**
 * Makes the schemas that the tests validate manifests against, from the Go modules that publish them; sources.json says which. Run it
 * by hand when a version there changes; the tests read its results only. Needs Go, and some 300 MB of room in Go's module cache.
 *
 *     node tests/kubernetes/schemas/refresh.mjs
 *
 * Go checks every module against the checksum database, and this script against the sum in sources.json: leave the sum of a new
 * version empty, and it is filled in. A module under another licence than Apache 2.0 is refused.
 *
 * - kubernetes-<minor>.json: JSON Schemas of the kinds below, from the OpenAPI document of k8s.io/kubernetes.
 * - crds/<name>.json: definitions of custom resources.
 *
 * Both without prose, which is most of their size.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const here = dirname(fileURLToPath(import.meta.url));
const sourcesFile = join(here, "sources.json");

/** Every kind of the API that the components write, and those that pods are made of. */
const kinds = `v1/Namespace v1/Service v1/ServiceAccount v1/ConfigMap v1/Secret v1/ResourceQuota v1/LimitRange v1/Pod
    v1/PersistentVolumeClaim apps/v1/Deployment apps/v1/StatefulSet apps/v1/DaemonSet batch/v1/Job batch/v1/CronJob
    autoscaling/v2/HorizontalPodAutoscaler policy/v1/PodDisruptionBudget networking.k8s.io/v1/NetworkPolicy
    networking.k8s.io/v1/Ingress networking.k8s.io/v1/IngressClass rbac.authorization.k8s.io/v1/Role
    rbac.authorization.k8s.io/v1/RoleBinding rbac.authorization.k8s.io/v1/ClusterRole
    rbac.authorization.k8s.io/v1/ClusterRoleBinding storage.k8s.io/v1/StorageClass scheduling.k8s.io/v1/PriorityClass
    apiextensions.k8s.io/v1/CustomResourceDefinition apiregistration.k8s.io/v1/APIService`.split(/\s+/);

const quantity = {
    type: ["string", "number"],
    pattern: "^[+-]?([0-9]+|[0-9]+\\.[0-9]*|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$",
};

/** Downloads a module, or finds it in Go's cache; answers with its folder. */
function moduleFolder(source, module = source.module) {
    const id = `${module}@${source.version}`;
    let found;
    try {
        found = JSON.parse(
            execFileSync("go", ["mod", "download", "-json", id], { cwd: tmpdir(), encoding: "utf8", stdio: "pipe" }),
        );
    } catch (error) {
        throw new Error(`${id}: ${error.stdout ? JSON.parse(error.stdout).Error : error.message}`, { cause: error });
    }
    if (source.sum && source.sum !== found.Sum) {
        throw new Error(`${id} has the sum ${found.Sum}; sources.json says ${source.sum}`);
    }
    if (!/Apache License\s+Version 2\.0/.test(readFileSync(join(found.Dir, "LICENSE"), "utf8"))) {
        throw new Error(`${id} is not under the Apache License 2.0`);
    }
    source.sum = found.Sum;
    return found.Dir;
}

function write(file, content) {
    const body = `${JSON.stringify(content)}\n`;
    writeFileSync(join(here, file), body);
    console.log(`${file}: ${body.length} bytes`);
}

/** The kinds above as JSON Schemas. The published document leaves objects open; the server, asked to be strict, does not. */
function builtIn(source) {
    const folder = moduleFolder(source, "k8s.io/kubernetes");
    const { definitions } = JSON.parse(readFileSync(join(folder, "api/openapi-spec/swagger.json"), "utf8"));
    const $defs = {};

    const close = (value) => {
        if (Array.isArray(value)) return value.map(close);
        if (!value || typeof value !== "object") return value;
        if (value.$ref) {
            const name = value.$ref.replace("#/definitions/", "");
            take(name);
            return { $ref: `#/$defs/${name}` };
        }
        const out = {};
        for (const [key, part] of Object.entries(value)) {
            if (key === "description" || key === "default" || key.startsWith("x-kubernetes")) continue;
            out[key] =
                key === "properties"
                    ? Object.fromEntries(Object.entries(part).map(([name, schema]) => [name, close(schema)]))
                    : close(part);
        }
        if (out.properties && out.additionalProperties === undefined) out.additionalProperties = false;
        // A "string" for want of a union in OpenAPI 2.
        if (out.format === "int-or-string") return { type: ["integer", "string"] };
        delete out.format;
        if (value.format === "int32") Object.assign(out, { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 });
        return out;
    };
    const take = (name) => {
        if ($defs[name]) return;
        $defs[name] = {};
        $defs[name] = name === "io.k8s.apimachinery.pkg.api.resource.Quantity" ? quantity : close(definitions[name]);
    };

    const roots = {};
    for (const [name, definition] of Object.entries(definitions)) {
        for (const { group, version, kind } of definition["x-kubernetes-group-version-kind"] ?? []) {
            const apiVersion = group ? `${group}/${version}` : version;
            if (!kinds.includes(`${apiVersion}/${kind}`)) continue;
            take(name);
            roots[`${apiVersion}/${kind}`] = name;
            $defs[name] = {
                ...$defs[name],
                required: [...new Set(["apiVersion", "kind", "metadata", ...($defs[name].required ?? [])])],
                properties: { ...$defs[name].properties, apiVersion: { const: apiVersion }, kind: { const: kind } },
            };
        }
    }
    const missing = kinds.filter((kind) => !roots[kind]);
    if (missing.length > 0) throw new Error(`${source.version} has no ${missing.join(", ")}`);
    write(`kubernetes-${source.minor}.json`, { version: source.version, roots, $defs });
}

/** Descriptions are prose; a property that is itself called "description" is an object, and stays. */
const withoutProse = (value) =>
    Array.isArray(value)
        ? value.map(withoutProse)
        : value && typeof value === "object"
          ? Object.fromEntries(
                Object.entries(value)
                    .filter(([key, part]) => !(key === "description" && typeof part === "string"))
                    .map(([key, part]) => [key, withoutProse(part)]),
            )
          : value;

function customResources(source) {
    const folder = moduleFolder(source);
    for (const [name, file] of Object.entries(source.files)) {
        // A template of Helm or kops holds more than YAML: only the document of this name, without the template's own lines.
        const text = readFileSync(join(folder, file), "utf8")
            .split(/^---\s*$/m)
            .find((part) => part.includes("kind: CustomResourceDefinition") && part.includes(`\n  name: ${name}\n`));
        if (!text) throw new Error(`${source.module}@${source.version} has no ${name} in ${file}`);
        const definition = withoutProse(parse(text.replace(/^.*\{\{.*\}\}.*$/gm, "")));
        delete definition.status;
        // Fields of a newer release than a module has, from its documentation.
        for (const version of definition.spec.versions) {
            Object.assign(version.schema.openAPIV3Schema.properties.spec.properties, source.newer?.[name]);
        }
        write(join("crds", `${name}.json`), definition);
    }
}

const sources = JSON.parse(readFileSync(sourcesFile, "utf8"));
rmSync(join(here, "crds"), { recursive: true, force: true });
mkdirSync(join(here, "crds"));
sources.kubernetes.forEach(builtIn);
sources.customResources.forEach(customResources);
writeFileSync(sourcesFile, `${JSON.stringify(sources, null, 2)}\n`);
