import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { FLAG_NAMES, FLAGS, type Flags, openFlags } from "../../../app/src/flags/flags";
import { recordingLog } from "../support/recording-log";
import { eventually } from "../support/eventually";

/** Stands in for the AppConfig agent: answers a document, or whatever a test makes it answer. */
class Agent {
    document: unknown = {};
    status = 200;
    requests = 0;
    readonly #server: Server = createServer((_request, response) => {
        this.requests++;
        response.writeHead(this.status, { "content-type": "application/json" });
        response.end(typeof this.document === "string" ? this.document : JSON.stringify(this.document));
    });

    async start(port = 0): Promise<this> {
        await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
        return this;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/applications/shop/flags`;
    }

    async stop(): Promise<void> {
        this.#server.closeAllConnections();
        await new Promise((resolve) => this.#server.close(resolve));
    }
}

describe("feature flags", () => {
    let agent: Agent;
    const opened: Flags[] = [];
    const log = recordingLog();

    beforeEach(async () => {
        agent = await new Agent().start();
    });
    afterEach(async () => {
        for (const flags of opened.splice(0)) flags.close();
        await agent.stop();
    });

    async function open(url: string): Promise<Flags> {
        const flags = await openFlags({ url, pollSeconds: 0.1 }, log);
        opened.push(flags);
        return flags;
    }

    test("have their defaults where no agent is configured", async () => {
        const flags = await open("");
        for (const name of FLAG_NAMES) expect(await flags.isEnabled(name)).toBe(FLAGS[name]);
    });

    test("are read before the first question", async () => {
        agent.document = { recommendations: { enabled: false } };
        const flags = await open(agent.url);
        expect(await flags.isEnabled("recommendations")).toBe(false);
        expect(await flags.isEnabled("checkout")).toBe(FLAGS.checkout);
    });

    test("change while the process runs", async () => {
        const flags = await open(agent.url);
        expect(await flags.isEnabled("checkout")).toBe(true);
        agent.document = { checkout: { enabled: false, note: "attributes are allowed" }, unknown: { enabled: true } };
        await eventually("checkout is off", async () => !(await flags.isEnabled("checkout")));
        agent.document = {};
        await eventually("checkout is back to its default", () => flags.isEnabled("checkout"));
    });

    test.each<[string, (agent: Agent) => void]>([
        ["an error of the agent", (broken) => (broken.status = 500)],
        ["a document that is no JSON", (broken) => (broken.document = "<html>")],
        ["a document of another form", (broken) => (broken.document = { recommendations: "off" })],
    ])("keep their last known values over %s", async (_what, breakIt) => {
        agent.document = { recommendations: { enabled: false } };
        const flags = await open(agent.url);
        breakIt(agent);
        const before = agent.requests;
        await eventually("the agent was asked twice more", () => agent.requests >= before + 2);
        expect(await flags.isEnabled("recommendations")).toBe(false);
        expect(log.messages()).toContain("feature flags cannot be read: the last known values hold");
    });

    test("start with their defaults while the agent is not there, and are read when it is", async () => {
        const { url } = agent;
        const port = Number(new URL(url).port);
        await agent.stop();
        const flags = await open(url);
        expect(await flags.isEnabled("recommendations")).toBe(true);

        agent = new Agent();
        agent.document = { recommendations: { enabled: false } };
        await agent.start(port);
        await eventually("the flag is off", async () => !(await flags.isEnabled("recommendations")));
    });

    test("of two instances in one process do not mix", async () => {
        agent.document = { recommendations: { enabled: false } };
        const [first, second] = [await open(agent.url), await open("")];
        expect(await first.isEnabled("recommendations")).toBe(false);
        expect(await second.isEnabled("recommendations")).toBe(true);
    });
});
