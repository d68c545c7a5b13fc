import { createHash, createHmac, randomBytes } from "node:crypto";
import { existsSync, fsync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { hasUnknown, isMap, open, Secret, Special, Unknown, type Value, type ValueMap } from "./values";

/** A live resource of the stand-ins' cloud. */
export interface CloudResource {
    urn: string;
    id: string;
    type: string;
    /** What its generated values are made from; unique for each creation. */
    seed: string;
    /** As stored: secrets are digests. */
    inputs: StoredMap;
    outputs: StoredMap;
}

export type Stored = null | boolean | number | string | Stored[] | StoredMap;
export interface StoredMap {
    [key: string]: Stored;
}

interface PutLine extends CloudResource {
    op: "put";
}
interface DeleteLine {
    op: "delete";
    urn: string;
    id: string;
}
interface HeaderLine {
    op: "open";
    version: 1;
    salt: string;
    /** Digests are made with the checkout's key. Without one they are only salted: short values can then be guessed. */
    keyed?: true;
}
type Line = HeaderLine | PutLine | DeleteLine;

const digestKey = "$secret";
const specialKey = "$special";

/** Names of properties whose values are kept as a digest even where nothing marks them as secret. */
const sensitive = /passwords?(?:Wo)?$|secretString|secretBinary|privateKey|authToken$|secretAccessKey|masterPassword/i;

/**
 * What exists in the stand-ins' cloud: an append-only file with one JSON line per change, written through to the disk before
 * the engine gets its answer (see `flush`). A process that is killed leaves at most one torn line, which the next one ignores.
 */
export class Cloud {
    /** `urn\0id` of what was here once and was deleted. */
    private readonly deleted = new Set<string>();
    private readonly live = new Map<string, CloudResource>();
    private readonly createdHere = new Set<string>();
    private salt = "";
    private keyed = false;
    private creations = 0;
    /** Ids of the live resources of each URN. */
    private readonly idsOf = new Map<string, Set<string>>();
    private handle: number | undefined;
    private written = 0;
    private synced = 0;
    private syncing: Promise<void> | undefined;
    /** Whether the last line of the journal was cut short by a killed process. */
    private torn = false;

    constructor(
        private readonly file: string,
        /** `urn\0id` of what the engine's state held at the start; undefined if nobody said. */
        private readonly known?: ReadonlySet<string>,
        /** The secret that digests are made with. It does not lie beside the journal's salt: the salt alone keeps nobody from guessing. */
        private readonly secretKey?: string,
    ) {
        if (existsSync(file)) {
            this.load();
        }
    }

    /**
     * Whether a resource was here and has been deleted. What was never here may exist all the same: it was only looked up, or
     * the engine's state came from elsewhere.
     */
    isGone(urn: string, id: string): boolean {
        return this.deleted.has(key(urn, id));
    }

    get(urn: string, id: string): CloudResource | undefined {
        return this.live.get(key(urn, id));
    }

    all(): CloudResource[] {
        return [...this.live.values()];
    }

    /** The first live resource of a type that a test accepts; of any URN. */
    find(type: string, test: (resource: CloudResource) => boolean): CloudResource | undefined {
        for (const resource of this.live.values()) {
            if (resource.type === type && test(resource)) {
                return resource;
            }
        }
        return undefined;
    }

    /** A resource that was created by a run that was killed before the engine heard of it. */
    orphan(urn: string): CloudResource | undefined {
        if (!this.known) {
            return undefined;
        }
        for (const id of this.idsOf.get(urn) ?? []) {
            const one = key(urn, id);
            if (!this.known.has(one) && !this.createdHere.has(one)) {
                return this.live.get(one);
            }
        }
        return undefined;
    }

    /** A seed that no other creation of this journal has. */
    nextSeed(urn: string): string {
        return `${urn}#${++this.creations}`;
    }

    put(
        resource: Omit<CloudResource, "inputs" | "outputs">,
        inputs: ValueMap,
        outputs: ValueMap,
        secret: SecretNames,
    ): void {
        this.open();
        const stored: CloudResource = {
            ...resource,
            inputs: this.store(inputs, secret),
            outputs: this.store(outputs, secret),
        };
        this.append({ op: "put", ...stored });
        this.add(stored);
        this.createdHere.add(key(resource.urn, resource.id));
    }

    delete(urn: string, id: string): void {
        if (!this.isGone(urn, id)) {
            this.open();
            this.append({ op: "delete", urn, id });
            this.remove(urn, id);
        }
    }

    /**
     * Reads stored properties back. The journal has only digests of secrets: where the engine's own value has the same
     * digest, that value is returned; where it differs, or is not there, a marker stands for what nobody can know.
     */
    restore(stored: StoredMap, engine: ValueMap): ValueMap {
        return this.restoreValue(stored, engine) as ValueMap;
    }

    private restoreValue(stored: Stored, engine: Value | undefined): Value {
        if (Array.isArray(stored)) {
            const values = open(engine);
            return stored.map((one, i) => this.restoreValue(one, Array.isArray(values) ? values[i] : undefined));
        }
        if (typeof stored !== "object" || stored === null) {
            return engine instanceof Secret ? new Secret(stored) : stored;
        }
        if (digestKey in stored) {
            const value = open(engine);
            if (value !== undefined && !hasUnknown(value) && this.digest(value) === stored[digestKey]) {
                return engine as Value;
            }
            return new Secret("[a secret that the offline journal does not hold]");
        }
        if (specialKey in stored) {
            const value = open(engine);
            return value instanceof Special && fingerprint(value) === stored[specialKey] ? value : (value ?? null);
        }
        const values = open(engine);
        const result: ValueMap = {};
        for (const [name, one] of Object.entries(stored)) {
            result[name] = this.restoreValue(one, isMap(values) ? values[name] : undefined);
        }
        return engine instanceof Secret ? new Secret(result) : result;
    }

    private store(map: ValueMap, secret: SecretNames): StoredMap {
        const result: StoredMap = {};
        for (const [name, value] of Object.entries(map)) {
            result[name] =
                secret.has(name) && value !== null ? { [digestKey]: this.digest(value) } : this.storeValue(name, value);
        }
        return result;
    }

    private storeValue(name: string, value: Value): Stored {
        if (value instanceof Secret) {
            return { [digestKey]: this.digest(value) };
        }
        if (value instanceof Unknown) {
            return null;
        }
        if (value instanceof Special) {
            return { [specialKey]: fingerprint(value) };
        }
        if (Array.isArray(value)) {
            return value.map((one) => this.storeValue(name, one));
        }
        if (isMap(value)) {
            return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.storeValue(key, one)]));
        }
        return typeof value === "string" && value !== "" && sensitive.test(name)
            ? { [digestKey]: this.digest(value) }
            : value;
    }

    private digest(value: Value): string {
        const hash = this.keyed ? createHmac("sha256", this.secretKey ?? "") : createHash("sha256");
        return hash.update(`${this.salt}\0${canonical(value)}`).digest("hex");
    }

    private load(): void {
        const content = readFileSync(this.file, "utf8");
        this.torn = content !== "" && !content.endsWith("\n");
        for (const text of content.split("\n")) {
            const line = parseLine(text);
            if (line?.op === "open") {
                this.salt = line.salt;
                this.keyed = line.keyed === true;
            } else if (line?.op === "put") {
                const { op: _, ...resource } = line;
                this.creations = Math.max(this.creations, Number(/#(\d+)$/.exec(line.seed)?.[1] ?? 0));
                this.add(resource);
            } else if (line?.op === "delete") {
                this.remove(line.urn, line.id);
            }
        }
    }

    /** Writes the header of a new journal: the salt that makes equal secrets of two journals look different. */
    private open(): void {
        if (this.salt === "") {
            this.salt = randomBytes(16).toString("hex");
            this.keyed = this.secretKey !== undefined;
            this.append({ op: "open", version: 1, salt: this.salt, ...(this.keyed ? { keyed: true } : {}) });
        }
    }

    private append(line: Line): void {
        if (this.handle === undefined) {
            mkdirSync(dirname(this.file), { recursive: true });
            // Only the owner may read it.
            this.handle = openSync(this.file, "a", 0o600);
        }
        writeSync(this.handle, `${this.torn ? "\n" : ""}${JSON.stringify(line)}\n`);
        this.torn = false;
        this.written++;
    }

    /** Waits until all that was written so far is on the disk. Calls that wait at the same time share one wait. */
    async flush(): Promise<void> {
        const wanted = this.written;
        while (this.synced < wanted) {
            this.syncing ??= this.sync();
            await this.syncing;
        }
    }

    private async sync(): Promise<void> {
        const upTo = this.written;
        try {
            if (this.handle !== undefined) {
                await promisify(fsync)(this.handle);
            }
            this.synced = upTo;
        } finally {
            this.syncing = undefined;
        }
    }

    private add(resource: CloudResource): void {
        this.live.set(key(resource.urn, resource.id), resource);
        const ids = this.idsOf.get(resource.urn) ?? new Set<string>();
        this.idsOf.set(resource.urn, ids.add(resource.id));
        this.deleted.delete(key(resource.urn, resource.id));
    }

    private remove(urn: string, id: string): void {
        this.live.delete(key(urn, id));
        this.idsOf.get(urn)?.delete(id);
        this.deleted.add(key(urn, id));
    }
}

/** The top-level properties that the package marks as secret. */
export type SecretNames = ReadonlySet<string>;

function key(urn: string, id: string): string {
    return `${urn}\0${id}`;
}

function parseLine(text: string): Line | undefined {
    try {
        return text === "" ? undefined : (JSON.parse(text) as Line);
    } catch {
        return undefined;
    }
}

function fingerprint(value: Special): string {
    const { raw } = value;
    const stable = raw["hash"] ?? raw["urn"] ?? raw["uri"] ?? raw["path"] ?? raw["text"] ?? "";
    return `${value.kind}:${createHash("sha256").update(JSON.stringify(stable)).digest("hex")}`;
}

/** The same text for equal values, whatever the order of their properties and whoever marked them as secret. */
function canonical(value: Value): string {
    const opened = open(value) ?? null;
    if (Array.isArray(opened)) {
        return `[${opened.map(canonical).join(",")}]`;
    }
    if (isMap(opened)) {
        const keys = Object.keys(opened).sort();
        return `{${keys.map((name) => `${JSON.stringify(name)}:${canonical(opened[name] ?? null)}`).join(",")}}`;
    }
    return opened instanceof Special ? fingerprint(opened) : JSON.stringify(opened);
}
