import * as pulumi from "@pulumi/pulumi";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { overlap, parseCidr } from "./cidr";
import {
    ConnectionDemand,
    connectionsFit,
    connectionsNeeded,
    connectionsPerProcess,
    describeBudget,
    leastPerProcess,
    tasksThatFit,
} from "./connection-budget";
import { fargateSize, fargateSizes } from "./ecs/fargate-sizing";
import { holdsCredentials } from "./kubernetes/kubeconfig";
import { checkKubernetes, resolveKubernetes } from "./settings-kubernetes";
import { Problems } from "./problems";
import { fileSchema, FileSettings, helpOf, Settings, StagePreset } from "./settings-schema";
import { stagePresets } from "./stages";
import { allowedVpcCidr, isVpcCidr } from "./subnet-layout";
import { defaultZoneIds, zoneIsInRegion, zonesWithoutVpcOrigins } from "./zones";

export type { Settings } from "./settings-schema";

/** Stack configuration as the engine hands it over: full keys (`headroom:web`), values as strings. */
export type RawConfiguration = Readonly<Record<string, string>>;

export interface SettingsSource {
    /** The namespace of our settings: the project's name. */
    readonly project: string;
    /** Names the stack file in messages. */
    readonly stack: string;
    readonly configuration: RawConfiguration;
    /** Keys whose values are secret: they are never repeated in a message. */
    readonly secretKeys?: readonly string[];
}

/**
 * Reads the settings of the current stack.
 *
 * @throws InvalidSettingsError naming every problem of the stack file. It is thrown before any resource is registered,
 * so that a mistake touches nothing.
 */
export function loadSettings(): Settings {
    return resolveSettings({
        project: pulumi.getProject(),
        stack: pulumi.getStack(),
        configuration: pulumi.runtime.allConfig(),
        secretKeys: secretConfigurationKeys(),
    });
}

/** The keys that were written with `pulumi config set --secret`, as the language host announces them. */
function secretConfigurationKeys(): string[] {
    const announced: unknown = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]");
    return Array.isArray(announced) ? announced.filter((key) => typeof key === "string") : [];
}

/** Turns raw configuration into settings: presets filled in, every contradiction refused. No engine is needed. */
export function resolveSettings(source: SettingsSource): Settings {
    const problems = new Problems();
    const context = `Pulumi.${source.stack}.yaml`;
    const key = (path: readonly PropertyKey[]) => `${source.project}:${path.map(String).join(".")}`;
    const raw = readNamespace(source);

    const parsed = fileSchema.safeParse(raw.values);
    if (!parsed.success) {
        for (const issue of parsed.error.issues) {
            reportIssue(issue, raw, key, problems);
        }
    }
    const region = readRegion(source, problems);

    // Contradictions are looked for even when single values are wrong, among those that are right: one round of
    // corrections should be enough.
    const file = parsed.success ? parsed.data : validPart(raw.values, parsed.error.issues);
    const settings = fillIn(file, region ?? "");
    checkContradictions(settings, file, region, key, problems);
    checkSecrecy(file, raw, key, problems);
    problems.throwIfAny(context);
    return settings;
}

/** A kubeconfig with credentials in it must not lie in the stack file for everybody to read. */
function checkSecrecy(
    file: Partial<FileSettings>,
    raw: RawNamespace,
    key: (path: readonly PropertyKey[]) => string,
    problems: Problems,
): void {
    const kubeconfig = file.kubernetes?.kubeconfig;
    problems.require(
        kubeconfig === undefined || raw.secret.has("kubernetes") || !holdsCredentials(kubeconfig),
        key(["kubernetes", "kubeconfig"]),
        "[not shown]",
        "a secret, since it holds credentials",
        "pulumi config set --secret --path kubernetes.kubeconfig",
    );
}

interface RawNamespace {
    readonly values: Record<string, unknown>;
    readonly secret: ReadonlySet<string>;
}

/** Our own keys, objects and scalars parsed as YAML would have read them. */
function readNamespace({ project, configuration, secretKeys = [] }: SettingsSource): RawNamespace {
    const prefix = `${project}:`;
    const values: Record<string, unknown> = {};
    const secret = new Set<string>();
    for (const [fullKey, text] of Object.entries(configuration)) {
        if (!fullKey.startsWith(prefix)) {
            continue;
        }
        const name = fullKey.slice(prefix.length);
        values[name] = parseValue(name, text);
        if (secretKeys.includes(fullKey)) {
            secret.add(name);
        }
    }
    return { values, secret };
}

/** The engine hands every value over as text; only settings that are not text themselves are parsed. */
function parseValue(name: string, text: string): unknown {
    const schema = (fileSchema.shape as Record<string, z.ZodType | undefined>)[name];
    if (schema !== undefined && schema.safeParse(text).success) {
        return text;
    }
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return text;
    }
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (value, step) =>
            typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
        values,
    );
}

/** The schema at a path, as deep as there is one. */
function schemaAt(path: readonly PropertyKey[]): z.ZodType | undefined {
    let schema: z.ZodType | undefined = fileSchema;
    for (const step of path) {
        while (schema instanceof z.ZodOptional) {
            schema = schema.unwrap() as z.ZodType;
        }
        if (!(schema instanceof z.ZodObject)) {
            return schema;
        }
        schema = (schema.shape as Record<string, z.ZodType | undefined>)[String(step)];
    }
    return schema;
}

function keysOf(schema: z.ZodType | undefined): string[] {
    let inner = schema;
    while (inner instanceof z.ZodOptional) {
        inner = inner.unwrap() as z.ZodType;
    }
    return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function reportIssue(
    issue: z.core.$ZodIssue,
    raw: RawNamespace,
    key: (path: readonly PropertyKey[]) => string,
    problems: Problems,
): void {
    const shown = (path: readonly PropertyKey[]) =>
        raw.secret.has(String(path[0])) || path.includes("kubeconfig") ? "[secret]" : valueAt(raw.values, path);
    if (issue.code === "unrecognized_keys") {
        const known = keysOf(schemaAt(issue.path));
        for (const unknownKey of issue.keys) {
            const path = [...issue.path, unknownKey];
            const nearest = nearestOf(unknownKey, known);
            const prefix = issue.path.map((step) => `${String(step)}.`).join("");
            problems.add(
                key(path),
                // A key that we do not know may hold anything, a secret under a mistyped name for one.
                "[not shown]",
                `no setting of this name; known here: ${known.map((name) => prefix + name).join(", ")}`,
                nearest === undefined ? "remove the key" : key([...issue.path, nearest]),
            );
        }
        return;
    }
    const schema = schemaAt(issue.path);
    const help = schema === undefined ? undefined : helpOf(schema);
    // An item of a list is reported with the list's help, and with its own place in the list.
    problems.add(
        key(issue.path),
        shown(issue.path),
        help?.allowed ?? `an object with ${keysOf(schema).join(", ")}`,
        `${key(issue.path.filter((step) => typeof step === "string"))}: ${help?.example ?? "{ … }"}`,
    );
}

/** The known key that a mistyped one is closest to, if any is close. */
function nearestOf(typed: string, known: readonly string[]): string | undefined {
    const scored = known
        .map((name) => ({ name, edits: distance(typed.toLowerCase(), name.toLowerCase()) }))
        .sort((a, b) => a.edits - b.edits);
    const best = scored[0];
    return best !== undefined && best.edits <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : undefined;
}

/** What remains of the file when every wrong value is left out. */
function validPart(values: Record<string, unknown>, issues: readonly z.core.$ZodIssue[]): Partial<FileSettings> {
    const copy = structuredClone(values);
    const drop = (path: readonly PropertyKey[]) => {
        const parent = valueAt(copy, path.slice(0, -1));
        const last = path.at(-1);
        if (typeof parent === "object" && parent !== null && last !== undefined) {
            if (Array.isArray(parent)) {
                drop(path.slice(0, -1));
            } else {
                Reflect.deleteProperty(parent, last);
            }
        }
    };
    for (const issue of issues) {
        if (issue.code === "unrecognized_keys") {
            issue.keys.forEach((name) => {
                drop([...issue.path, name]);
            });
        } else {
            drop(issue.path);
        }
    }
    return copy;
}

/** Region names have this form in every partition: eu-central-1, us-gov-west-1, ap-southeast-2. */
const regionPattern = /^[a-z]{2}(-[a-z]+)+-\d$/;

function readRegion(source: SettingsSource, problems: Problems): string | undefined {
    const region = source.configuration["aws:region"];
    if (region === undefined || !regionPattern.test(region)) {
        problems.add("aws:region", region, "the name of an AWS region", "aws:region: eu-central-1");
        return undefined;
    }
    return region;
}

/** MiB that a process of a web task has at the least: V8 takes half of it, and Node.js with its libraries starts with 100. */
const leastProcessMemory = 256;

function fillIn(file: Partial<FileSettings>, region: string): Settings {
    const preset: StagePreset = stagePresets[file.stage ?? "start"];
    const environment = file.environment ?? "prod";
    const cpu = file.web?.cpu ?? preset.web.cpu;
    const web = { ...preset.web, processes: Math.max(1, Math.floor(cpu)), ...file.web };
    const worker = { ...preset.worker, ...file.worker };
    const network = { ...preset.network, zoneIds: defaultZoneIds(region) ?? [], ...file.network };
    const database = { ...preset.database, ...file.database };
    const most = connectionsPerProcess(connectionDemand({ web, worker, database }));
    return {
        environment,
        stage: file.stage ?? "start",
        region,
        domain: file.domain ?? "",
        hostedZoneId: file.hostedZoneId,
        compute: file.compute ?? "ecs",
        deletionProtection: file.deletionProtection ?? true,
        // A quarter: long enough to compare a month with the one before.
        logRetentionDays: file.logRetentionDays ?? 90,
        network,
        web,
        worker,
        database: {
            ...database,
            connectionsPerProcess: file.database?.connectionsPerProcess ?? Math.max(leastPerProcess, most),
        },
        cache: { ...preset.cache, ...file.cache },
        jobs: { ...preset.jobs, ...file.jobs },
        cdn: { ...preset.cdn, ...file.cdn },
        kubernetes: resolveKubernetes(file.kubernetes ?? {}, [web, worker], network.cidr),
        auth: { signingKeyVersion: file.auth?.signingKeyVersion ?? 1 },
        mail: { sender: file.mail?.sender ?? "orders", dmarc: file.mail?.dmarc ?? "quarantine" },
        image: file.image?.uri === undefined ? { tag: file.image?.tag ?? "" } : { uri: file.image.uri },
        monitoring: { emails: file.monitoring?.emails ?? [] },
    };
}

function checkContradictions(
    settings: Settings,
    file: Partial<FileSettings>,
    region: string | undefined,
    key: (path: readonly PropertyKey[]) => string,
    problems: Problems,
): void {
    const { web, worker, database, cache, jobs, network } = settings;
    // What is wrong by itself has been said; a value that was left out for it contradicts nothing.
    const wrong = problems.all.map((problem) => problem.setting);
    const check = (condition: boolean, path: readonly string[], value: unknown, allowed: string, example: string) => {
        const name = key(path);
        if (!wrong.some((setting) => setting === name || setting.startsWith(`${name}.`))) {
            problems.require(condition, name, value, allowed, `${name}: ${example}`);
        }
    };

    for (const [tier, scaling] of [
        ["web", web],
        ["worker", worker],
    ] as const) {
        check(
            scaling.minimum <= scaling.maximum,
            [tier, "minimum"],
            scaling.minimum,
            `at most ${key([tier, "maximum"])}, which is ${String(scaling.maximum)}`,
            String(scaling.maximum),
        );
        if (settings.compute === "kubernetes") {
            continue;
        }
        const offered = fargateSizes.filter((size) => size.cpu === scaling.cpu * 1024).map((size) => size.memory);
        check(
            fargateSize([scaling])?.cpu === scaling.cpu * 1024,
            [tier, "memory"],
            scaling.memory,
            `at most ${String(Math.max(...offered))} MiB with ${key([tier, "cpu"])} at ${String(scaling.cpu)}: ` +
                "Fargate would bill a larger CPU for it",
            String(Math.min(...offered)),
        );
    }

    const outsideDev = settings.environment !== "dev";
    if (file.environment !== undefined && outsideDev) {
        const where = `in environment ${settings.environment}`;
        check(
            settings.domain !== "none",
            ["domain"],
            settings.domain,
            `a domain name ${where}; none is for dev only`,
            "shop.example.com",
        );
        check(
            web.minimum >= 2,
            ["web", "minimum"],
            web.minimum,
            `at least 2 ${where}: one task is a single point of failure`,
            "3",
        );
        check(
            worker.minimum >= 1,
            ["worker", "minimum"],
            worker.minimum,
            `at least 1 ${where}: waking up from 0 takes minutes`,
            "2",
        );
        check(
            database.multiAz,
            ["database", "multiAz"],
            database.multiAz,
            `true ${where}: the database would be a single point of failure`,
            "true",
        );
        check(
            cache.replicasPerShard >= 1,
            ["cache", "replicasPerShard"],
            cache.replicasPerShard,
            `at least 1 ${where}: failover needs a replica`,
            "1",
        );
        check(
            network.natGateways !== "single",
            ["network", "natGateways"],
            network.natGateways,
            `per-zone or regional ${where}`,
            "per-zone",
        );
        check(
            settings.monitoring.emails.length > 0,
            ["monitoring", "emails"],
            settings.monitoring.emails,
            `at least one address ${where}: an alarm that nobody hears is none`,
            '["on-call@example.com"]',
        );
    }

    check(
        database.replicas === 0 || !database.allowMajorVersionUpgrade,
        ["database", "allowMajorVersionUpgrade"],
        database.allowMajorVersionUpgrade,
        `false with ${key(["database", "replicas"])} at ${String(database.replicas)}: take the replicas away first, and give them back after the upgrade`,
        "false",
    );
    check(
        database.replicas === 0 || database.backupRetentionDays > 0,
        ["database", "backupRetentionDays"],
        database.backupRetentionDays,
        `at least 1 with ${key(["database", "replicas"])} at ${String(database.replicas)}: a read replica needs its source's backups`,
        "7",
    );
    check(
        database.maxStorageGib === database.storageGib || database.maxStorageGib >= database.storageGib * 1.1,
        ["database", "maxStorageGib"],
        database.maxStorageGib,
        `${key(["database", "storageGib"])}, which is ${String(database.storageGib)}, or at least a tenth more`,
        String(database.storageGib * 10),
    );
    check(
        jobs.visibilityTimeoutSeconds > worker.processingSeconds,
        ["jobs", "visibilityTimeoutSeconds"],
        jobs.visibilityTimeoutSeconds,
        `more than ${key(["worker", "processingSeconds"])}, which is ${String(worker.processingSeconds)}: a message would be handed out twice`,
        String(Math.ceil(worker.processingSeconds * 6)),
    );
    check(
        file.image?.tag === undefined || file.image.uri === undefined,
        ["image"],
        file.image,
        `either ${key(["image", "tag"])} or ${key(["image", "uri"])}`,
        '{ tag: "2026-11-22.1" }',
    );
    check(
        file.image?.tag !== undefined || file.image?.uri !== undefined,
        ["image"],
        undefined,
        `an object with tag (of the stack's own repository) or uri (kept elsewhere)`,
        '{ tag: "2026-11-22.1" }',
    );
    const mostProcesses = Math.floor(web.memory / leastProcessMemory);
    check(
        web.processes <= mostProcesses,
        ["web", "processes"],
        web.processes,
        `at most ${String(mostProcesses)} with ${key(["web", "memory"])} at ${String(web.memory)} MiB: each needs ${String(leastProcessMemory)}`,
        String(Math.max(1, mostProcesses)),
    );
    checkConnections(settings, file, key, problems);
    checkNetwork(settings, region, check);
    checkKubernetes(settings, file.kubernetes, check);
}

/** Who shares the connections that the database accepts. */
export function connectionDemand({
    web,
    worker,
    database,
}: {
    readonly web: Pick<Settings["web"], "maximum" | "processes">;
    readonly worker: Pick<Settings["worker"], "maximum">;
    readonly database: Pick<Settings["database"], "instanceClass">;
}): ConnectionDemand {
    return { instanceClass: database.instanceClass, web, worker: { maximum: worker.maximum, processes: 1 } };
}

/** All tasks of a deployment must get their connections: a database that refuses some is an outage at the worst moment. */
function checkConnections(
    settings: Settings,
    file: Partial<FileSettings>,
    key: (path: readonly PropertyKey[]) => string,
    problems: Problems,
): void {
    const names = {
        web: key(["web", "maximum"]),
        worker: key(["worker", "maximum"]),
        processes: key(["web", "processes"]),
        instanceClass: key(["database", "instanceClass"]),
        perProcess: key(["database", "connectionsPerProcess"]),
    };
    const demand = connectionDemand(settings);
    const perProcess = settings.database.connectionsPerProcess;
    // Of values that are wrong by themselves nothing follows.
    const involved: readonly string[] = [...Object.values(names), key(["web", "cpu"])];
    if (problems.all.some(({ setting }) => involved.includes(setting)) || connectionsFit(perProcess, demand)) {
        return;
    }
    const most = connectionsPerProcess(demand);
    const because = describeBudget(demand, perProcess);
    if (file.database?.connectionsPerProcess !== undefined && most >= leastPerProcess) {
        problems.add(
            names.perProcess,
            perProcess,
            `at most ${String(most)}, or fewer tasks or a larger ${names.instanceClass}: ${because}`,
            `${names.perProcess}: ${String(most)}`,
        );
        return;
    }
    const kept = file.database?.connectionsPerProcess ?? leastPerProcess;
    const fitting = { web: tasksThatFit("web", demand, kept), worker: tasksThatFit("worker", demand, kept) };
    // What the file says can be changed there; of what the stage says, the one that leaves more.
    const [workload] = (["web", "worker"] as const)
        .filter((name) => fitting[name] > 0)
        .sort((one, other) => {
            const isWritten = (name: "web" | "worker") => Number(file[name]?.maximum !== undefined);
            return isWritten(other) - isWritten(one) || fitting[other] - fitting[one];
        });
    if (workload === undefined) {
        problems.add(
            names.instanceClass,
            settings.database.instanceClass,
            `a class that accepts ${String(connectionsNeeded(kept, demand))} connections, or far lower ${names.web} and ${names.worker}: ${because}`,
            `${names.instanceClass}: db.r7g.4xlarge`,
        );
        return;
    }
    problems.add(
        names[workload],
        settings[workload].maximum,
        `at most ${String(fitting[workload])}, or a lower ${names[workload === "web" ? "worker" : "web"]}, fewer ${names.processes} ` +
            `or a larger ${names.instanceClass}: ${because}`,
        `${names[workload]}: ${String(fitting[workload])}`,
    );
}

function checkNetwork(
    { network }: Settings,
    region: string | undefined,
    check: (condition: boolean, path: readonly string[], value: unknown, allowed: string, example: string) => void,
): void {
    const cidr = parseCidr(network.cidr);
    check(isVpcCidr(network.cidr), ["network", "cidr"], network.cidr, allowedVpcCidr, "10.0.0.0/16");
    for (const reserved of network.reservedCidrs) {
        const other = parseCidr(reserved);
        check(
            other !== undefined,
            ["network", "reservedCidrs"],
            reserved,
            "IPv4 ranges in CIDR form, starting at their first address",
            '["10.1.0.0/16"]',
        );
        if (cidr !== undefined && other !== undefined) {
            check(
                !overlap(cidr, other),
                ["network", "cidr"],
                network.cidr,
                `a range that does not overlap ${reserved} of network.reservedCidrs`,
                "10.42.0.0/16",
            );
        }
    }
    if (region !== undefined) {
        const zones = new Set(network.zoneIds);
        check(
            zones.size >= 3 &&
                zones.size === network.zoneIds.length &&
                network.zoneIds.every((id) => zoneIsInRegion(id, region) && !zonesWithoutVpcOrigins.includes(id)),
            ["network", "zoneIds"],
            network.zoneIds,
            `three or more different zone ids of ${region}, none of them ${zonesWithoutVpcOrigins.join(", ")} (no VPC origins there)` +
                (defaultZoneIds(region) === undefined ? " (this region has no default)" : ""),
            JSON.stringify(defaultZoneIds(region) ?? ["euc1-az1", "euc1-az2", "euc1-az3"]),
        );
    }
}
