/**
 * The region in which CloudFront looks for what belongs to it: certificates, web ACLs and their log groups, metrics.
 */
export const edgeRegion = "us-east-1";
