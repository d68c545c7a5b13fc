import swagger from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { SESSION_COOKIE } from "./auth/session-cookie";
import type { ShopServer } from "./routes/shop-server";

/** Where the document is. */
const OPENAPI_PATH = "/openapi.json";

/** What says when to come back, wherever the answer is to come back. */
const COME_BACK = ["429", "503"];
const RETRY_AFTER = { description: "Seconds after which to try again", schema: { type: "integer", minimum: 0 } };

interface Operations {
    readonly paths?: Record<string, Record<string, { responses?: Record<string, { headers?: object }> }>>;
}

/** The document, with the header of the answers that are for now: the schemas of problems say nothing of headers. */
function withRetryAfter<T>(document: T): T {
    const operations = Object.values((document as Operations).paths ?? {}).flatMap((path) => Object.values(path));
    for (const { responses = {} } of operations) {
        for (const status of COME_BACK) {
            if (responses[status]) responses[status].headers = { "Retry-After": RETRY_AFTER };
        }
    }
    return document;
}

/** Makes the OpenAPI document of the routes that are added after this, from the very schemas that check their requests. */
export async function addOpenApi(server: ShopServer, version: string): Promise<void> {
    await server.register(swagger, {
        openapi: {
            openapi: "3.1.0",
            info: {
                title: "Headroom's shop",
                version,
                description:
                    "A small shop. Errors are problem details (RFC 9457); money is in the currency's smallest unit.",
                license: { name: "Apache-2.0", identifier: "Apache-2.0" },
            },
            components: {
                securitySchemes: {
                    bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
                    session: { type: "apiKey", in: "cookie", name: SESSION_COOKIE },
                },
            },
        },
        transform: jsonSchemaTransform,
        // What has a name is written once.
        transformObject: (document) => withRetryAfter(jsonSchemaTransformObject(document)),
    });
    let text: string | undefined;
    server.get(OPENAPI_PATH, { schema: { hide: true } }, (_request, reply) => {
        text ??= JSON.stringify(server.swagger());
        return reply.type("application/json").header("cache-control", "public, max-age=60").send(text);
    });
}
