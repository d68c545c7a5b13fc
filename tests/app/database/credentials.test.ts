import { cacheToken, passwordFor } from "../../../app/src/database/credentials";
import { databaseSettingsFrom } from "../support/database";

const MINUTE = 60_000;

/** A maker of tokens under the test's control, and a clock. */
function tokens(): {
    password: () => Promise<string>;
    pass: (minutes: number) => void;
    failWith: (error: Error | undefined) => void;
    made: () => number;
} {
    let nowMs = 1_000_000;
    let made = 0;
    let failure: Error | undefined;
    const make = (): Promise<string> => {
        if (failure) return Promise.reject(failure);
        return Promise.resolve(`token-${++made}`);
    };
    return {
        password: cacheToken(make, () => nowMs),
        pass: (minutes) => (nowMs += minutes * MINUTE),
        failWith: (error) => (failure = error),
        made: () => made,
    };
}

describe("tokens as passwords", () => {
    it("are made once for connections that are opened within four minutes", async () => {
        const { password, pass } = tokens();
        expect(await password()).toBe("token-1");
        pass(3.9);
        expect(await password()).toBe("token-1");
    });

    it("are renewed before the credentials that signed them can have ended, which the SDK renews five minutes earlier", async () => {
        const { password, pass } = tokens();
        await password();
        pass(4);
        expect(await password()).toBe("token-2");
        pass(3);
        expect(await password()).toBe("token-2");
    });

    it("are made once for many connections that are opened at the same time", async () => {
        const { password, made } = tokens();
        expect(new Set(await Promise.all(Array.from({ length: 20 }, password)))).toEqual(new Set(["token-1"]));
        expect(made()).toBe(1);
    });

    it("are used on while a new one cannot be made, as long as they are valid", async () => {
        const { password, pass, failWith } = tokens();
        await password();
        failWith(new Error("no credentials"));
        pass(14);
        expect(await password()).toBe("token-1");
        pass(1);
        await expect(password()).rejects.toThrow("no credentials");
        failWith(undefined);
        expect(await password()).toBe("token-2");
    });

    it("are signed for one host, port and user, and are no address that somebody could open", async () => {
        const environment = {
            AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID,
            AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY,
        };
        process.env.AWS_ACCESS_KEY_ID = "AKIAEXAMPLE";
        process.env.AWS_SECRET_ACCESS_KEY = "not-a-secret";
        try {
            const settings = databaseSettingsFrom({
                DATABASE_WRITER_HOST: "primary.example.com",
                DATABASE_USER: "shop",
                DATABASE_REGION: "eu-central-1",
            });
            const password = passwordFor(settings, settings.writer);
            if (typeof password === "string") throw new Error("expected a function");
            const token = await password();
            expect(token).toMatch(/^primary\.example\.com:5432\/\?/);
            const parameters = new URL(`https://${token}`).searchParams;
            expect(parameters.get("Action")).toBe("connect");
            expect(parameters.get("DBUser")).toBe("shop");
            expect(parameters.get("X-Amz-Expires")).toBe("900");
            expect(parameters.get("X-Amz-Credential")).toContain("/eu-central-1/rds-db/");
            expect(token).not.toContain("not-a-secret");
        } finally {
            for (const [name, value] of Object.entries(environment)) {
                if (value === undefined) Reflect.deleteProperty(process.env, name);
                else process.env[name] = value;
            }
        }
    });
});
