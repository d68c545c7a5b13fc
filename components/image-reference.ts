/** A private ECR repository, as an image reference names it. */
export interface EcrRepository {
    readonly accountId: string;
    readonly region: string;
    readonly name: string;
}

const ecrImage =
    /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)\/([a-z0-9][a-z0-9._/-]*)(?:[:@].+)?$/;

/** The ECR repository of an image; undefined when the image lies in another registry. */
export function ecrRepositoryOf(image: string): EcrRepository | undefined {
    const [, accountId, region, name] = ecrImage.exec(image) ?? [];
    return accountId === undefined || region === undefined || name === undefined
        ? undefined
        : { accountId, region, name };
}

/** Whether a reference says which image it means: a tag other than `latest`, or a digest. */
export function isPinned(image: string): boolean {
    const lastPart = image.slice(image.lastIndexOf("/") + 1);
    return /[:@]./.test(lastPart) && !lastPart.endsWith(":latest");
}
