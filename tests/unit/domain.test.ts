import { Domain } from "../../components/domain";
import { regionOf } from "../../components/signal";
import { makeDomain, outputs } from "./edge-fixture";
import { record, Registered } from "./harness";
import { missingRunbooks } from "./runbooks";

const certificateType = "aws:acm/certificate:Certificate";

async function make(args: Parameters<typeof makeDomain>[0] = {}): Promise<{ domain: Domain; registered: Registered }> {
    let domain: Domain | undefined;
    const registered = await record(() => {
        domain = makeDomain(args);
    }, outputs);
    if (domain === undefined) {
        throw new Error("the domain was not made");
    }
    return { domain, registered };
}

describe("a domain", () => {
    it("has the viewers' certificate in us-east-1 and the origin's one in the balancer's region", async () => {
        const { registered } = await make();
        const certificates = registered
            .ofType(certificateType)
            .map(({ inputs }) => [inputs["domainName"], inputs["region"], inputs["validationMethod"]]);
        expect(certificates).toEqual([
            ["shop.example.com", "us-east-1", "DNS"],
            ["origin.shop.example.com", "eu-central-1", "DNS"],
        ]);
    });

    it("proves each certificate by a record in the zone, and waits for AWS in the certificate's region", async () => {
        const { registered } = await make();
        expect(registered.one("aws:route53/record:Record", "domain-origin-validation").inputs).toMatchObject({
            zoneId: "Z123",
            name: "_proof.origin.shop.example.com",
            type: "CNAME",
            records: ["_value.acm-validations.aws"],
        });
        expect(
            registered.one("aws:acm/certificateValidation:CertificateValidation", "domain-viewer").inputs,
        ).toMatchObject({ region: "us-east-1", validationRecordFqdns: ["_proof.shop.example.com"] });
    });

    it("looks its zone up by its own name unless it is given one", async () => {
        const given = await make();
        expect(given.registered.calls.map(({ token }) => token)).not.toContain("aws:route53/getZone:getZone");
        const found = await make({ hostedZoneId: undefined });
        const call = found.registered.calls.find(({ token }) => token === "aws:route53/getZone:getZone");
        expect(call?.inputs).toMatchObject({ name: "shop.example.com", privateZone: false });
    });

    it("makes nothing when there is none", async () => {
        const { domain, registered } = await make({ name: "none" });
        expect(domain).toMatchObject({ isNone: true, signals: [] });
        expect(domain.originName).toBeUndefined();
        expect(domain.viewerCertificateArn).toBeUndefined();
        expect(registered.resources.filter(({ component }) => !component)).toEqual([]);
    });

    it("watches both certificates where they are, with a runbook", async () => {
        const { domain } = await make();
        expect(domain.signals.map((signal) => [signal.name, regionOf(signal)])).toEqual([
            ["domain-viewer-certificate-expiry", "us-east-1"],
            ["domain-origin-certificate-expiry", undefined],
        ]);
        expect(missingRunbooks(domain.signals)).toEqual([]);
    });

    it.each(["Shop.example.com", "example", "https://shop.example.com", `${"a".repeat(50)}.example.com`, ""])(
        "is not %p",
        async (name) => {
            await record(() => {
                expect(() => makeDomain({ name })).toThrow("write for example: shop.example.com");
            }, outputs);
        },
    );
});
