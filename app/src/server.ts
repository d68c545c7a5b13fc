import helmet from "@fastify/helmet";
import { fastify, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ServerOptions } from "node:https";
import type { Meter } from "@opentelemetry/api";
import type { Bindings, Logger } from "pino";
import type { Certificate } from "./certificate";
import type { Configuration } from "./configuration";
import { CHECK_INTERVAL_MS, HEADERS_TIMEOUT_MS, limitConnections, releaseQuietConnections } from "./connections";
import type { Lifecycle } from "./lifecycle";
import { shedLoad } from "./load-shedding";
import { answerFrameworkError, answerProblems, answerUnreadable } from "./problem";
import { acceptIdentifier, givenCorrelationId } from "./correlation";
import { addOpenApi } from "./openapi";
import { Readiness } from "./readiness";
import { RequestLog } from "./request-log";
import { addHealthRoutes } from "./routes/health";
import { addInfoRoutes, type Info } from "./routes/info";
import { addShopRoutes, type Shop } from "./routes/shop";
import type { ShopServer } from "./routes/shop-server";
import { observeRequests } from "./telemetry/http";

/** A year, as the HSTS preload list asks for. */
const HSTS_SECONDS = 365 * 24 * 60 * 60;

const REQUEST_ID_HEADER = "x-request-id";

/** What the server is built from. */
export interface ServerParts {
    configuration: Configuration;
    info: Info;
    lifecycle: Lifecycle;
    log: Logger;
    /** What has to be there for the process to be ready; nothing, where it is left out. */
    readiness?: Readiness;
    /** Takes the measurements; nothing is measured where it is left out. */
    metrics?: Meter;
    /** The shop, for the role web. */
    shop?: Shop;
    /** Serves plain HTTP where it is left out. */
    certificate?: Certificate;
}

/** Builds the HTTP server of a process; it does not listen yet. */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
    const { configuration, lifecycle } = parts;
    const server = createFastify(parts);
    limitConnections(server, configuration);
    releaseQuietConnections(server);

    answerProblems(server);
    server.setValidatorCompiler(validatorCompiler);
    server.setSerializerCompiler(serializerCompiler);
    if (parts.metrics) observeRequests(server, parts.metrics);
    addCommonHeaders(server, lifecycle);
    await addSecurityHeaders(server);
    await shedLoad(server, configuration);

    addHealthRoutes(server, lifecycle, parts.readiness ?? new Readiness());
    if (configuration.role === "web") await addWebRoutes(server.withTypeProvider(), parts);
    return server;
}

async function addWebRoutes(server: ShopServer, { info, shop }: ServerParts): Promise<void> {
    await addOpenApi(server, info.version);
    // In a part of its own: the document is made of routes that come after its plugin.
    await server.register((part: ShopServer, _options, done) => {
        addInfoRoutes(part, info);
        done();
    });
    if (shop) await addShopRoutes(server, shop);
}

function createFastify({ configuration, certificate, log }: ServerParts): FastifyInstance {
    const options = {
        loggerInstance: log,
        logController: new RequestLog(configuration.values.LOG_SAMPLE_PERCENT),
        genReqId: requestId,
        // Whatever is logged of a request can be found by the journey that it belongs to.
        childLoggerFactory: (parent: FastifyBaseLogger, bindings: Bindings, _options: object, raw: unknown) =>
            parent.child({
                ...bindings,
                correlationId:
                    givenCorrelationId(raw as IncomingMessage) ?? (bindings as { requestId?: string }).requestId,
            }),
        trustProxy: (_address: string, hop: number) => hop < configuration.trustedProxies,
        handlerTimeout: configuration.requestTimeoutMs,
        bodyLimit: configuration.bodyLimitBytes,
        keepAliveTimeout: configuration.keepAliveTimeoutMs,
        // A stop closes idle connections at once; those with a running request are waited for.
        forceCloseConnections: "idle" as const,
        // What has come in all the same is answered, and the connection closed after it.
        return503OnClosing: false,
        frameworkErrors: answerFrameworkError,
        clientErrorHandler: answerUnreadable(log),
    };
    // The kind of server makes no difference to routes and hooks: they are typed for one.
    return certificate
        ? (fastify({ ...options, https: tlsOptions(certificate) }) as unknown as FastifyInstance)
        : (fastify({
              ...options,
              http: { connectionsCheckingInterval: CHECK_INTERVAL_MS },
          }) as unknown as FastifyInstance);
}

/** TLS 1.2 as well as 1.3: the health checks of an Application Load Balancer fail against a target with 1.3 only. */
function tlsOptions(certificate: Certificate): ServerOptions {
    return {
        ...certificate,
        minVersion: "TLSv1.2",
        maxVersion: "TLSv1.3",
        handshakeTimeout: HEADERS_TIMEOUT_MS,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
    };
}

function requestId(request: IncomingMessage): string {
    return acceptIdentifier(request.headers[REQUEST_ID_HEADER]) ?? randomUUID();
}

function addCommonHeaders(server: FastifyInstance, lifecycle: Lifecycle): void {
    server.addHook("onRequest", async (request, reply) => {
        reply.header(REQUEST_ID_HEADER, request.id);
        // Routes that may be cached say so; a CDN in front must not decide.
        reply.header("cache-control", "no-store");
    });
    server.addHook("onSend", async (_request, reply) => {
        // While draining, the balancer shall not use its open connections for new requests.
        if (!lifecycle.ready) reply.header("connection", "close");
    });
}

async function addSecurityHeaders(server: FastifyInstance): Promise<void> {
    await server.register(helmet, {
        // Nothing that is served here is a page: nothing may be loaded, framed or sent from it.
        contentSecurityPolicy: {
            useDefaults: false,
            directives: {
                defaultSrc: ["'none'"],
                frameAncestors: ["'none'"],
                baseUri: ["'none'"],
                formAction: ["'none'"],
            },
        },
        xFrameOptions: { action: "deny" },
        strictTransportSecurity: { maxAge: HSTS_SECONDS, includeSubDomains: true },
    });
}
