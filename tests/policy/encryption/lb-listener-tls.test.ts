import { lbListenerTls } from "../../../policies/encryption/rules/lb-listener-tls";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const listener = (inputs: object): TestResource[] => [resource("listener", "web", { port: 80, ...inputs })];
const redirect = (protocol: unknown) => ({
    type: "redirect",
    redirect: { port: "443", protocol, statusCode: "HTTP_301" },
});

const forward = { type: "forward", targetGroupArn: "arn" };
const notFound = { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } };
const redirecting = listener({ protocol: "HTTP", defaultActions: [redirect("HTTPS")] });
const encrypted = resource("listener", "https", { port: 443, protocol: "HTTPS", defaultActions: [notFound] });
const rule = (actions: unknown, more: object = {}): TestResource =>
    resource("listenerRule", "shop", {
        listenerArn: ref("web", "arn"),
        actions,
        conditions: [{ hostHeader: { values: ["shop.example.com"] } }],
        ...more,
    });
const atPath = (...values: unknown[]): object => ({ conditions: [{ pathPattern: { values } }] });

describeRule(lbListenerTls, {
    compliant: {
        "a rule that redirects to HTTPS": [...redirecting, rule([redirect("HTTPS")])],
        "a rule that refuses": [...redirecting, rule([notFound])],
        "a rule that forwards behind HTTPS": [
            ...redirecting,
            encrypted,
            rule([forward], { listenerArn: ref("https", "arn") }),
        ],
        "a rule for the proof that a certificate authority asks for": [
            ...redirecting,
            rule([forward], atPath("/.well-known/acme-challenge/*")),
        ],
        HTTPS: listener({ protocol: "HTTPS", defaultActions: [{ type: "forward" }] }),
        "TLS on a network load balancer": listener({ protocol: "TLS" }),
        "a redirect to HTTPS": listener({ protocol: "HTTP", defaultActions: [redirect("HTTPS")] }),
        "connections handed to an application load balancer, whose listener has TLS": [
            resource("targetGroup", "behind", { targetType: "alb", protocol: "TCP", port: 443 }),
            ...listener({
                port: 443,
                protocol: "TCP",
                defaultActions: [{ type: "forward", targetGroupArn: ref("behind", "arn") }],
            }),
            encrypted,
        ],
        "UDP, which has no TLS": listener({ protocol: "UDP" }),
    },
    violating: {
        "HTTP that forwards": {
            resources: listener({ protocol: "HTTP", defaultActions: [{ type: "forward" }] }),
            at: ["web"],
            says: /protocol is HTTP and does not redirect to HTTPS: .* Fix: set `protocol: "HTTPS"`/,
        },
        "connections handed to targets as they come": {
            resources: [
                resource("targetGroup", "behind", { targetType: "ip", protocol: "TCP", port: 5432 }),
                ...listener({
                    port: 5432,
                    protocol: "TCP",
                    defaultActions: [{ type: "forward", targetGroupArn: ref("behind", "arn") }],
                }),
            ],
            at: ["web"],
            says: /protocol is TCP/,
        },
        "a redirect that keeps HTTP": {
            resources: listener({ protocol: "HTTP", defaultActions: [redirect(undefined)] }),
            at: ["web"],
            says: /does not redirect to HTTPS/,
        },
        "a redirect behind another action": {
            resources: listener({ protocol: "HTTP", defaultActions: [{ type: "forward" }, redirect("HTTPS")] }),
            at: ["web"],
            says: /does not redirect/,
        },
        "no protocol, which is HTTP": {
            resources: listener({}),
            at: ["web"],
            says: /protocol is not set, which means HTTP/,
        },
        "TCP on a network load balancer": {
            resources: listener({ protocol: "TCP" }),
            at: ["web"],
            says: /protocol is TCP/,
        },
        "a rule that forwards behind a redirect": {
            resources: [...redirecting, rule([forward])],
            at: ["shop"],
            says: /actions forward requests that came to web over HTTP: .* Fix: attach the rule to the HTTPS listener/,
        },
        "a rule that forwards behind a fixed response": {
            resources: [...listener({ protocol: "HTTP", defaultActions: [notFound] }), rule([forward])],
            at: ["web"],
            says: /protocol is HTTP and does not redirect to HTTPS, and rules forward what comes: shop:/,
        },
        "a rule that forwards to two groups": {
            resources: [
                ...redirecting,
                rule([{ type: "forward", forward: { targetGroups: [{ arn: "one" }, { arn: "two" }] } }]),
            ],
            at: ["shop"],
            says: /actions forward requests/,
        },
        "a rule that keeps callers on HTTP": {
            resources: [...redirecting, rule([redirect(undefined)])],
            at: ["shop"],
            says: /actions keep callers on HTTP, behind web/,
        },
        "a rule for more than the proof": {
            resources: [...redirecting, rule([forward], atPath("/.well-known/acme-challenge/*", "/admin/*"))],
            at: ["shop"],
            says: /actions forward requests/,
        },
        "a listener that forwards, once for all of its rules": {
            resources: [...listener({ protocol: "HTTP", defaultActions: [forward] }), rule([forward])],
            at: ["web"],
            says: /protocol is HTTP/,
        },
        "both TCP and UDP": { resources: listener({ protocol: "TCP_UDP" }), at: ["web"], says: /protocol is TCP_UDP/ },
    },
    unknown: {
        "the protocol": {
            resources: listener({ protocol: UNKNOWN_VALUE }),
            at: ["web"],
            says: /protocol is not known/,
        },
        "where a redirect goes": {
            resources: listener({ protocol: "HTTP", defaultActions: [redirect(UNKNOWN_VALUE)] }),
            at: ["web"],
            says: /defaultActions is not known/,
        },
        "the actions of a rule": {
            resources: [...redirecting, rule(UNKNOWN_VALUE)],
            at: ["shop"],
            says: /actions is not known/,
        },
        "whether a rule is for a certificate authority": {
            resources: [...redirecting, rule([forward], atPath(UNKNOWN_VALUE))],
            at: ["shop"],
            says: /conditions is not known/,
        },
        "what a rule is for": {
            resources: [...redirecting, rule([forward], { conditions: UNKNOWN_VALUE })],
            at: ["shop"],
            says: /conditions is not known/,
        },
        "where a rule redirects to": {
            resources: [...redirecting, rule([redirect(UNKNOWN_VALUE)])],
            at: ["shop"],
            says: /actions is not known/,
        },
        "the listener of a rule": {
            resources: [
                rule([forward], { listenerArn: "arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/x/1/2" }),
            ],
            at: ["shop"],
            says: /listenerArn names a listener that is not known to be of this stack/,
            level: "advisory",
        },
        "which of two listeners a rule is for": {
            resources: [
                ...redirecting,
                encrypted,
                rule([forward], { listenerArn: json([ref("web", "arn"), ref("https", "arn"), 1]) }),
            ],
            at: ["shop"],
            says: /listenerArn names a listener that is not known/,
            level: "advisory",
        },
        "the actions": {
            resources: listener({ protocol: "HTTP", defaultActions: UNKNOWN_VALUE }),
            at: ["web"],
            says: /defaultActions/,
        },
    },
    notApplicable: {
        "a gateway load balancer": [resource("listener", "inspection", {})],
        "a rule that redirects, whatever its listener": [
            rule([redirect("HTTPS")], { listenerArn: "arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/x/1/2" }),
        ],
    },
});
