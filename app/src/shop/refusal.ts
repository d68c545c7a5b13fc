/** Why a request that could be understood is not done. The routes turn it into a status. */
export type RefusalKind =
    /** What it is about does not exist, or not for this customer. */
    | "not found"
    /** It contradicts what has happened meanwhile. */
    | "conflict"
    /** What it asks for makes no sense, whenever it comes. */
    | "invalid"
    /** It is not known who asks. */
    | "unauthenticated"
    /** Who asks may not do that. */
    | "forbidden"
    /** It is switched off for now. */
    | "switched off";

/** The customer's request is not done; the text is for the client. */
export class Refusal extends Error {
    constructor(
        readonly kind: RefusalKind,
        detail: string,
    ) {
        super(detail);
        this.name = "Refusal";
    }
}
