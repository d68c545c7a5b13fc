import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

/** Where a cluster of EKS is, and by what its API server proves who it is. */
export interface EksEndpoint {
    readonly name: pulumi.Input<string>;
    readonly endpoint: pulumi.Input<string>;
    /** Base64, as EKS hands it out. */
    readonly certificateAuthority: pulumi.Input<string>;
    readonly region: string;
}

/**
 * The kubeconfig of a cluster of EKS, as JSON, which is YAML as well. It holds no secret: who uses it gets a token from AWS in
 * his own name, with the command `aws`.
 */
export function eksKubeconfig({ name, endpoint, certificateAuthority, region }: EksEndpoint): pulumi.Output<string> {
    return pulumi.jsonStringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server: endpoint, "certificate-authority-data": certificateAuthority } }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
        users: [
            {
                name,
                user: {
                    exec: {
                        apiVersion: "client.authentication.k8s.io/v1beta1",
                        command: "aws",
                        args: ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"],
                        interactiveMode: "Never",
                    },
                },
            },
        ],
    });
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
    typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** The entry of a list of a kubeconfig (`clusters`, `contexts`, `users`) that has a name, and in it what the name stands for. */
function entry(config: Fields, list: string, name: string | undefined, part: string): Fields | undefined {
    const entries: unknown = config[list];
    const found: unknown = Array.isArray(entries)
        ? entries.find((one: unknown) => isFields(one) && one["name"] === name)
        : undefined;
    const value = isFields(found) ? found[part] : undefined;
    return isFields(value) ? value : undefined;
}

/**
 * What is wrong with a kubeconfig, in words; an empty list where it can be used. Nothing of its content is repeated but the
 * names of fields: it holds credentials.
 *
 * It must work on every machine that runs the program, so files on the disk of one are refused.
 */
export function kubeconfigProblems(content: string): string[] {
    let config: unknown;
    try {
        config = parse(content, { logLevel: "error" });
    } catch {
        return ["it is neither YAML nor JSON"];
    }
    if (!isFields(config)) {
        return ["it is no object with clusters, contexts and users (a path to a file is none either)"];
    }
    const problems: string[] = [];
    const current = text(config["current-context"]);
    const context = entry(config, "contexts", current, "context");
    if (current === undefined) {
        problems.push("current-context is missing");
    } else if (context === undefined) {
        problems.push("current-context names no entry of contexts");
    }
    if (context !== undefined) {
        const cluster = entry(config, "clusters", text(context["cluster"]), "cluster");
        const user = entry(config, "users", text(context["user"]), "user");
        problems.push(
            ...(cluster === undefined ? ["the context's cluster is no entry of clusters"] : clusterProblems(cluster)),
            ...(user === undefined ? ["the context's user is no entry of users"] : userProblems(user)),
        );
    }
    return problems;
}

/** Fields of users that are credentials themselves. A command that asks for a token is none. */
const credentials = ["token", "password", "client-key-data"];

/** Whether any user of a kubeconfig has credentials written into it. */
export function holdsCredentials(content: string): boolean {
    try {
        const config: unknown = parse(content, { logLevel: "error" });
        const users: unknown = isFields(config) ? config["users"] : undefined;
        return (
            Array.isArray(users) &&
            users.some(
                (one: unknown) =>
                    isFields(one) &&
                    isFields(one["user"]) &&
                    credentials.some((field) => (one["user"] as Fields)[field] !== undefined),
            )
        );
    } catch {
        return false;
    }
}

function clusterProblems(cluster: Fields): string[] {
    const problems: string[] = [];
    const server = text(cluster["server"]);
    if (server === undefined || !URL.canParse(server) || new URL(server).protocol !== "https:") {
        problems.push("the cluster's server is no https address");
    }
    if (cluster["insecure-skip-tls-verify"] === true) {
        problems.push("insecure-skip-tls-verify is on: anybody in between could answer for the cluster");
    }
    if (cluster["certificate-authority"] !== undefined) {
        problems.push("certificate-authority names a file; write certificate-authority-data");
    }
    return problems;
}

/** Fields of a user that name files, and what to write instead. */
const userFiles: Readonly<Record<string, string>> = {
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
    tokenFile: "token",
};

function userProblems(user: Fields): string[] {
    const files = Object.entries(userFiles)
        .filter(([field]) => user[field] !== undefined)
        .map(([field, instead]) => `${field} names a file; write ${instead}`);
    const exec = user["exec"];
    const hasCredentials =
        text(user["token"]) !== undefined ||
        (text(user["client-certificate-data"]) !== undefined && text(user["client-key-data"]) !== undefined) ||
        (isFields(exec) && text(exec["command"]) !== undefined);
    return [
        ...files,
        ...(hasCredentials || files.length > 0
            ? []
            : ["the user has neither a token, nor client-certificate-data with client-key-data, nor exec"]),
    ];
}
