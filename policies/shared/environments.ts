/**
 * The environment variables that a program writes out: of ECS tasks, Lambda functions and Kubernetes pods, and in the
 * ConfigMaps that pods take them from.
 */
import { containersOf } from "./relations/pod-templates";
import { TOKENS } from "./tokens";
import { elements, UNKNOWN, Values, type Readable, type Unknown } from "./unknown";

export interface Variable {
    /** The list or map it stands in, as a person finds it: "containerDefinitions[0].environment". */
    readonly property: string;
    readonly name: string | Unknown;
    readonly value: string | Unknown;
    /** Whether the value is the text of a file, which its name says nothing about. */
    readonly isFile?: boolean;
    /** Names by which its container reaches other containers on the same machine. */
    readonly peers: readonly string[];
}

export interface Environment {
    /** The variables that are given a value; those that come from a secret store have none. */
    readonly variables: readonly Variable[];
    /** Properties that hold variables and are not known yet. */
    readonly unknown: readonly string[];
}

const NONE: Environment = { variables: [], unknown: [] };

/** The environment that a resource gives to what it runs. */
export function environmentOf(type: string, inputs: Readable): Environment {
    if ((TOKENS.ecsTaskDefinition as readonly string[]).includes(type)) {
        return taskEnvironment(inputs);
    }
    if ((TOKENS.lambdaFunction as readonly string[]).includes(type)) {
        return mapped(inputs, "environment.variables");
    }
    return TOKENS.configMap.includes(type) ? mapped(inputs, "data", true) : podEnvironment(type, inputs);
}

/** A list of `{ name, value }`. */
function listed(container: Readable, list: string, property: string, peers: readonly string[]): Environment {
    const found = container.list(list);
    if (found === UNKNOWN) {
        return { variables: [], unknown: [property] };
    }
    const variables = elements(found).flatMap((variable): readonly Variable[] => {
        const name = variable.str("name");
        const value = variable.str("value");
        return name === undefined || value === undefined ? [] : [{ property, name, value, peers }];
    });
    return { variables, unknown: [] };
}

function joined(environments: readonly Environment[]): Environment {
    return {
        variables: environments.flatMap(({ variables }) => variables),
        unknown: environments.flatMap(({ unknown }) => unknown),
    };
}

/** The containers of a task are one JSON document, which one unknown value inside makes unknown as a whole. */
function taskEnvironment(inputs: Readable): Environment {
    const document = inputs.json("containerDefinitions");
    if (document === UNKNOWN) {
        return { variables: [], unknown: ["containerDefinitions"] };
    }
    const indexes = document?.keys() ?? [];
    return joined(
        indexes.map((index) => {
            // "container:alias" on a bridge network.
            const links = document?.strings(`${index}.links`);
            const peers = links === UNKNOWN ? [] : (links ?? []).map((link) => String(link).split(":").at(-1) ?? "");
            const property = `containerDefinitions[${index}].environment`;
            return document === undefined ? NONE : listed(document, `${index}.environment`, property, peers);
        }),
    );
}

/** Whether a value has several lines. */
function isText(value: string | Unknown): boolean {
    return value !== UNKNOWN && value.trim().includes("\n");
}

/** A map of names to values, of which some may be files that are mounted rather than variables. */
function mapped(inputs: Readable, property: string, mayBeFiles = false): Environment {
    const map = inputs.get(property);
    if (map === UNKNOWN) {
        return { variables: [], unknown: [property] };
    }
    if (typeof map !== "object" || map === null) {
        return NONE;
    }
    const values = new Values(map);
    const variables = values.keys().flatMap((name): readonly Variable[] => {
        const value = values.at(name);
        return value === UNKNOWN || (typeof value === "string" && value !== "")
            ? [{ property, name, value, isFile: mayBeFiles && isText(value), peers: [] }]
            : [];
    });
    return { variables, unknown: [] };
}

function podEnvironment(type: string, inputs: Readable): Environment {
    const { containers, unknown } = containersOf(type, inputs);
    const environments = containers.map(({ path, properties }) => listed(properties, "env", `${path}.env`, []));
    return joined([{ variables: [], unknown }, ...environments]);
}
