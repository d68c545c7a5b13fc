import { parseAllDocuments } from "yaml";
import { InvokeError } from "../rules";
import { isMap, text, type Value, type ValueMap } from "../values";

/** Turns manifests into objects: `kubernetes.yaml.ConfigFile` and `ConfigGroup` ask the provider for it. */
export function decodeYaml(args: ValueMap): ValueMap {
    const result: Value[] = [];
    const namespace = text(args, "defaultNamespace");
    for (const document of parseAllDocuments(text(args, "text") ?? "")) {
        const problem = document.errors[0];
        if (problem) {
            throw new InvokeError(`the manifest is not valid YAML: ${problem.message}`);
        }
        const object = document.toJS() as Value;
        if (!isMap(object)) {
            continue;
        }
        const items =
            /List$/.test(text(object, "kind") ?? "") && Array.isArray(object["items"]) ? object["items"] : [object];
        result.push(...items.map((item) => inNamespace(item, namespace)));
    }
    return { result };
}

function inNamespace(item: Value, namespace: string | undefined): Value {
    if (!isMap(item) || namespace === undefined) {
        return item;
    }
    const metadata = isMap(item["metadata"]) ? item["metadata"] : {};
    return { ...item, metadata: { namespace, ...metadata } };
}

/** Functions for which the real provider needs other programs or a network. */
export function refuseKubernetesFunction(token: string): void {
    if (token === "kubernetes:helm:template") {
        throw new InvokeError(
            "a chart is rendered by Helm, which fetches it. Render it once (helm template … > chart.yaml) and use kubernetes.yaml.ConfigFile.",
        );
    }
    if (token === "kubernetes:kustomize:directory") {
        throw new InvokeError(
            "a directory is built by kustomize. Build it once (kustomize build … > all.yaml) and use kubernetes.yaml.ConfigFile.",
        );
    }
}
