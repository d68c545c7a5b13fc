import fc from "fast-check";
import { describeFault, judgeRecovery } from "../../twin/chaos/experiment";
import {
    judgeContents,
    judgeEnds,
    judgeMails,
    judgeOrders,
    judgePayments,
    judgeSessions,
    judgeShare,
    judgeStock,
} from "../../twin/chaos/invariants";
import type { OrderRecord, Outcome } from "../../twin/chaos/traffic";
import { FEWEST_READINGS, judgeFlatness } from "../../twin/flatness";
import type { SeededProduct } from "../../twin/seed";
import { best, ratio, renderReport, type RouteResult, saturation } from "../../twin/load/report";

function order(key: string, orderId: string | undefined, otherIds: string[] = []): OrderRecord {
    return { key, customerId: "ada", items: [], orderId, otherIds };
}

function row(idempotency_key: string, id: string, state = "confirmed") {
    return { id, idempotency_key, customer_id: "ada", state };
}

describe("orders", () => {
    test("each acknowledged once, there once and at its end: nothing to say", () => {
        expect(judgeOrders([order("a", "1"), order("b", "2")], [row("a", "1"), row("b", "2", "cancelled")])).toEqual(
            [],
        );
    });

    test("one that was never acknowledged may be there or not", () => {
        expect(judgeOrders([order("a", undefined), order("b", undefined)], [row("b", "2")])).toEqual([]);
    });

    test.each([
        ["lost", [order("a", "1")], [], "order a was acknowledged as 1 and is not there"],
        ["doubled", [order("a", "1")], [row("a", "1"), row("a", "2")], "order a is there 2 times"],
        ["another one", [order("a", "1")], [row("a", "2")], "order a was acknowledged as 1, not as 2"],
        ["acknowledged twice", [order("a", "1", ["2"])], [row("a", "1")], "order a was acknowledged as 1 and 2"],
        ["nobody's", [], [row("a", "1")], "order 1 is there, but nobody ordered it"],
        [
            "another's",
            [{ ...order("a", "1"), customerId: "bob" }],
            [row("a", "1")],
            "order a of bob is there as one of ada",
        ],
        ["unfinished", [order("a", "1")], [row("a", "1", "placed")], "order 1 is still placed"],
    ])("%s: is told", (_what, orders, rows, message) => {
        expect(judgeOrders(orders, rows)).toEqual([message]);
    });
});

describe("what is in an order", () => {
    const wanted = { ...order("a", "1"), items: [{ productId: "p", quantity: 2 }] };

    test("is what was ordered", () => {
        expect(judgeContents([wanted], [{ order_id: "1", product_id: "p", quantity: 2 }])).toEqual([]);
        expect(judgeContents([{ ...wanted, orderId: undefined }], [])).toEqual([]);
    });

    test("nothing, another quantity, another product and one too many are told", () => {
        expect(judgeContents([wanted], [])).toEqual(["order a holds nothing, but 2 of p was ordered"]);
        const line = { order_id: "1", product_id: "p", quantity: 2 };
        for (const lines of [
            [{ ...line, quantity: 3 }],
            [{ ...line, product_id: "q" }],
            [line, { ...line, product_id: "q" }],
        ]) {
            expect(judgeContents([wanted], lines)).toHaveLength(1);
        }
    });
});

const PLENTIFUL: SeededProduct = { id: "p", sku: "P", name: "Lamp", priceCents: 1_000, stock: 10_000_000 };
const SCARCE: SeededProduct = { ...PLENTIFUL, id: "q", stock: 2 };
const DECLINED: SeededProduct = { ...PLENTIFUL, id: "r", priceCents: 1_001 };

describe("an order's end", () => {
    const judge = (state: string, { id: product_id }: SeededProduct, quantity: number) =>
        judgeEnds([{ id: "1", state }], [{ order_id: "1", product_id, quantity }], [PLENTIFUL, SCARCE, DECLINED]);

    test("is confirmed, and cancelled only where the payment is refused or a product may be sold out", () => {
        expect(judge("confirmed", PLENTIFUL, 2)).toEqual([]);
        expect(judge("confirmed", SCARCE, 2)).toEqual([]);
        expect(judge("cancelled", SCARCE, 2)).toEqual([]);
        expect(judge("cancelled", DECLINED, 2)).toEqual([]);
        expect(judge("cancelled", DECLINED, 3)).toEqual([]);
    });

    test("is told where it is another one", () => {
        expect(judge("cancelled", PLENTIFUL, 2)).toEqual([
            "order 1 is cancelled, though it could be paid and there was enough of everything",
        ]);
        expect(judge("cancelled", DECLINED, 1)).toHaveLength(1);
        expect(judge("confirmed", DECLINED, 2)).toEqual(["order 1 is confirmed, though its payment is refused"]);
    });
});

describe("the stock", () => {
    const judge = (available: number, reserved: number, sold: number) =>
        judgeStock([{ product_id: "q", available, reserved, sold }], [SCARCE]);

    test("is smaller by what was sold", () => {
        expect(judge(2, 0, 0)).toEqual([]);
        expect(judge(0, 0, 2)).toEqual([]);
    });

    test("that was not given back, is gone without a sale, or was sold twice is told", () => {
        expect(judge(1, 1, 0)).toEqual(["stock of q: 1 are gone and 1 reserved, but 0 were sold"]);
        expect(judge(1, 0, 0)).toHaveLength(1);
        expect(judge(-1, 0, 3)).toEqual(["stock of q: 3 were sold, and there were 2"]);
        expect(judgeStock([{ product_id: "s", available: 0, reserved: 0, sold: 0 }], [SCARCE])).toHaveLength(1);
    });
});

describe("payments", () => {
    const judge = (state: string, payment: string | null, amount: number | null = 100) =>
        judgePayments([{ id: "1", state, total: 100, payment, amount }]);

    test("are captured for confirmed orders, and nothing is held for others", () => {
        expect(judge("confirmed", "captured")).toEqual([]);
        for (const payment of ["declined", "voided"]) expect(judge("cancelled", payment)).toEqual([]);
        expect(judge("cancelled", null, null)).toEqual([]);
    });

    test.each([
        ["not there", "confirmed", null],
        ["not captured", "confirmed", "authorized"],
        ["voided", "confirmed", "voided"],
        ["still held", "cancelled", "authorized"],
        ["taken", "cancelled", "captured"],
    ])("one that is %s is told", (_what, state, payment) => {
        expect(judge(state, payment, payment === null ? null : 100)).toEqual([
            `order 1 is ${state}, but its payment is ${payment ?? "missing"}`,
        ]);
    });

    test("one of another amount is told", () => {
        expect(judge("confirmed", "captured", 99)).toEqual(["order 1 costs 100 cents, and its payment is of 99"]);
    });
});

test("a run in which most orders were refused proves nothing", () => {
    expect(judgeShare([])).toEqual([]);
    expect(judgeShare([order("a", "1"), order("b", undefined)])).toEqual([]);
    expect(judgeShare([order("a", "1"), order("b", undefined), order("c", undefined)])).toEqual([
        "only 1 of 3 orders were acknowledged, though each was tried again",
    ]);
});

test("customers must be served again when a fault is over", () => {
    const outcome = (endedAt: number, ok: boolean): Outcome => ({
        kind: "product",
        startedAt: endedAt,
        endedAt,
        ok,
        status: ok ? 200 : 503,
    });
    const before = [outcome(1_000, false), outcome(1_100, false), outcome(1_200, false)];
    expect(judgeRecovery("fault", [...before, outcome(4_500, true), outcome(4_600, false)], 5_000)).toEqual([]);
    expect(judgeRecovery("fault", [...before, outcome(4_500, false)], 5_000)).toEqual([
        'after "fault", 1 of 1 requests of a second failed still',
    ]);
    // Nothing was answered at all.
    expect(judgeRecovery("fault", before, 5_000)).toHaveLength(1);
});

describe("mails", () => {
    test("one for each order, written and noted", () => {
        expect(judgeMails(["1.eml", "2.eml"], ["1", "2"], 2)).toEqual([]);
    });

    test("lost, unnoted, and too many are told", () => {
        expect(judgeMails([], ["1"], 0)).toEqual(["mail 1 is noted as sent and was not sent"]);
        expect(judgeMails(["1.eml"], [], 1)).toEqual(["mail 1 was sent and is not noted"]);
        expect(judgeMails(["1.eml", "2.eml"], ["1", "2"], 1)).toEqual(["2 mails were sent for 1 orders"]);
    });
});

test("a session may be lost only if it was there when a cache died", () => {
    const lost = { customerId: "ada", signedInAt: 10, noticedAt: 30 };
    expect(judgeSessions([lost], [{ from: 20, to: 25 }])).toEqual([]);
    expect(judgeSessions([{ ...lost, signedInAt: 26 }], [{ from: 20, to: 25 }])).toHaveLength(1);
    expect(judgeSessions([{ ...lost, noticedAt: 15 }], [{ from: 20, to: 25 }])).toHaveLength(1);
    expect(judgeSessions([lost], [])).toEqual(["the session of ada was lost, though no cache died"]);
});

test("a fault is described by the requests that ended after it began", () => {
    const outcome = (startedAt: number, endedAt: number, status: number): Outcome => ({
        kind: "product",
        startedAt,
        endedAt,
        ok: status === 200,
        status,
    });
    const outcomes = [
        outcome(0, 900, 500),
        outcome(900, 1_500, 0),
        outcome(1_000, 2_500, 502),
        outcome(3_000, 3_100, 200),
    ];
    expect(describeFault("fault", outcomes, 1_000, 4_000)).toEqual({
        name: "fault",
        requests: 3,
        failures: 2,
        statuses: { 0: 1, 502: 1 },
        lastFailureSeconds: 1.5,
        wholeSeconds: 3,
    });
});

describe("flatness", () => {
    const allowance = () => ({ share: 0.1, amount: 5 });
    const readings = (value: (index: number) => number) =>
        Array.from({ length: 20 }, (_, i) => ({ "web-1 MiB": value(i) }));

    test("what fills in the first quarter and stays is flat", () => {
        expect(
            judgeFlatness(
                readings((i) => Math.min(i, 5) * 50),
                allowance,
            )[0]?.flat,
        ).toBe(true);
    });

    test("what grows all the time is not", () => {
        expect(
            judgeFlatness(
                readings((i) => 100 + 5 * i),
                allowance,
            ),
        ).toEqual([{ name: "web-1 MiB", early: 135, late: 185, flat: false }]);
    });

    test("noise around a value is flat, however it falls", () => {
        fc.assert(
            fc.property(
                fc.array(fc.integer({ min: 98, max: 102 }), { minLength: FEWEST_READINGS, maxLength: 60 }),
                (values) => {
                    expect(
                        judgeFlatness(
                            values.map((value) => ({ value })),
                            allowance,
                        )[0]?.flat,
                    ).toBe(true);
                },
            ),
        );
    });

    test("a process that was replaced is left out, and too few readings are refused", () => {
        const changed = [...readings(() => 1).slice(0, 10), ...Array.from({ length: 10 }, () => ({ "web-2 MiB": 1 }))];
        expect(judgeFlatness(changed, allowance)).toEqual([]);
        expect(() => judgeFlatness(readings(() => 1).slice(0, 7), allowance)).toThrow("7 readings are too few");
    });
});

describe("the report of a load", () => {
    const route = (name: string, ...rates: number[]): RouteResult => ({
        name,
        steps: rates.map((perSecond, index) => ({
            connections: 4 ** index,
            perSecond,
            p50: 1,
            p95: 2,
            p99: 3,
            failures: 0,
        })),
    });

    test("a route is saturated by the connections after which no more brought a tenth more", () => {
        expect(saturation(route("a", 100, 300, 310, 290))).toBe(4);
        expect(saturation(route("a", 100, 200, 400, 800))).toBeUndefined();
        expect(saturation(route("a", 100))).toBeUndefined();
        expect(best(route("a", 100, 300, 290))?.perSecond).toBe(300);
    });

    test("it tells numbers, the share of the limit and where it saturates", () => {
        const limit = route("constant", 500, 1_000, 1_000);
        const product = route("product", 100, 250, 250);
        const lines = renderReport([limit, product], limit);
        expect(lines.join("\n")).toContain(
            "product: 250 answers a second at best, 25 % of the limit; saturated by 4 connections",
        );
        expect(ratio(limit, product)).toBe("4.0");
        expect(ratio(limit, route("nothing", 0))).toBe("–");
    });
});
