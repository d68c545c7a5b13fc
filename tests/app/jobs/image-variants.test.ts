import sharp from "sharp";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { imageKey, makeVariants, variantKey, VARIANT_NAMES } from "../../../app/src/jobs/image-variants";

function picture(width: number, height: number): sharp.Sharp {
    return sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 30 } } });
}

test("makes a small, a medium and a large WebP that keep the proportions", async () => {
    const variants = await makeVariants(await picture(2_000, 1_000).jpeg().toBuffer());
    expect(variants.map(({ name, width, height }) => ({ name, width, height }))).toEqual([
        { name: "small", width: 160, height: 80 },
        { name: "medium", width: 480, height: 240 },
        { name: "large", width: 1_280, height: 640 },
    ]);
    for (const { body } of variants) expect((await sharp(body).metadata()).format).toBe("webp");
});

test("never makes an image larger than it was", async () => {
    const variants = await makeVariants(await picture(100, 50).png().toBuffer());
    expect(variants.map(({ width, height }) => [width, height])).toEqual([
        [100, 50],
        [100, 50],
        [100, 50],
    ]);
});

test("strips what tells where and by whom an image was taken, and turns it upright first", async () => {
    const original = await picture(200, 100)
        .withExif({ IFD0: { Copyright: "Ann Example" }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer();
    expect((await sharp(original).metadata()).exif).toBeDefined();
    for (const { body } of await makeVariants(original)) {
        const metadata = await sharp(body).metadata();
        expect(metadata).not.toHaveProperty("exif");
        expect(metadata).not.toHaveProperty("xmp");
        expect(metadata).not.toHaveProperty("iptc");
        expect(body.includes("Ann Example")).toBe(false);
        expect(metadata.width).toBeLessThan(metadata.height);
    }
});

test("takes JPEG, PNG and WebP", async () => {
    for (const original of [
        await picture(20, 20).jpeg().toBuffer(),
        await picture(20, 20).png().toBuffer(),
        await picture(20, 20).webp().toBuffer(),
    ]) {
        expect(await makeVariants(original)).toHaveLength(3);
    }
});

test.each([
    [
        "SVG",
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'),
    ],
    ["GIF", Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64")],
    ["PDF", Buffer.from("%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>")],
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("hello")],
])("refuses %s", async (_kind, original) => {
    await expect(makeVariants(original)).rejects.toMatchObject({ name: "ImageRefused" });
});

test("refuses an image that ends too early", async () => {
    const whole = await picture(600, 600).jpeg().toBuffer();
    await expect(makeVariants(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({ name: "ImageRefused" });
});

test("refuses a decompression bomb by its header, without decoding it", async () => {
    const before = process.memoryUsage().rss;
    const bomb = pngOf(60_000, 60_000);
    expect(bomb.length).toBeLessThan(1_000);
    await expect(makeVariants(bomb)).rejects.toMatchObject({ name: "ImageRefused" });
    // Decoded it would be 10 GB.
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1_024 * 1_024);
});

test("either makes variants of what it is given or refuses it", async () => {
    const whole = await picture(64, 64).png().toBuffer();
    await fc.assert(
        fc.asyncProperty(
            fc.oneof(
                fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
                fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([index, value]) => {
                    const broken = Buffer.from(whole);
                    broken[index] = value;
                    return broken;
                }),
            ),
            async (original) => {
                const outcome = await makeVariants(original).catch((error: unknown) => error);
                expect(Array.isArray(outcome) || (outcome as Error).name === "ImageRefused").toBe(true);
            },
        ),
        { numRuns: 60 },
    );
});

test("the key follows from the content: another image is another key", () => {
    const key = imageKey("assets/", "p1", Buffer.from("one"));
    expect(key).toMatch(/^assets\/products\/p1\/[0-9a-f]{32}$/);
    expect(imageKey("assets/", "p1", Buffer.from("one"))).toBe(key);
    expect(imageKey("assets/", "p1", Buffer.from("two"))).not.toBe(key);
    expect(VARIANT_NAMES.map((name) => variantKey(key, name))).toEqual([
        `${key}/small.webp`,
        `${key}/medium.webp`,
        `${key}/large.webp`,
    ]);
});

/** A PNG that says that it has these sizes, with a few bytes of data. */
function pngOf(width: number, height: number): Buffer {
    const chunk = (type: string, data: Buffer): Buffer => {
        const body = Buffer.concat([Buffer.from(type), data]);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(data.length);
        const checksum = Buffer.alloc(4);
        checksum.writeUInt32BE(crc32(body));
        return Buffer.concat([length, body, checksum]);
    };
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 2, 0, 0, 0], 8);
    return Buffer.concat([
        Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
        chunk("IHDR", header),
        chunk("IDAT", deflateSync(Buffer.alloc(10_000))),
        chunk("IEND", Buffer.alloc(0)),
    ]);
}

function crc32(data: Buffer): number {
    let crc = 0xffffffff;
    for (const byte of data) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return (crc ^ 0xffffffff) >>> 0;
}
