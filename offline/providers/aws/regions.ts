/** A region as the functions describe it. Zone letters are those that new accounts see; zone ids number differently. */
export interface Region {
    /** Prefix of its zone ids: `use1` in `use1-az1`. */
    zonePrefix: string;
    zones: string[];
    /** As the console names it. */
    description: string;
    /** Whether an account has to opt in first. */
    optIn?: true;
}

const region = (zonePrefix: string, letters: string, description: string, optIn?: true): Region => ({
    zonePrefix,
    zones: letters.split(""),
    description,
    ...(optIn ? { optIn } : {}),
});

/** https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html */
export const regions: Readonly<Record<string, Region>> = {
    "us-east-1": region("use1", "abcdef", "US East (N. Virginia)"),
    "us-east-2": region("use2", "abc", "US East (Ohio)"),
    "us-west-1": region("usw1", "ac", "US West (N. California)"),
    "us-west-2": region("usw2", "abcd", "US West (Oregon)"),
    "af-south-1": region("afs1", "abc", "Africa (Cape Town)", true),
    "ap-east-1": region("ape1", "abc", "Asia Pacific (Hong Kong)", true),
    "ap-east-2": region("ape2", "abc", "Asia Pacific (Taipei)", true),
    "ap-northeast-1": region("apne1", "acd", "Asia Pacific (Tokyo)"),
    "ap-northeast-2": region("apne2", "abcd", "Asia Pacific (Seoul)"),
    "ap-northeast-3": region("apne3", "abc", "Asia Pacific (Osaka)"),
    "ap-south-1": region("aps1", "abc", "Asia Pacific (Mumbai)"),
    "ap-south-2": region("aps2", "abc", "Asia Pacific (Hyderabad)", true),
    "ap-southeast-1": region("apse1", "abc", "Asia Pacific (Singapore)"),
    "ap-southeast-2": region("apse2", "abc", "Asia Pacific (Sydney)"),
    "ap-southeast-3": region("apse3", "abc", "Asia Pacific (Jakarta)", true),
    "ap-southeast-4": region("apse4", "abc", "Asia Pacific (Melbourne)", true),
    "ap-southeast-5": region("apse5", "abc", "Asia Pacific (Malaysia)", true),
    "ap-southeast-6": region("apse6", "abc", "Asia Pacific (New Zealand)", true),
    "ap-southeast-7": region("apse7", "abc", "Asia Pacific (Thailand)", true),
    "ca-central-1": region("cac1", "abd", "Canada (Central)"),
    "ca-west-1": region("caw1", "abc", "Canada West (Calgary)", true),
    "eu-central-1": region("euc1", "abc", "Europe (Frankfurt)"),
    "eu-central-2": region("euc2", "abc", "Europe (Zurich)", true),
    "eu-north-1": region("eun1", "abc", "Europe (Stockholm)"),
    "eu-south-1": region("eus1", "abc", "Europe (Milan)", true),
    "eu-south-2": region("eus2", "abc", "Europe (Spain)", true),
    "eu-west-1": region("euw1", "abc", "Europe (Ireland)"),
    "eu-west-2": region("euw2", "abc", "Europe (London)"),
    "eu-west-3": region("euw3", "abc", "Europe (Paris)"),
    "il-central-1": region("ilc1", "abc", "Israel (Tel Aviv)", true),
    "me-central-1": region("mec1", "abc", "Middle East (UAE)", true),
    "me-south-1": region("mes1", "abc", "Middle East (Bahrain)", true),
    "mx-central-1": region("mxc1", "abc", "Mexico (Central)", true),
    "sa-east-1": region("sae1", "abc", "South America (Sao Paulo)"),
    "us-gov-east-1": region("usge1", "abc", "AWS GovCloud (US-East)"),
    "us-gov-west-1": region("usgw1", "abc", "AWS GovCloud (US-West)"),
    "cn-north-1": region("cnn1", "abd", "China (Beijing)"),
    "cn-northwest-1": region("cnnw1", "abc", "China (Ningxia)"),
};

/** Zones of a region with their ids. Names and ids go together differently in each account; here in order. */
export function zonesOf(name: string): { name: string; id: string }[] {
    const found = regions[name] ?? region(name.replace(/[^a-z0-9]/g, ""), "abc", name);
    return found.zones.map((letter, i) => ({ name: `${name}${letter}`, id: `${found.zonePrefix}-az${i + 1}` }));
}

export function partitionOf(region: string): { partition: string; dnsSuffix: string; reverseDnsPrefix: string } {
    if (region.startsWith("cn-")) {
        return { partition: "aws-cn", dnsSuffix: "amazonaws.com.cn", reverseDnsPrefix: "cn.com.amazonaws" };
    }
    const partition = region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
    return { partition, dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" };
}
