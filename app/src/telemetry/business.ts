import type { Meter } from "@opentelemetry/api";

/** What the business looks at. The worker counts what becomes of orders: see jobs/order-saga.ts. */
export interface BusinessMetrics {
    orderPlaced(currency: string, totalCents: number): void;
    signedIn(): void;
    imageUploadBegun(): void;
}

export function createBusinessMetrics(meter: Meter): BusinessMetrics {
    const orders = meter.createCounter("shop.orders.placed", { description: "Orders accepted", unit: "{order}" });
    const value = meter.createCounter("shop.orders.value", {
        description: "What the accepted orders are worth, in the currency's smallest unit",
        unit: "{cent}",
    });
    const sessions = meter.createCounter("shop.sign_ins", { description: "Sessions begun", unit: "{session}" });
    const uploads = meter.createCounter("shop.image_uploads", { description: "Uploads begun", unit: "{upload}" });
    return {
        orderPlaced: (currency, totalCents) => {
            orders.add(1, { currency });
            value.add(totalCents, { currency });
        },
        signedIn: () => {
            sessions.add(1);
        },
        imageUploadBegun: () => {
            uploads.add(1);
        },
    };
}
