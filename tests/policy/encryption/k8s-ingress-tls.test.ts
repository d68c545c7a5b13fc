import { k8sIngressTls } from "../../../policies/encryption/rules/k8s-ingress-tls";
import { describeRule, settings } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const ALB = "alb.ingress.kubernetes.io";
const CERTIFICATE = { [`${ALB}/certificate-arn`]: "arn:aws:acm:eu-west-1:123456789012:certificate/1" };
const BOTH = { [`${ALB}/listen-ports`]: '[{"HTTP": 80}, {"HTTPS": 443}]' };
const REDIRECT = { [`${ALB}/ssl-redirect`]: "443" };
const RULES = { rules: [{ host: "shop.example.com" }] };

const ingress = (annotations: unknown, spec: object = {}, name = "shop"): TestResource =>
    resource("ingress", name, { metadata: { annotations }, spec: { ...RULES, ...spec } });
const alb = (annotations: object, spec: object = {}, name = "shop"): TestResource =>
    ingress(annotations, { ingressClassName: "alb", ...spec }, name);
const nginx = (tls: unknown, annotations: object = {}): TestResource =>
    ingress(annotations, { ingressClassName: "nginx", ...(tls === undefined ? {} : { tls }) });
const classOf = (controller: string, more: object = {}, annotations: object = {}): TestResource =>
    resource("ingressClass", "class", {
        metadata: { name: "web", annotations },
        spec: { controller, parameters: { kind: "IngressClassParams", name: "web-parameters" } },
        ...more,
    });
const parameters = (spec: object): TestResource =>
    resource("ingressClassParams", "parameters", { metadata: { name: "web-parameters" }, spec });
const refused = (one: TestResource, says: RegExp) => ({ resources: [one], at: ["shop"], says });

describeRule(k8sIngressTls, {
    compliant: {
        "a certificate from a Secret": [nginx([{ hosts: ["shop.example.com"], secretName: "shop-tls" }])],
        "a load balancer of Google's that has no listener for HTTP": [
            ingress({
                "kubernetes.io/ingress.allow-http": "false",
                "networking.gke.io/managed-certificates": "shop",
            }),
        ],
        "a certificate for every host": [nginx([{ secretName: "shop-tls" }])],
        "a certificate for all names of a domain": [nginx([{ hosts: ["*.example.com"], secretName: "shop-tls" }])],
        "a redirect where TLS ends before the controller": [
            nginx(undefined, { "nginx.ingress.kubernetes.io/force-ssl-redirect": "true" }),
        ],
        "TLS by the controller's own certificate": [
            ingress({ "traefik.ingress.kubernetes.io/router.tls": "true" }, { ingressClassName: "traefik" }),
        ],
        "a load balancer with a certificate, which then listens on HTTPS only": [alb(CERTIFICATE)],
        "a load balancer with a certificate that does not exist yet": [
            { type: "aws:acm/certificate:Certificate", name: "shop-certificate", inputs: {} },
            alb({ [`${ALB}/certificate-arn`]: ref("shop-certificate", "arn") }),
        ],
        "a load balancer that redirects": [alb({ ...CERTIFICATE, ...BOTH, ...REDIRECT })],
        "a load balancer that finds its certificate by the host": [
            alb({ [`${ALB}/listen-ports`]: '[{"HTTPS": 443}]', [`${ALB}/scheme`]: "internal" }),
        ],
        "a load balancer by the old name of its class, with an action that redirects": [
            ingress({
                "kubernetes.io/ingress.class": "alb",
                ...CERTIFICATE,
                ...BOTH,
                [`${ALB}/actions.ssl-redirect`]: '{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}',
            }),
        ],
        "a group in which one ingress redirects for all": [
            alb({ ...CERTIFICATE, ...BOTH, ...REDIRECT, [`${ALB}/group.name`]: "shop" }),
            alb({ [`${ALB}/group.name`]: "shop" }, {}, "admin"),
        ],
        "EKS Auto Mode, with the certificate in the parameters of the class": [
            classOf("eks.amazonaws.com/alb"),
            parameters({
                scheme: "internet-facing",
                certificateARNs: ["arn:aws:acm:eu-west-1:123456789012:certificate/1"],
            }),
            ingress({}, { ingressClassName: "web" }),
        ],
        "a class to which Pulumi gives its name, by reference": [
            resource(
                "ingressClass",
                "class",
                {
                    spec: {
                        controller: "eks.amazonaws.com/alb",
                        parameters: { kind: "IngressClassParams", name: "web-parameters" },
                    },
                },
                { computed: { metadata: { name: "class-metadata.name" } } },
            ),
            parameters({ certificateARNs: ["arn:aws:acm:eu-west-1:123456789012:certificate/1"] }),
            ingress({}, { ingressClassName: ref("class", "metadata.name") }),
        ],
        "the controller's class by default, with a certificate and a redirect": [
            classOf("ingress.k8s.aws/alb", {}, { "ingressclass.kubernetes.io/is-default-class": "true" }),
            parameters({
                certificateArn: ["arn:aws:acm:eu-west-1:123456789012:certificate/1"],
                sslRedirectPort: "443",
            }),
            ingress(BOTH),
        ],
        "a class that something else serves": [
            classOf("k8s.io/ingress-nginx"),
            ingress({ [`${ALB}/scheme`]: "internal" }, { ingressClassName: "web", tls: [{ secretName: "shop-tls" }] }),
        ],
    },
    violating: {
        "a class without a certificate": {
            resources: [
                classOf("eks.amazonaws.com/alb"),
                parameters({ scheme: "internet-facing" }),
                ingress({}, { ingressClassName: "web" }),
            ],
            at: ["shop"],
            says: /has neither/,
        },
        nothing: refused(nginx(undefined), /spec\.tls is not set: .* Fix: set `spec\.tls`/),
        "an empty list": refused(nginx([]), /spec\.tls is not set/),
        "no annotations either": refused(
            resource("ingress", "shop", { metadata: { name: "shop" }, spec: RULES }),
            /spec\.tls is not set/,
        ),
        "a redirect that is switched off": refused(
            nginx([{ hosts: ["shop.example.com"] }], { "nginx.ingress.kubernetes.io/ssl-redirect": "false" }),
            /metadata\.annotations serves HTTP beside HTTPS: .* Fix: take the annotation away/,
        ),
        "a forced redirect that is switched off": refused(
            nginx(undefined, { "nginx.ingress.kubernetes.io/force-ssl-redirect": "false" }),
            /spec\.tls is not set/,
        ),
        "a host without a certificate": refused(
            ingress(
                {},
                {
                    tls: [{ hosts: ["shop.example.com"] }],
                    rules: [{ host: "shop.example.com" }, { host: "a.b.example.com" }],
                },
            ),
            /spec\.tls leaves out 1 of the hosts in `spec\.rules`/,
        ),
        "a load balancer without a certificate": refused(
            alb({ [`${ALB}/scheme`]: "internet-facing", [`${ALB}/target-type`]: "ip" }),
            /metadata\.annotations has neither `alb\.ingress\.kubernetes\.io\/certificate-arn` nor HTTPS in/,
        ),
        "an internal one": refused(alb({ [`${ALB}/scheme`]: "internal" }), /has neither/),
        "a load balancer of EKS Auto Mode by its class alone": refused(
            ingress(undefined, { ingressClassName: "alb" }),
            /has neither/,
        ),
        "a load balancer with `spec.tls`, which it does not listen by": refused(
            alb({}, { tls: [{ hosts: ["shop.example.com"] }] }),
            /has neither/,
        ),
        "a load balancer of a class of one's own": refused(
            ingress({ [`${ALB}/scheme`]: "internal" }, { ingressClassName: "internal" }),
            /has neither/,
        ),
        "a load balancer that does not redirect": refused(
            alb({ ...CERTIFICATE, ...BOTH }),
            /listens on HTTP beside HTTPS without `alb\.ingress\.kubernetes\.io\/ssl-redirect`/,
        ),
        "a controller of one's own": {
            ...refused(
                nginx(undefined, { "nginx.ingress.kubernetes.io/force-ssl-redirect": "true" }),
                /spec\.tls is not set/,
            ),
            config: settings(k8sIngressTls, { tlsAnnotations: ["haproxy.org/ssl-redirect"] }),
        },
    },
    unknown: {
        "the class, by which a load balancer would not listen as `spec.tls` says": refused(
            ingress({}, { ingressClassName: UNKNOWN_VALUE, tls: [{ secretName: "shop-tls" }] }),
            /spec\.ingressClassName is not known/,
        ),
        "the entries of `spec.tls`": refused(nginx(UNKNOWN_VALUE), /spec\.tls is not known/),
        "all annotations": refused(ingress(UNKNOWN_VALUE), /metadata\.annotations is not known/),
        "the ports of a load balancer": refused(
            alb({ ...CERTIFICATE, [`${ALB}/listen-ports`]: UNKNOWN_VALUE }),
            /metadata\.annotations is not known/,
        ),
        "a certificate that comes from nowhere in the stack": refused(
            alb({ [`${ALB}/certificate-arn`]: UNKNOWN_VALUE }),
            /metadata\.annotations is not known/,
        ),
        "whether a redirect is forced": refused(
            nginx(undefined, { "nginx.ingress.kubernetes.io/force-ssl-redirect": UNKNOWN_VALUE }),
            /metadata\.annotations is not known/,
        ),
        "a group that reaches beyond the stack": refused(
            alb({ ...CERTIFICATE, ...BOTH, [`${ALB}/group.name`]: "shop" }),
            /metadata\.annotations belongs to a group in which an ingress outside of this stack may redirect/,
        ),
    },
    notApplicable: {
        "a class of ingresses": [classOf("ingress.k8s.aws/alb"), parameters({})],
    },
});
