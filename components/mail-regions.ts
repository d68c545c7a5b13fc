/**
 * The regions of SES that share one domain for Easy DKIM's keys. Each newer region has its own.
 * https://docs.aws.amazon.com/general/latest/gr/ses.html ("DKIM domains")
 */
const sharedDkimRegions: readonly string[] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "me-south-1",
    "sa-east-1",
];

/** Where a region's DKIM keys are published, such as `dkim.amazonses.com`. */
export function dkimDomain(region: string): string {
    return sharedDkimRegions.includes(region) ? "dkim.amazonses.com" : `dkim.${region}.amazonses.com`;
}
