import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, type Maybe, type Readable } from "../../shared/unknown";

/** Protocols that carry what they are given in clear text. UDP has no TLS to offer. */
const CLEAR_TEXT = new Set(["HTTP", "TCP", "TCP_UDP"]);

export const lbListenerTls = defineResourceRule({
    id: "lb-listener-tls",
    title: "A listener takes encrypted connections only, or sends callers to one that does",
    severity: "critical",
    frameworks: { fsbp: ["ELB.1"], checkov: ["CKV_AWS_2", "CKV2_AWS_20"], wellArchitected: ["SEC09-BP02"] },
    why: "whoever is on the way reads and changes requests, passwords and sessions",
    fix: 'set `protocol: "HTTPS"` with a `certificateArn` (TLS on a network load balancer), or make the only default action a redirect to HTTPS',
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",
    tokens: TOKENS.listener,
    guards: ["protocol", "defaultActions"],
    check: ({ inputs }, report) => {
        const protocol = inputs.str("protocol");
        if (protocol === UNKNOWN) {
            report.undetermined("protocol");
            return;
        }
        // A listener of a gateway load balancer has neither protocol nor port.
        if (protocol === undefined && inputs.get("port") === undefined) {
            return;
        }
        const effective = protocol ?? "HTTP";
        if (!CLEAR_TEXT.has(effective)) {
            return;
        }
        const redirects = effective === "HTTP" ? redirectsToHttps(inputs) : false;
        if (redirects === UNKNOWN) {
            report.undetermined("defaultActions");
        } else if (redirects !== true) {
            const shown = protocol === undefined ? "is not set, which means HTTP" : `is ${effective}`;
            report.violation("protocol", effective === "HTTP" ? `${shown} and does not redirect to HTTPS` : shown);
        }
    },
});

function redirectsToHttps(inputs: Readable): Maybe<boolean> {
    const actions = inputs.list("defaultActions");
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
