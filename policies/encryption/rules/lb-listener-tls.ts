import type { Node, ResourceGraph } from "../../shared/graph";
import { append } from "../../shared/multimap";
import { isNode, single } from "../../shared/relations/reference";
import { forwardedTo } from "../../shared/relations/targets";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { tokensOf, TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN, type Maybe, type Readable, type Unknown } from "../../shared/unknown";

/** Protocols that carry what they are given in clear text. UDP has no TLS to offer. */
const CLEAR_TEXT = new Set(["HTTP", "TCP", "TCP_UDP"]);

/** The path under which a certificate authority asks for proof, by HTTP on port 80 only. */
const CERTIFICATE_CHALLENGE = "/.well-known/acme-challenge/";

export const lbListenerTls = defineStackRule({
    id: "lb-listener-tls",
    title: "A listener takes encrypted connections only, or sends callers to one that does",
    severity: "critical",
    frameworks: { fsbp: ["ELB.1"], checkov: ["CKV_AWS_2", "CKV2_AWS_20"], wellArchitected: ["SEC09-BP02"] },
    why: "whoever is on the way reads and changes requests, passwords and sessions",
    fix: 'set `protocol: "HTTPS"` with a `certificateArn` (TLS on a network load balancer), or make the only default action a redirect to HTTPS',
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",
    tokens: tokensOf("listener", "listenerRule"),
    guards: [
        { tokens: TOKENS.listener, property: "protocol" },
        {
            tokens: TOKENS.listener,
            property: "defaultActions",
            // Deployments that shift traffic change them, and ignoring that is right where the protocol has TLS.
            matters: (inputs) => !["HTTPS", "TLS"].includes(String(inputs.str("protocol"))),
        },
        { tokens: TOKENS.listenerRule, property: "actions" },
        { tokens: TOKENS.listenerRule, property: "conditions" },
        { tokens: TOKENS.listenerRule, property: "listenerArn" },
    ],
    check: (graph, on) => {
        const forwarding = new Map<Node, string[]>();
        for (const rule of graph.all("listenerRule")) {
            const listener = judgeRule(graph, rule, on);
            if (listener !== undefined) {
                append(forwarding, listener, rule.name);
            }
        }
        for (const listener of graph.all("listener")) {
            if (!passesOnToBalancer(graph, listener)) {
                judgeListener(listener, (forwarding.get(listener) ?? []).sort(), on);
            }
        }
    },
});

/** What the program itself says: the provider computes some of these properties, too. */
function asWritten(node: Node): Readable {
    return node.inputs ?? node;
}

/** The protocol of a listener; nothing where it has none, as behind a gateway load balancer. */
function protocolOf(listener: Node): Maybe<string> {
    const view = asWritten(listener);
    const protocol = view.str("protocol");
    return protocol === undefined && (view.get("port") ?? 0) !== 0 ? "HTTP" : protocol;
}

/** Whether a listener of a network load balancer hands connections to an application load balancer, whose listeners decide. */
function passesOnToBalancer(graph: ResourceGraph, listener: Node): boolean {
    const groups = protocolOf(listener) === "TCP" ? forwardedTo(graph, listener, "defaultActions") : [];
    return groups.length > 0 && groups.every((group) => group.get("targetType") === "alb");
}

function judgeListener(listener: Node, rules: readonly string[], on: ReportOn): void {
    const protocol = protocolOf(listener);
    if (protocol === UNKNOWN) {
        on(listener).undetermined("protocol");
        return;
    }
    if (protocol === undefined || !CLEAR_TEXT.has(protocol)) {
        return;
    }
    const view = asWritten(listener);
    const redirects = protocol === "HTTP" ? redirectsToHttps(view, "defaultActions") : false;
    if (redirects === UNKNOWN) {
        on(listener).undetermined("defaultActions");
    } else if (!redirects) {
        const shown = view.str("protocol") === undefined ? "is not set, which means HTTP" : `is ${protocol}`;
        const forwards = rules.length === 0 ? "" : `, and rules forward what comes: ${rules.join(", ")}`;
        on(listener).violation(
            "protocol",
            protocol === "HTTP" ? `${shown} and does not redirect to HTTPS${forwards}` : shown,
        );
    }
}

/** Whether all that is done with a request is to send the caller to HTTPS. */
function redirectsToHttps(view: Readable, property: string): boolean | Unknown {
    const actions = view.list(property);
    if (actions === UNKNOWN || actions === undefined || actions.length === 0) {
        return actions === UNKNOWN ? UNKNOWN : false;
    }
    let open = false;
    for (const action of actions) {
        // Without a protocol of its own a redirect keeps the caller's, which is HTTP.
        const [type, protocol] = [action.str("type"), action.str("redirect.protocol")];
        if ((type !== "redirect" && type !== UNKNOWN) || (protocol !== "HTTPS" && protocol !== UNKNOWN)) {
            return false;
        }
        open ||= type === UNKNOWN || protocol === UNKNOWN;
    }
    return open ? UNKNOWN : true;
}

/**
 * A rule may forward what the default action of its listener sends to HTTPS. Behind any other default action the finding
 * of the listener stands for its rules: answers with that listener where the rule hands requests on.
 */
function judgeRule(graph: ResourceGraph, rule: Node, on: ReportOn): Node | undefined {
    const view = asWritten(rule);
    const types = elements(view.list("actions")).map((action) => action.str("type"));
    const harmless = types.length > 0 && types.every((type) => type === "fixed-response");
    const challenge = isCertificateChallenge(view);
    const redirects = harmless || challenge === true ? true : redirectsToHttps(view, "actions");
    if (redirects === true) {
        return undefined;
    }
    const listener = single(graph, rule, "listenerArn", "listener");
    if (!isNode(listener)) {
        on(rule).open("listenerArn", "names a listener that is not known to be of this stack, so its protocol is open");
        return undefined;
    }
    if (protocolOf(listener) !== "HTTP") {
        return undefined;
    }
    const byDefault = redirectsToHttps(asWritten(listener), "defaultActions");
    if (byDefault !== true) {
        return byDefault === false && redirects === false ? listener : undefined;
    }
    if (redirects === UNKNOWN) {
        on(rule).undetermined("actions");
    } else if (challenge === UNKNOWN) {
        on(rule).undetermined("conditions");
    } else {
        on(rule).violation(
            "actions",
            types.includes("redirect")
                ? `keep callers on HTTP, behind ${listener.name}`
                : `forward requests that came to ${listener.name} over HTTP`,
            "attach the rule to the HTTPS listener, and let this one redirect to HTTPS",
        );
    }
    return undefined;
}

function isCertificateChallenge(rule: Readable): boolean | Unknown {
    const conditions = rule.list("conditions");
    if (conditions === UNKNOWN) {
        return UNKNOWN;
    }
    const patterns = elements(conditions).flatMap((condition): readonly (string | Unknown)[] => {
        const values = condition.strings("pathPattern.values");
        return values === UNKNOWN ? [UNKNOWN] : (values ?? []);
    });
    if (!patterns.every((pattern) => pattern === UNKNOWN || pattern.startsWith(CERTIFICATE_CHALLENGE))) {
        return false;
    }
    return patterns.includes(UNKNOWN) ? UNKNOWN : patterns.length > 0;
}
