/** What is to be paid. */
export interface PaymentRequest {
    readonly orderId: string;
    /** In the smallest unit of the currency: integer cents. */
    readonly amountCents: number;
    /** ISO 4217. */
    readonly currency: string;
    /** A call with the same key has the effect and the answer of the first one. */
    readonly idempotencyKey: string;
}

/** `declined` is an answer, not an error: asking again does not help. */
export interface Authorization {
    readonly state: "authorized" | "declined";
    /** What the provider calls it. */
    readonly reference: string;
}

/**
 * A payment provider. Every call is idempotent by its key, and every call may be lost on the way there or back: whoever does
 * not know what became of one repeats it with the same key.
 */
export interface PaymentPort {
    /** Reserves the money, without taking it. */
    authorize(request: PaymentRequest): Promise<Authorization>;
    /** Takes the money that was reserved. `refused`: the reservation has ended, or was given back. */
    capture(reference: string, idempotencyKey: string): Promise<{ readonly state: "captured" | "refused" }>;
    /** Gives the reservation back. Nothing happens where there is none any more. */
    void(reference: string, idempotencyKey: string): Promise<void>;
}
