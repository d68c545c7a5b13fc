/**
 * Availability zones by id. A zone's name (`us-east-1a`) means another building in every account, its id (`use1-az1`)
 * means the same one everywhere, so Headroom chooses zones by id.
 *
 * Source of the prefixes: the zone ids that EC2's DescribeAvailabilityZones returns for each region. Nothing here
 * knows Pulumi.
 */

/** What a zone id of each region starts with. */
export const zoneIdPrefixes: Readonly<Record<string, string>> = {
    "af-south-1": "afs1",
    "ap-east-1": "ape1",
    "ap-east-2": "ape2",
    "ap-northeast-1": "apne1",
    "ap-northeast-2": "apne2",
    "ap-northeast-3": "apne3",
    "ap-south-1": "aps1",
    "ap-south-2": "aps2",
    "ap-southeast-1": "apse1",
    "ap-southeast-2": "apse2",
    "ap-southeast-3": "apse3",
    "ap-southeast-4": "apse4",
    "ap-southeast-5": "apse5",
    "ap-southeast-6": "apse6",
    "ap-southeast-7": "apse7",
    "ca-central-1": "cac1",
    "ca-west-1": "caw1",
    "cn-north-1": "cnn1",
    "cn-northwest-1": "cnnw1",
    "eu-central-1": "euc1",
    "eu-central-2": "euc2",
    "eu-north-1": "eun1",
    "eu-south-1": "eus1",
    "eu-south-2": "eus2",
    "eu-west-1": "euw1",
    "eu-west-2": "euw2",
    "eu-west-3": "euw3",
    "il-central-1": "ilc1",
    "me-central-1": "mec1",
    "me-south-1": "mes1",
    "mx-central-1": "mxc1",
    "sa-east-1": "sae1",
    "us-east-1": "use1",
    "us-east-2": "use2",
    "us-gov-east-1": "usge1",
    "us-gov-west-1": "usgw1",
    "us-west-1": "usw1",
    "us-west-2": "usw2",
};

/**
 * Zones in which CloudFront makes no VPC origin. A load balancer with a subnet in one of them cannot be an origin.
 * Source: CloudFront developer guide, "Restrict access with VPC origins", supported regions.
 */
export const zonesWithoutVpcOrigins: readonly string[] = ["use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"];

/**
 * Regions whose three default zones are not `az1` to `az3`.
 * - Where a zone is closed to CloudFront's VPC origins (above), the next one takes its place.
 * - Beijing has no `az3`.
 * - us-west-1 shows every account two of its three zones, and which two differs, one of them possibly closed to VPC
 *   origins: there is no default that holds in every account.
 */
const exceptions: Readonly<Record<string, readonly string[] | undefined>> = {
    "ap-northeast-1": ["apne1-az1", "apne1-az2", "apne1-az4"],
    "ca-central-1": ["cac1-az1", "cac1-az2", "cac1-az4"],
    "cn-north-1": ["cnn1-az1", "cnn1-az2", "cnn1-az4"],
    "us-east-1": ["use1-az1", "use1-az2", "use1-az4"],
    "us-west-1": undefined,
};

/**
 * Three zones of a region that every account has and that can hold a CloudFront VPC origin.
 *
 * @returns undefined where no choice holds in every account (us-west-1) or the region is not known: the zones have to
 *     be named then, after `aws ec2 describe-availability-zones --region REGION --query AvailabilityZones[].ZoneId`
 */
export function defaultZoneIds(region: string): string[] | undefined {
    if (region in exceptions) {
        return exceptions[region]?.slice();
    }
    const prefix = zoneIdPrefixes[region];
    return prefix === undefined ? undefined : [1, 2, 3].map((number) => `${prefix}-az${String(number)}`);
}

/** Availability zones only: local zones (`use1-bos1-az1`) and wavelength zones hold no NAT gateway and no database. */
const zoneIdPattern = /^([a-z]+[0-9]+)-az([1-9][0-9]?)$/;

/** Whether a text has the form of an availability zone's id. */
export function isZoneId(id: string): boolean {
    return zoneIdPattern.test(id);
}

/**
 * Whether a zone lies in a region. A region that is not in the table above is newer than this file: then only the form
 * can be judged.
 */
export function zoneIsInRegion(id: string, region: string): boolean {
    const prefix = zoneIdPrefixes[region];
    return isZoneId(id) && (prefix === undefined || id.startsWith(`${prefix}-`));
}

/**
 * The number of a zone within its region: 2 for `euc1-az2`.
 *
 * @throws Error for anything but the id of an availability zone
 */
export function zoneNumber(id: string): number {
    const number = zoneIdPattern.exec(id)?.[2];
    if (number === undefined) {
        throw new Error(`${id} is no availability zone id; write for example euc1-az1 (a zone's id, not its name)`);
    }
    return Number(number);
}

/**
 * The part of a zone id that tells the zones of a region apart, for logical names: `az2` for `euc1-az2`.
 *
 * @throws Error for anything but the id of an availability zone
 */
export function zoneKey(id: string): string {
    return `az${String(zoneNumber(id))}`;
}
