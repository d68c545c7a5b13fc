import {
    type Attributes,
    context,
    type Context,
    type Meter,
    propagation,
    type Span,
    SpanKind,
    SpanStatusCode,
    trace,
} from "@opentelemetry/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isHealthRoute } from "../routes/health";

/** From a cached answer to the time-out of a request. */
const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The trace that a request belongs to, and its own part of it. */
interface Traced {
    readonly span: Span;
    readonly context: Context;
}

/** The pattern of a route: addresses would make a series of numbers for each product. */
function routeOf(request: FastifyRequest): string {
    return request.routeOptions.url ?? "unmatched";
}

/**
 * Measures rate, errors and duration of every route, and traces every request. Names are those of OpenTelemetry's semantic
 * conventions for HTTP servers. Health checks are left out: they are no traffic.
 */
export function observeRequests(server: FastifyInstance, meter: Meter): void {
    const durations = meter.createHistogram("http.server.request.duration", {
        description: "Requests by route and status: their count is the rate, those of status 5xx the errors",
        unit: "s",
        advice: { explicitBucketBoundaries: DURATION_BOUNDS },
    });
    const active = meter.createUpDownCounter("http.server.active_requests", {
        description: "Requests that are being answered",
        unit: "{request}",
    });
    const traced = new WeakMap<FastifyRequest, Traced>();

    const end = (request: FastifyRequest, reply: FastifyReply): void => {
        active.add(-1);
        const route = routeOf(request);
        if (isHealthRoute(route)) return;
        const attributes = { "http.request.method": request.method, "http.route": route, ...outcomeOf(reply) };
        durations.record(reply.elapsedTime / 1_000, attributes);
        const span = traced.get(request)?.span;
        span?.setAttributes(attributes);
        if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
        span?.end();
    };

    server.addHook("onRequest", (request, reply, done) => {
        active.add(1);
        if (!isHealthRoute(request.routeOptions.url)) traced.set(request, begin(request));
        // Not the hook onResponse: it does not run where the client has gone before it was answered.
        reply.raw.once("close", () => {
            end(request, reply);
        });
        done();
    });
    // The body has been read, in whatever context its bytes came: what follows happens within the request's trace.
    server.addHook("preHandler", (request, _reply, done) => {
        const own = traced.get(request);
        if (own) context.with(own.context, done);
        else done();
    });
}

/** The status, or that nobody was there any more to be told one. */
function outcomeOf(reply: FastifyReply): Attributes {
    return reply.raw.writableFinished
        ? { "http.response.status_code": reply.statusCode }
        : { "error.type": "client_disconnected" };
}

function begin(request: FastifyRequest): Traced {
    const parent = propagation.extract(context.active(), request.headers);
    const name = `${request.method} ${routeOf(request)}`;
    const span = trace.getTracer("headroom").startSpan(name, { kind: SpanKind.SERVER }, parent);
    return { span, context: trace.setSpan(parent, span) };
}
