import type { Payload } from "../queue/messages";

type Template = Payload<"mail.requested">["template"];

/** What the mails tell. */
export interface MailFacts {
    readonly orderId: string;
    readonly totalCents: number;
    /** ISO 4217. */
    readonly currency: string;
}

/** Subject and text of a mail. It holds nothing that a customer has written: nothing can be smuggled into it. */
export function writeMail(
    template: Template,
    { orderId, totalCents, currency }: MailFacts,
): { subject: string; text: string } {
    const number = orderId.slice(0, 8).toUpperCase();
    const total = new Intl.NumberFormat("en", { style: "currency", currency }).format(totalCents / 100);
    switch (template) {
        case "order-confirmed":
            return {
                subject: `Your order ${number} is confirmed`,
                text: `Thank you for your order ${number}.\n\nWe have received ${total} and are packing your things.\n`,
            };
        case "order-cancelled":
            return {
                subject: `Your order ${number} is cancelled`,
                text: `We are sorry: we could not fulfil your order ${number}.\n\nYou have paid nothing for it; a reserved ${total} is free again.\n`,
            };
    }
}
