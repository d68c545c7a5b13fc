import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "./component";
import { edgeRegion } from "./edge";
import { Problems } from "./problems";
import { Metric, Signal, SignalSource } from "./signal";

export interface DomainArgs extends ComponentArgs {
    /**
     * The name that users call, such as `shop.example.com`, a plain string; or `none`, for development only: CloudFront's own
     * name, which speaks to old clients in TLS 1.0, and plain HTTP between CloudFront and the load balancer.
     */
    name: string;
    /**
     * Id of the public Route 53 zone that holds the name. Default: the zone that has the same name, which is looked up; give it
     * where the zone is a parent's (`example.com` for `shop.example.com`).
     */
    hostedZoneId?: string;
    /** The load balancer's region, a plain string. */
    region: string;
}

/**
 * The system's name and its two certificates: the viewers' one in us-east-1, where CloudFront looks for it, and the load
 * balancer's one in its own region, for the name that CloudFront asks the balancer for (`origin.` and the name).
 *
 * Both are validated by DNS records and renewed by AWS as long as these records stand. Costs nothing. Another name makes
 * other certificates first, and removes the old ones last.
 *
 * ```ts
 * import { Domain } from "./domain";
 *
 * const domain = new Domain("domain", {
 *     name: "shop.example.com",
 *     hostedZoneId: "Z0123456789ABCDEFGHIJ",
 *     region: "eu-central-1",
 * });
 * export const certificate = domain.viewerCertificateArn;
 * ```
 */
export class Domain extends Component implements SignalSource {
    /** Whether there is no domain. All that follows is undefined then. */
    readonly isNone: boolean;
    /** The name that users call. */
    readonly domainName?: string;
    /** The name that CloudFront asks the load balancer for. */
    readonly originName?: string;
    /** Route 53 zone of both names. */
    readonly hostedZoneId?: pulumi.Output<string>;
    /** Validated certificate of `domainName`, in us-east-1. */
    readonly viewerCertificateArn?: pulumi.Output<string>;
    /** Validated certificate of `originName`, in the balancer's region. */
    readonly originCertificateArn?: pulumi.Output<string>;

    readonly tier: string;
    readonly signals: readonly Signal[];

    constructor(name: string, args: DomainArgs, opts?: pulumi.ComponentResourceOptions) {
        super("Domain", name, args, opts);
        checkArgs(name, args);
        this.tier = name;
        this.isNone = args.name === noDomain;
        if (this.isNone) {
            this.signals = [];
            this.registerOutputs({});
            return;
        }
        this.domainName = args.name;
        this.originName = `origin.${args.name}`;
        this.hostedZoneId = pulumi.output(args.hostedZoneId ?? this.findHostedZone(args.name));
        this.viewerCertificateArn = this.createCertificate("viewer", args.name, edgeRegion, this.hostedZoneId);
        this.originCertificateArn = this.createCertificate("origin", this.originName, args.region, this.hostedZoneId);
        this.signals = [
            this.expirySignal("viewer", this.viewerCertificateArn, edgeRegion),
            this.expirySignal("origin", this.originCertificateArn, args.region),
        ];
        this.registerOutputs({
            viewerCertificateArn: this.viewerCertificateArn,
            originCertificateArn: this.originCertificateArn,
        });
    }

    private findHostedZone(domain: string): pulumi.Output<string> {
        return aws.route53.getZoneOutput({ name: domain, privateZone: false }, { parent: this }).zoneId;
    }

    /** A certificate, the record that proves that the name is ours, and the wait for AWS to have seen it. */
    private createCertificate(
        role: "viewer" | "origin",
        domainName: string,
        region: string,
        zoneId: pulumi.Output<string>,
    ): pulumi.Output<string> {
        const name = `${this.componentName}-${role}`;
        const certificate = new aws.acm.Certificate(
            name,
            { domainName, validationMethod: "DNS", region, tags: this.tags(name) },
            this.child(),
        );
        // One name, hence one record; a certificate with more would need one for each, made before their number is known.
        // There is none yet while an update with --target leaves the certificate out.
        const proof = certificate.domainValidationOptions.apply(
            (options: aws.types.output.acm.CertificateDomainValidationOption[] | undefined) => options?.[0],
        );
        const record = new aws.route53.Record(
            `${name}-validation`,
            {
                zoneId,
                name: proof.apply((option) => option?.resourceRecordName ?? ""),
                type: proof.apply((option) => option?.resourceRecordType ?? "CNAME"),
                records: [proof.apply((option) => option?.resourceRecordValue ?? "")],
                // Short, so that a mistake in the zone can be mended soon.
                ttl: 300,
                // AWS asks for the same record when the same name has been validated before, in another region or stack.
                allowOverwrite: true,
            },
            this.child(),
        );
        const validation = new aws.acm.CertificateValidation(
            name,
            { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn], region },
            this.child(),
        );
        return validation.certificateArn;
    }

    private expirySignal(role: "viewer" | "origin", certificateArn: pulumi.Output<string>, region: string): Signal {
        const daysToExpiry: Metric = {
            namespace: "AWS/CertificateManager",
            metricName: "DaysToExpiry",
            dimensions: { CertificateArn: certificateArn },
            statistic: "Minimum",
            // Published twice a day.
            period: 86_400,
            label: `days until the ${role} certificate expires`,
            ...(role === "viewer" ? { region } : {}),
        };
        return {
            name: `${this.componentName}-${role}-certificate-expiry`,
            title: `Days until the ${role} certificate of ${this.componentName} expires`,
            metric: daysToExpiry,
            comparison: "below",
            // AWS renews 45 days ahead or earlier: three weeks after that it has failed for good, and three weeks are left.
            threshold: 21,
            evaluationPeriods: 1,
            severity: "ticket",
            runbook: "certificate-expiry",
        };
    }
}

const noDomain = "none";

/** Labels of letters, digits and inner dashes, two or more of them; the whole with `origin.` in front at most 64 long. */
const domainPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/;

/** ACM takes up to 64 characters in a certificate's first name, and the balancer's has `origin.` in front. */
const longestDomain = 64 - "origin.".length;

function checkArgs(name: string, args: DomainArgs): void {
    const problems = new Problems();
    problems.require(
        args.name === noDomain || (domainPattern.test(args.name) && args.name.length <= longestDomain),
        "name",
        args.name,
        `a domain name in lower case of up to ${String(longestDomain)} characters, or none (development only)`,
        "shop.example.com",
    );
    problems.throwIfAny(`Domain "${name}"`);
}
