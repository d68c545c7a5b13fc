import { randomUUID } from "node:crypto";
import { Catalogue } from "../../../app/src/shop/catalogue";
import { startValkey, type ValkeyServer } from "../../../twin/servers/valkey";
import { openProcessCache, type ProcessCache, settingsFor } from "../support/cache";
import { silent, startTestDatabase, type TestDatabase } from "../support/database";
import { eventually } from "../support/eventually";

jest.setTimeout(120_000);

let database: TestDatabase;
let valkey: ValkeyServer;
const opened: ProcessCache[] = [];

beforeAll(async () => {
    [database, valkey] = await Promise.all([startTestDatabase({ replicas: 1, tls: false }), startValkey()]);
});

afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ cache }) => cache.close()));
});

afterAll(async () => {
    await Promise.all([database.stop(), valkey.stop()]);
});

/** The catalogue as another process has it. */
async function open(): Promise<Catalogue> {
    const process = await openProcessCache(settingsFor(valkey));
    opened.push(process);
    return new Catalogue({ database: database.database, cache: process.cache, log: silent });
}

function newProduct(): Parameters<Catalogue["add"]>[0] {
    const sku = randomUUID().toUpperCase();
    return { sku, name: "A thing", description: "", priceCents: 1_000, currency: "EUR", stock: 1 };
}

async function whileReplicaLags(work: () => Promise<void>): Promise<void> {
    const [replica] = database.cluster.replicas;
    const inUse = (): boolean => database.database.status().replicas[0]?.state === "in use";
    await eventually("the replica is in use", inUse);
    await replica?.pauseReplay();
    try {
        await work();
        // Else it would not have been asked, and the test would prove nothing.
        expect(inUse()).toBe(true);
    } finally {
        await replica?.resumeReplay();
    }
}

/** For how many milliseconds the cache keeps what it has of a kind. */
async function timesLeft(kind: string): Promise<number[]> {
    return valkey.administer(async (client) => {
        const keys = await client.keys(`shop:1:{${kind}:*}`);
        return Promise.all(keys.map((key) => client.pttl(key)));
    });
}

test("a changed product is seen by everybody at once, while the replica does not know of it yet", async () => {
    const [one, other] = [await open(), await open()];
    const { product } = await one.add(newProduct());
    await eventually("the replica has it", async () => {
        const rows = await database.database.read((q) =>
            q.query({ name: "test-find", text: "SELECT 1 FROM products WHERE id = $1", values: [product.id] }),
        );
        return rows.length === 1;
    });
    await whileReplicaLags(async () => {
        await one.change(product.id, { version: product.version, priceCents: 2_000 });
        expect((await one.get(product.id)).priceCents).toBe(2_000);
        expect((await other.get(product.id)).priceCents).toBe(2_000);
    });
});

test("a new product is there at once, even for who has asked for it before", async () => {
    const catalogue = await open();
    await whileReplicaLags(async () => {
        const { product } = await catalogue.add(newProduct());
        expect(await catalogue.get(product.id)).toMatchObject({ id: product.id });
    });
});

test("that there is no such product is kept for seconds: who makes up ids must not push sessions out of the cache", async () => {
    const catalogue = await open();
    await valkey.administer((client) => client.flushall());
    expect((await catalogue.lookUp(randomUUID())).value).toBeNull();
    const [left = 0, ...others] = await timesLeft("product");
    expect({ others, left: left > 0 && left <= 10_000 }).toEqual({ others: [], left: true });
});

test("pages of a length that hardly anybody asks for are kept for seconds", async () => {
    const catalogue = await open();
    await valkey.administer((client) => client.flushall());
    await catalogue.list(undefined, 37);
    expect((await timesLeft("catalogue")).every((left) => left <= 10_000)).toBe(true);
    await catalogue.list(undefined, 20);
    expect((await timesLeft("catalogue")).some((left) => left > 3_000_000)).toBe(true);
});
