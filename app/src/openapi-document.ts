import { loadConfiguration } from "./configuration";
import { Lifecycle } from "./lifecycle";
import { createLogger } from "./logger";
import type { Shop } from "./routes/shop";
import { createServer } from "./server";

/** Bindings that are never used: the document is made without asking anybody. */
const NOWHERE = {
    DATABASE_WRITER_HOST: "nowhere.invalid",
    DATABASE_AUTH: "password",
    DATABASE_PASSWORD: "none",
    CACHE_ENDPOINT: "nowhere.invalid:1",
    CACHE_AUTH: "none",
    ASSETS_BUCKET: "nowhere",
    LOG_LEVEL: "fatal",
};

/** Routes are added without a look at what is behind them; only the store of the sessions must be something. */
const FACADE = { sessions: { store: {}, seconds: 60 } } as unknown as Shop;

/** The OpenAPI document of the role web, as `/openapi.json` answers it. */
export async function createOpenApiDocument(): Promise<object> {
    const configuration = loadConfiguration(NOWHERE, "web");
    const server = await createServer({
        configuration,
        info: { name: "headroom", version: configuration.version, role: "web", zone: "" },
        lifecycle: new Lifecycle(),
        log: createLogger(configuration),
        shop: FACADE,
    });
    await server.ready();
    const document = server.swagger();
    await server.close();
    return document;
}
