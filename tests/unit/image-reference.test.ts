import { ecrRepositoryOf, isPinned } from "../../components/image-reference";

describe("an image reference", () => {
    it.each([
        ["123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.4.2", "shop", "eu-central-1"],
        ["123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/shop@sha256:0a1b", "team/shop", "eu-central-1"],
        ["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop:1", "shop", "cn-north-1"],
        ["123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/shop:1", "shop", "us-gov-west-1"],
        ["123456789012.dkr-ecr.eu-west-1.on.aws/shop:1", "shop", "eu-west-1"],
        ["123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop", "shop", "eu-central-1"],
    ])("%s lies in an ECR repository", (image, name, region) => {
        expect(ecrRepositoryOf(image)).toEqual({ accountId: "123456789012", region, name });
    });

    it.each([
        "public.ecr.aws/nginx/nginx:1.27",
        "registry.example.com/shop:1",
        "shop:1",
        // A look-alike host must not turn into a permission.
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com.example.com/shop:1",
        "registry.example.com/123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1",
    ])("%s does not", (image) => {
        expect(ecrRepositoryOf(image)).toBeUndefined();
    });

    it.each([
        ["shop:1.4.2", true],
        ["registry.example.com:5000/shop@sha256:0a1b", true],
        ["registry.example.com:5000/shop", false],
        ["shop", false],
        ["shop:latest", false],
        ["shop:", false],
    ])("%s says which image it means: %s", (image, pinned) => {
        expect(isPinned(image)).toBe(pinned);
    });
});
