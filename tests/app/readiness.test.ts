import { Readiness } from "../../app/src/readiness";

/** A dependency that says of itself whether it is there, and counts how often it was asked. */
function dependency(answer: () => Promise<boolean>): { check: () => Promise<boolean>; asked: () => number } {
    let asked = 0;
    return {
        check: () => {
            asked += 1;
            return answer();
        },
        asked: () => asked,
    };
}

const there = (): Promise<boolean> => Promise.resolve(true);
const away = (): Promise<boolean> => Promise.resolve(false);

describe("what a process needs", () => {
    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate"] });
    });
    afterEach(() => {
        jest.useRealTimers();
    });

    test("is all there where there is nothing that it needs", async () => {
        expect(await new Readiness().missing()).toEqual([]);
    });

    test("is named where it is not there, says no by an error, or does not say anything", async () => {
        const readiness = new Readiness({
            database: there,
            cache: away,
            queue: () => Promise.reject(new Error("connect ECONNREFUSED")),
            storage: () => new Promise(() => undefined),
        });
        const missing = readiness.missing();
        await jest.advanceTimersByTimeAsync(2_000);
        expect(await missing).toEqual(["cache", "queue", "storage"]);
    });

    test("is asked once by many who ask at the same time", async () => {
        const database = dependency(there);
        const readiness = new Readiness({ database: database.check });
        await Promise.all(Array.from({ length: 50 }, () => readiness.missing()));
        expect(database.asked()).toBe(1);
    });

    test("is asked again after a second, and not before: what it says then counts", async () => {
        let isThere = true;
        const database = dependency(() => Promise.resolve(isThere));
        const readiness = new Readiness({ database: database.check });
        expect(await readiness.missing()).toEqual([]);

        isThere = false;
        await jest.advanceTimersByTimeAsync(1_000);
        expect(await readiness.missing()).toEqual([]);
        await jest.advanceTimersByTimeAsync(1);
        expect(await readiness.missing()).toEqual(["database"]);
        expect(database.asked()).toBe(2);

        isThere = true;
        await jest.advanceTimersByTimeAsync(1_001);
        expect(await readiness.missing()).toEqual([]);
    });

    test("leaves no timer behind when it has answered", async () => {
        await new Readiness({ database: there, cache: away }).missing();
        expect(jest.getTimerCount()).toBe(0);
    });
});
