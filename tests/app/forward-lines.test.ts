import { once } from "node:events";
import { PassThrough } from "node:stream";
import { forwardLines } from "../../app/src/forward-lines";

test("lines are passed on whole, whatever the pieces they come in and the separators in them", async () => {
    const text = `{"message":"a\u2028b\u2029c\u0085d\r"}\n{"message":"${"ü€😀".repeat(50)}"}\n`;
    const written: string[] = [];
    const from = new PassThrough();
    forwardLines(from, { write: (piece) => written.push(piece) });
    // Cut within characters, too.
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 3) from.write(bytes.subarray(at, at + 3));
    from.end();
    await once(from, "end");
    expect(written.join("")).toBe(text);
    expect(written.every((piece) => piece.endsWith("\n"))).toBe(true);
});

test("what a process leaves unfinished when it dies is a line, too", async () => {
    const written: string[] = [];
    const from = new PassThrough();
    forwardLines(from, { write: (piece) => written.push(piece) });
    from.end("whole\nhalf");
    await once(from, "end");
    expect(written).toEqual(["whole\n", "half\n"]);
});
