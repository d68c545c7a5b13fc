// The queue server's process: fauxqs (SQS, S3 and SNS) on the loopback interface, with what the stack would have created.
// Started by queue.ts with Node 22 or newer; it tells its port to its parent, and ends with it.
import { AsyncLocalStorage } from "node:async_hooks";
import net from "node:net";

/**
 * fauxqs listens on every interface, and lets anybody in: a twin must not be an open store in somebody's network.
 * It has no setting for that.
 */
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function listenOnLoopback(...args) {
    const [options] = args;
    if (typeof options === "object" && options !== null && "port" in options)
        args[0] = { ...options, host: "127.0.0.1" };
    return listen.apply(this, args);
};

/** The channel to the parent closes however the parent ended. */
process.on("disconnect", () => process.exit(0));

const { startFauxqs } = await import("fauxqs");
const { PersistenceManager } = await import(new URL("./persistence.js", import.meta.resolve("fauxqs")).href);

/**
 * fauxqs 2.4.1 cannot keep the return of a message (a visibility of 0): it writes NULL into a column that must not be, answers
 * 500, and has forgotten the message until it starts again. This writes what it meant to.
 */
if (typeof PersistenceManager.prototype.updateMessageReady !== "function") {
    throw new Error(
        "this fauxqs keeps messages in another way: look whether the correction of updateMessageReady is needed",
    );
}
PersistenceManager.prototype.updateMessageReady = function updateMessageReady(messageId) {
    const text = "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?";
    this.db.prepare(text).run(messageId);
};

const { SqsRouter } = await import(new URL("./sqs/sqsRouter.js", import.meta.resolve("fauxqs")).href);
const { SqsQueue } = await import(new URL("./sqs/sqsStore.js", import.meta.resolve("fauxqs")).href);

/**
 * fauxqs 2.4.1 goes on waiting for messages in the name of a client that is gone, and hands it the next ones: they would stay
 * hidden, and count as received, for a worker that was killed. This forgets the request when its connection closes.
 */
const answers = new AsyncLocalStorage();
const { handle } = SqsRouter.prototype;
SqsRouter.prototype.handle = function handleWithAnswer(request, reply) {
    return answers.run(reply.raw, () => handle.call(this, request, reply));
};
const { waitForMessages } = SqsQueue.prototype;
SqsQueue.prototype.waitForMessages = function waitForMessagesWhileConnected(seconds) {
    const answered = waitForMessages.call(this, seconds);
    const waiter = this.pollWaiters.at(-1);
    answers.getStore()?.once("close", () => {
        const index = this.pollWaiters.indexOf(waiter);
        if (index === -1) return;
        clearTimeout(waiter.timer);
        this.pollWaiters.splice(index, 1);
        this.stopPollTimerIfEmpty();
    });
    return answered;
};

const options = JSON.parse(process.argv[2] ?? "{}");

// `init` skips what is there already. The methods that create a queue would empty one of the same name.
const server = await startFauxqs({
    port: options.port,
    dataDir: options.folder,
    defaultRegion: options.region,
    logger: false,
    init: options.init,
});

let stopping = false;
process.on("SIGTERM", () => {
    if (stopping) return;
    stopping = true;
    void server.stop().finally(() => process.exit(0));
});
process.on("SIGINT", () => undefined); // Ctrl-C reaches the whole group: the parent decides when to stop.

process.send?.({ port: server.port });
