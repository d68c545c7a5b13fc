/** The one question most rules about zones ask: does this reach at least so many zones? */
import type { Zones } from "../graph";
import type { Report } from "../finding";

/** "us-east-1a, us-east-1b". */
export function listed(zones: Zones): string {
    return [...zones.names].sort().join(", ");
}

/** Reports what reaches fewer zones than `minimum`, and what cannot be told. */
export function requireZones(zones: Zones, minimum: number, property: string, report: Report): void {
    if (zones.atMost < minimum) {
        const names = listed(zones);
        const count = zones.atMost === 1 ? "one availability zone" : `${zones.atMost} availability zones`;
        report.violation(property, `reaches ${count} only${names === "" ? "" : ` (${names})`}`);
    } else if (zones.atLeast < minimum) {
        report.undetermined(
            property,
            zones.atMost === Infinity
                ? "is not known in preview and depends on no subnet of this stack"
                : "reaches subnets whose availability zones are not known in preview or lie outside of this stack",
        );
    }
}
