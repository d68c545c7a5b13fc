import { lbListenerTls } from "../../../policies/encryption/rules/lb-listener-tls";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const listener = (inputs: object): TestResource[] => [resource("listener", "web", { port: 80, ...inputs })];
const redirect = (protocol: unknown) => ({
    type: "redirect",
    redirect: { port: "443", protocol, statusCode: "HTTP_301" },
});

describeRule(lbListenerTls, {
    compliant: {
        HTTPS: listener({ protocol: "HTTPS", defaultActions: [{ type: "forward" }] }),
        "TLS on a network load balancer": listener({ protocol: "TLS" }),
        "a redirect to HTTPS": listener({ protocol: "HTTP", defaultActions: [redirect("HTTPS")] }),
        "UDP, which has no TLS": listener({ protocol: "UDP" }),
    },
    violating: {
        "HTTP that forwards": {
            resources: listener({ protocol: "HTTP", defaultActions: [{ type: "forward" }] }),
            at: ["web"],
            says: /protocol is HTTP and does not redirect to HTTPS: .* Fix: set `protocol: "HTTPS"`/,
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
        "the actions": {
            resources: listener({ protocol: "HTTP", defaultActions: UNKNOWN_VALUE }),
            at: ["web"],
            says: /defaultActions/,
        },
    },
    notApplicable: { "a gateway load balancer": [resource("listener", "inspection", {})] },
});
