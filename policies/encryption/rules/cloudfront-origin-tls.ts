import { defineStackRule } from "../../shared/rule";
import type { Node, ResourceGraph } from "../../shared/graph";
import { append } from "../../shared/multimap";
import { shown } from "../../shared/shown";
import { tokensOf, TOKENS } from "../../shared/tokens";
import type { Report } from "../../shared/finding";
import { elements, UNKNOWN, type Readable } from "../../shared/unknown";

/** Versions that CloudFront may offer to an origin and should not. */
const OLD = new Set(["SSLv3", "TLSv1", "TLSv1.1"]);

const PROTOCOL = /^(SSLv3|TLSv1(\.\d)?)$/;
const ORIGIN_POLICY = /^(http-only|https-only|match-viewer)$/;

/** Website endpoints of S3: "site.s3-website-us-east-1.amazonaws.com", "site.s3-website.eu-central-1.amazonaws.com". */
const WEBSITE_ENDPOINT = /\.s3-website[.-][a-z0-9-]+\.amazonaws\.com(\.cn)?$/;

const FIX_OF_WEBSITE =
    "a website endpoint has no TLS: take the bucket's `bucketRegionalDomainName` with an origin access control instead, and no `customOriginConfig`";

export const cloudfrontOriginTls = defineStackRule({
    id: "cloudfront-origin-tls",
    title: "CloudFront reaches its origins over TLS 1.2 only",
    severity: "high",
    frameworks: { fsbp: ["CloudFront.9", "CloudFront.10"], checkov: ["CKV2_AWS_72"], wellArchitected: ["SEC09-BP02"] },
    why: "the padlock that viewers see ends at the edge, and the rest of the way is open or weak",
    fix: 'set `originProtocolPolicy: "https-only"` and the origin\'s TLS versions to TLSv1.2 alone',
    url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-cloudfront-to-custom-origin.html",
    tokens: tokensOf("cloudFrontDistribution", "cloudFrontVpcOrigin"),
    guards: [
        { tokens: TOKENS.cloudFrontDistribution, property: "origins" },
        { tokens: TOKENS.cloudFrontVpcOrigin, property: "vpcOriginEndpointConfig" },
    ],
    check: (graph, on) => {
        const viewersOf = new Map<Node, Viewers[]>();
        for (const distribution of graph.all("cloudFrontDistribution")) {
            const viewers = viewersUse(distribution);
            judgeDistribution(distribution, viewers, on(distribution));
            for (const vpcOrigin of vpcOriginsOf(graph, distribution)) {
                append(viewersOf, vpcOrigin, viewers);
            }
        }
        for (const vpcOrigin of graph.all("cloudFrontVpcOrigin")) {
            const config = "vpcOriginEndpointConfig";
            judge({
                view: vpcOrigin.inputs ?? vpcOrigin,
                config,
                protocolsPath: `${config}.originSslProtocols.items`,
                name: config,
                viewers: together(viewersOf.get(vpcOrigin) ?? []),
                report: on(vpcOrigin),
            });
        }
    },
});

/** What viewers come with. "open" where it is not known. */
type Viewers = "tls" | "http" | "open";

function together(all: readonly Viewers[]): Viewers {
    return all.includes("http") ? "http" : all.length === 0 || all.includes("open") ? "open" : "tls";
}

function viewersUse(distribution: Node): Viewers {
    const view = distribution.inputs ?? distribution;
    const ordered = view.list("orderedCacheBehaviors");
    const policies = [
        view.str("defaultCacheBehavior.viewerProtocolPolicy"),
        ...(ordered === UNKNOWN ? [UNKNOWN] : elements(ordered).map((each) => each.str("viewerProtocolPolicy"))),
    ];
    return together(
        policies.map((policy) =>
            policy === UNKNOWN ? "open" : policy === "https-only" || policy === "redirect-to-https" ? "tls" : "http",
        ),
    );
}

/** The VPC origins that a distribution reaches. */
function vpcOriginsOf(graph: ResourceGraph, distribution: Node): readonly Node[] {
    const ids = elements(distribution.list("origins")).flatMap(
        (origin) => origin.str("vpcOriginConfig.vpcOriginId") ?? [],
    );
    const values = distribution.get("origins") === UNKNOWN ? UNKNOWN : ids;
    return graph.resolveValues(distribution, "origins", values, "cloudFrontVpcOrigin").nodes;
}

function judgeDistribution(distribution: Node, viewers: Viewers, report: Report): void {
    const origins = (distribution.inputs ?? distribution).list("origins");
    if (origins === UNKNOWN) {
        report.undetermined("origins");
    }
    elements(origins).forEach((origin, index) => {
        if (origin.get("customOriginConfig") !== undefined) {
            const config = "customOriginConfig";
            const domain = origin.str("domainName");
            judge({
                view: origin,
                config,
                protocolsPath: `${config}.originSslProtocols`,
                name: `origins[${index}].${config}`,
                viewers,
                ...(typeof domain === "string" && WEBSITE_ENDPOINT.test(domain) ? { fix: FIX_OF_WEBSITE } : {}),
                report,
            });
        }
    });
}

interface Origin {
    readonly view: Readable;
    /** Path of the block that says how the origin is reached. */
    readonly config: string;
    readonly protocolsPath: string;
    /** The block as a person finds it. */
    readonly name: string;
    /** "match-viewer" is as good as what these may use. */
    readonly viewers: Viewers;
    readonly fix?: string;
    readonly report: Report;
}

function judge({ view, config, protocolsPath, name, viewers, fix, report }: Origin): void {
    const property = `${name}.originProtocolPolicy`;
    const policy = view.str(`${config}.originProtocolPolicy`);
    if (policy === UNKNOWN) {
        report.undetermined(property);
    } else if (policy === "match-viewer" && viewers === "open") {
        report.undetermined(property, "is match-viewer, and what viewers may use is not known");
    } else if (policy !== "https-only" && !(policy === "match-viewer" && viewers === "tls")) {
        report.violation(
            property,
            policy === "match-viewer"
                ? "is match-viewer while viewers may use HTTP"
                : policy === undefined
                  ? "is not set"
                  : `is ${shown(policy, ORIGIN_POLICY)}`,
            fix,
        );
    }
    const protocols = view.strings(protocolsPath);
    if (protocols === UNKNOWN || protocols?.includes(UNKNOWN)) {
        report.undetermined(`${name}.originSslProtocols`);
    } else if (policy !== "http-only") {
        const old = (protocols ?? []).filter((protocol) => protocol !== UNKNOWN && OLD.has(protocol));
        if (old.length > 0) {
            report.violation(
                `${name}.originSslProtocols`,
                `holds ${old.map((protocol) => shown(String(protocol), PROTOCOL)).join(", ")}`,
            );
        }
    }
}
