/** Where to send a file, and what with it: the fields of a form, the file itself last as `file`. */
export interface PresignedUpload {
    readonly url: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly expiresAt: Date;
}

export interface UploadLimits {
    /** The only type that the store takes. It is what the client says: nobody has looked into the file. */
    readonly contentType: string;
    readonly maxBytes: number;
}

export interface PutOptions {
    readonly contentType: string;
    /** The header Cache-Control of everyone who reads the object. */
    readonly cacheControl: string;
}

/** An object that is not there. */
export class ObjectNotFound extends Error {
    constructor(readonly key: string) {
        super("there is no such object");
        this.name = "ObjectNotFound";
    }
}

/** An object that is larger than the reader takes. */
export class ObjectTooLarge extends Error {
    constructor(
        readonly key: string,
        readonly maxBytes: number,
    ) {
        super(`the object is larger than ${maxBytes} bytes`);
        this.name = "ObjectTooLarge";
    }
}

/** Files of any size, by key. */
export interface ObjectStore {
    /** Lets a client send one file under this key, without passing through the service. Nothing is asked of the store. */
    presignUpload(key: string, limits: UploadLimits): Promise<PresignedUpload>;
    /**
     * Reads an object into memory.
     *
     * @throws ObjectNotFound
     * @throws ObjectTooLarge above `maxBytes`; without it nothing is too large
     * @throws DependencyUnavailable
     */
    get(key: string, options?: { readonly maxBytes?: number }): Promise<Buffer>;
    /** Writes an object; one of the same key is replaced. */
    put(key: string, body: Buffer, options: PutOptions): Promise<void>;
}
