import fc from "fast-check";
import { isLocalHost, plaintextIn, plaintextMode } from "../../../policies/shared/connection-strings";

const SCHEMES = ["redis", "amqp"];
const LOCAL = ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "db.localhost", "0.0.0.0"];

test("a scheme without TLS is found on every host but the machine itself", () => {
    const host = fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{2,6}){0,2}$/).filter((name) => !name.endsWith("localhost"));
    const user = fc.constantFrom("", "app@", "app:pw@", ":pw@");
    const end = fc.constantFrom("", "/", "/0", "?db=1");
    fc.assert(
        fc.property(
            fc.constantFrom(...SCHEMES),
            user,
            host,
            fc.nat({ max: 65535 }),
            end,
            (scheme, who, name, port, rest) => {
                expect(plaintextIn(`${scheme}://${who}${name}:${port}${rest}`, SCHEMES, [])).toBe(`\`${scheme}://\``);
                expect(plaintextIn(`${scheme}s://${who}${name}:${port}${rest}`, SCHEMES, [])).toBeUndefined();
                expect(plaintextIn(`${scheme}://${who}${name}:${port}${rest}`, SCHEMES, [name])).toBeUndefined();
            },
        ),
    );
    for (const name of LOCAL) {
        expect(plaintextIn(`redis://:pw@${name}:6379/0`, SCHEMES, [])).toBeUndefined();
    }
});

test("what is shown is a fixed word, never a part of the value", () => {
    fc.assert(
        fc.property(fc.string({ unit: "binary-ascii", maxLength: 60 }), (text) => {
            for (const value of [text, `redis://${text}`, `postgres://db/${text}?sslmode=disable`]) {
                const shown = plaintextIn(value, SCHEMES, []);
                expect(shown === undefined || /^`(redis:\/\/|amqp:\/\/|[a-z_-]+=[a-z0-9]+)`$/.test(shown)).toBe(true);
            }
        }),
    );
});

test("one of several hosts elsewhere is enough", () => {
    expect(plaintextIn("mongodb://localhost:1,m2:2/app?tls=false", SCHEMES, [])).toBe("`tls=false`");
    expect(plaintextIn("mongodb://localhost:1,127.0.0.1:2/app?tls=false", SCHEMES, [])).toBeUndefined();
});

test("a switch counts as text of a connection only where there is one", () => {
    expect(plaintextIn("ssl=false", SCHEMES, [])).toBeUndefined();
    expect(plaintextIn("host=db ssl=false", SCHEMES, [])).toBe("`ssl=false`");
    expect(plaintextIn("sslmode=disable", SCHEMES, [])).toBe("`sslmode=disable`");
});

test("a mode that leaves TLS to chance is one that leaves it out", () => {
    expect(["disable", "DISABLED", "allow", "require", "verify-full", "prefer"].map(plaintextMode)).toEqual([
        "`disable`",
        "`disabled`",
        "`allow`",
        undefined,
        undefined,
        undefined,
    ]);
});

test("a host by itself is the machine, a socket, or elsewhere", () => {
    expect(["localhost", "LOCALHOST", "/var/run/postgresql", "db"].map((host) => isLocalHost(host, []))).toEqual([
        true,
        true,
        true,
        false,
    ]);
});
