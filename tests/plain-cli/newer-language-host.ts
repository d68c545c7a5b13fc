/**
 * Pulumi's own language host for Node.js, with the one method that its pinned version is too old for: RunPlugin, by which
 * newer engines start a policy pack. Every other call goes to the host itself.
 *
 * Usage, as the engine calls a language host: newer-language-host.ts [flags] <engine's address>; HEADROOM_LANGUAGE_HOST is the
 * path of the host.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import * as readline from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeClient, LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";

async function startHost(): Promise<LanguageRuntimeClient> {
    const host = spawn(String(process.env["HEADROOM_LANGUAGE_HOST"]), process.argv.slice(2), {
        stdio: ["ignore", "pipe", "inherit"],
    });
    process.on("exit", () => host.kill());
    const [port] = (await once(readline.createInterface({ input: host.stdout }), "line")) as [string];
    return new LanguageRuntimeClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
}

/** Starts a policy pack in the folder that the engine names, as the newer host does. */
function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>): void {
    const request = call.request;
    const pack = path.resolve(request.getPwd(), String(request.getInfo()?.getProgramDirectory()));
    const run = require.resolve("@pulumi/pulumi/cmd/run-policy-pack", { paths: [pack] });
    const env = Object.fromEntries(
        request.getEnvList().map((entry): [string, string] => {
            const [name = "", ...value] = entry.split("=");
            return [name, value.join("=")];
        }),
    );
    const options = request.getInfo()?.getOptions()?.toJavaScript() ?? {};
    const plugin = spawn(process.execPath, [run, ...request.getArgsList(), pack], {
        cwd: pack,
        env: { ...process.env, ...env, PULUMI_NODEJS_TYPESCRIPT: String(options["typescript"] !== false) },
        stdio: ["ignore", "pipe", "pipe"],
    });
    plugin.stdout.on("data", (data: Buffer) => call.write(new RunPluginResponse().setStdout(data)));
    plugin.stderr.on("data", (data: Buffer) => call.write(new RunPluginResponse().setStderr(data)));
    plugin.on("close", (code) => {
        call.write(new RunPluginResponse().setExitcode(code ?? 1));
        call.end();
    });
    call.on("cancelled", () => plugin.kill());
    process.on("exit", () => plugin.kill());
}

async function main(): Promise<void> {
    const host = await startHost();
    const handlers: grpc.UntypedServiceImplementation = {};
    for (const [name, method] of Object.entries(LanguageRuntimeService as grpc.ServiceDefinition)) {
        handlers[name] = method.responseStream
            ? (call: grpc.ServerWritableStream<unknown, unknown>) => {
                  host.makeServerStreamRequest(
                      method.path,
                      method.requestSerialize,
                      method.responseDeserialize,
                      call.request,
                  )
                      .on("data", (data) => call.write(data))
                      .on("error", (error) => call.destroy(error))
                      .on("end", () => {
                          call.end();
                      });
              }
            : (call: grpc.ServerUnaryCall<unknown, unknown>, answer: grpc.sendUnaryData<unknown>) => {
                  host.makeUnaryRequest(
                      method.path,
                      method.requestSerialize,
                      method.responseDeserialize,
                      call.request,
                      (error, response) => {
                          answer(error, response);
                      },
                  );
              };
    }
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
    server.addService(LanguageRuntimeService, { ...handlers, runPlugin });
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error !== null) {
            throw error;
        }
        console.log(port);
    });
    process.on("SIGTERM", () => process.exit(0));
}

void main();
