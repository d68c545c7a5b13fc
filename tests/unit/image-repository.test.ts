import { ImageRepository, ImageRepositoryArgs } from "../../components/image-repository";
import { record, Registered, valueOf } from "./harness";

const key = { arn: "arn:aws:kms:eu-central-1:123456789012:key/images" };

const repository = (more: Partial<ImageRepositoryArgs> = {}): Promise<Registered> =>
    record(() => new ImageRepository("images", { key, ...more }));

describe("an image repository", () => {
    it("keeps tags unchanged, scans every push and encrypts with the customer key", async () => {
        const { inputs } = (await repository()).one("aws:ecr/repository:Repository");
        expect(inputs).toMatchObject({
            imageTagMutability: "IMMUTABLE",
            imageScanningConfiguration: { scanOnPush: true },
            encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: key.arn }],
        });
        expect(inputs["name"]).toBeUndefined();
        expect(inputs["forceDelete"]).toBeUndefined();
    });

    it("lets untagged and old images expire, the rule for any image last", async () => {
        const registered = await repository({ keepImages: 20, untaggedDays: 3 });
        const policy = registered.one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs["policy"];
        const { rules } = JSON.parse(String(policy)) as { rules: { rulePriority: number; selection: object }[] };
        expect(rules.map((rule) => [rule.rulePriority, rule.selection])).toEqual([
            [1, { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 3 }],
            [2, { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 20 }],
        ]);
    });

    it("refuses requests without TLS, and lets other accounts pull only where they are named", async () => {
        const statementsOf = (registered: Registered) => {
            const policy = registered.one("aws:ecr/repositoryPolicy:RepositoryPolicy").inputs["policy"];
            return (JSON.parse(String(policy)) as { Statement: Record<string, unknown>[] }).Statement;
        };
        const closed = statementsOf(await repository());
        expect(closed).toHaveLength(1);
        expect(closed[0]).toMatchObject({
            Effect: "Deny",
            Action: "ecr:*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        });
        // ECR refuses a repository's policy that names a resource.
        expect(closed[0]).not.toHaveProperty("Resource");

        const open = statementsOf(await repository({ readerAccountIds: ["222222222222", "111111111111"] }));
        expect(open[1]).toMatchObject({
            Effect: "Allow",
            Principal: { AWS: ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"] },
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        });
    });

    it.each([
        ["2026-11-22.1", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/images:2026-11-22.1"],
        ["sha256:0a1b", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/images@sha256:0a1b"],
    ])("names the image of %s", async (reference, uri) => {
        let images: ImageRepository | undefined;
        await record(
            () => {
                images = new ImageRepository("images", { key });
            },
            {
                "aws:ecr/repository:Repository": () => ({
                    repositoryUrl: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/images",
                }),
            },
        );
        await expect(valueOf(images?.imageUri(reference))).resolves.toBe(uri);
        await expect(valueOf(images?.resolve({ tag: reference }))).resolves.toBe(uri);
    });

    it("takes an image that is kept elsewhere as it is", async () => {
        let images: ImageRepository | undefined;
        await record(() => {
            images = new ImageRepository("images", { key });
        });
        const uri = "registry.example.com/shop:1.4.2";
        await expect(valueOf(images?.resolve({ uri }))).resolves.toBe(uri);
    });

    it("refuses bad arguments, all at once, before it registers anything", async () => {
        const registered = await record(() => {
            const create = () =>
                new ImageRepository("images", { key, keepImages: 1, untaggedDays: 0, readerAccountIds: ["12345"] });
            expect(create).toThrow('ImageRepository "images": 3 problems');
            expect(create).toThrow("keepImages is 1; allowed: a whole number from 2");
            expect(create).toThrow("untaggedDays is 0");
            expect(create).toThrow('readerAccountIds is "12345"; allowed: account ids of 12 digits');
        });
        expect(registered.resources.filter((resource) => !resource.component)).toEqual([]);
    });
});
