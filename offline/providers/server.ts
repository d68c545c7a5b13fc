import * as grpc from "@grpc/grpc-js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import plugin from "@pulumi/pulumi/proto/plugin_pb";
import proto from "@pulumi/pulumi/proto/provider_pb";
import services from "@pulumi/pulumi/proto/provider_grpc_pb";
import { FaultError } from "./faults";
import type { Session } from "./rules";
import { ProviderError, type ProviderService } from "./service";
import { decodeStruct, encodeStruct } from "./values";

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;

/** Requests carry inputs of any size: a program may send whole files. */
const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/**
 * Serves one package's provider on a free port of the loopback interface. The engine opens a connection of its own for each
 * provider instance of the program (a second region, say), so the configuration is kept by connection.
 */
export async function serve(service: ProviderService, version: string): Promise<{ port: number; server: grpc.Server }> {
    const server = new grpc.Server(unlimited);
    server.addService(services.ResourceProviderService, handlers(service, version));
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
            if (error) {
                reject(error);
            } else {
                resolve(bound);
            }
        });
    });
    return { port, server };
}

/** The configuration of every connection, and the last one for connections that were opened again. */
class Sessions {
    private readonly byPeer = new Map<string, Session>();
    private last?: Session;

    set(peer: string, session: Session): void {
        this.byPeer.set(peer, session);
        this.last = session;
    }

    get(peer: string): Session {
        const session = this.byPeer.get(peer) ?? this.last;
        if (!session) {
            throw new ProviderError("The provider has not been configured.");
        }
        return session;
    }
}

function handlers(service: ProviderService, version: string): grpc.UntypedServiceImplementation {
    const sessions = new Sessions();
    return {
        handshake: unary(() => {
            const response = new proto.ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            response.setAcceptResources(true);
            response.setAcceptOutputs(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),
        attach: unary(() => new Empty()),
        cancel: unary(() => new Empty()),
        getPluginInfo: unary(() => {
            const response = new plugin.PluginInfo();
            response.setVersion(version);
            return response;
        }),
        checkConfig: unary((call: Call<proto.CheckRequest>) => {
            const response = new proto.CheckResponse();
            response.setInputs(call.request.getNews());
            addFailures(response, service.checkConfig(decodeStruct(call.request.getNews())));
            return response;
        }),
        diffConfig: unary((call: Call<proto.DiffRequest>) => diffConfig(call.request)),
        configure: unary((call: Call<proto.ConfigureRequest>) => {
            sessions.set(call.getPeer(), service.configure(decodeStruct(call.request.getArgs())));
            const response = new proto.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setAcceptresources(true);
            response.setAcceptoutputs(true);
            response.setSupportspreview(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),
        check: unary(async (call: Call<proto.CheckRequest>) => {
            const { request } = call;
            const { inputs, problems } = await service.check(
                sessions.get(call.getPeer()),
                request.getUrn(),
                decodeStruct(request.getOlds()),
                decodeStruct(request.getNews()),
                checkOptions(request),
            );
            const response = new proto.CheckResponse();
            response.setInputs(encodeStruct(inputs));
            addFailures(response, problems);
            return response;
        }),
        diff: unary(async (call: Call<proto.DiffRequest>) => {
            const { request } = call;
            const olds = request.getOldInputs() ?? request.getOlds();
            return diffResponse(
                await service.diff(request.getUrn(), decodeStruct(olds), decodeStruct(request.getNews())),
            );
        }),
        create: unary(async (call: Call<proto.CreateRequest>) => {
            const { request } = call;
            const inputs = decodeStruct(request.getProperties());
            const session = sessions.get(call.getPeer());
            const { id, outputs } = await service.create(session, request.getUrn(), inputs, request.getPreview());
            const response = new proto.CreateResponse();
            response.setId(id);
            response.setProperties(encodeStruct(outputs));
            return response;
        }),
        read: unary(async (call: Call<proto.ReadRequest>) => {
            const { request } = call;
            const state = {
                inputs: decodeStruct(request.getInputs()),
                outputs: decodeStruct(request.getProperties()),
                isRefresh: isRefresh(request),
            };
            const found = await service.read(sessions.get(call.getPeer()), request.getUrn(), request.getId(), state);
            const response = new proto.ReadResponse();
            if (found) {
                response.setId(found.id);
                response.setProperties(encodeStruct(found.outputs));
                response.setInputs(encodeStruct(found.inputs));
            }
            return response;
        }),
        update: unary(async (call: Call<proto.UpdateRequest>) => {
            const { request } = call;
            const outputs = await service.update(sessions.get(call.getPeer()), request.getUrn(), request.getId(), {
                oldInputs: decodeStruct(request.getOldInputs() ?? request.getOlds()),
                oldOutputs: decodeStruct(request.getOlds()),
                inputs: decodeStruct(request.getNews()),
                preview: request.getPreview(),
            });
            const response = new proto.UpdateResponse();
            response.setProperties(encodeStruct(outputs));
            return response;
        }),
        delete: unary(async (call: Call<proto.DeleteRequest>) => {
            const { request } = call;
            await service.delete(request.getUrn(), request.getId(), decodeStruct(request.getProperties()));
            return new Empty();
        }),
        invoke: unary(async (call: Call<proto.InvokeRequest>) => {
            const { request } = call;
            const args = decodeStruct(request.getArgs());
            const session = sessions.get(call.getPeer());
            const answer = await service.invoke(session, request.getTok(), args, request.getPreview());
            const response = new proto.InvokeResponse();
            response.setReturn(encodeStruct(answer));
            return response;
        }),
    };
}

function unary<Request, Response>(
    handler: (call: Call<Request>) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        // `then` on a resolved promise turns what the handler throws at once into a rejection too.
        Promise.resolve(call)
            .then(handler)
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    callback(asStatus(error), null);
                },
            );
    };
}

/** Expected failures are shown as they are; anything else is a mistake in the stand-ins and keeps its frames. */
function asStatus(error: unknown): grpc.ServiceError {
    const expected = error instanceof ProviderError || error instanceof FaultError;
    const message = expected
        ? error.message
        : `offline stand-in: ${error instanceof Error ? error.stack : String(error)}`;
    return Object.assign(new Error(message), {
        code: expected ? grpc.status.UNKNOWN : grpc.status.INTERNAL,
        details: message,
        metadata: new grpc.Metadata(),
    });
}

function addFailures(response: proto.CheckResponse, problems: { path: string; message: string }[]): void {
    for (const problem of problems) {
        const failure = new proto.CheckFailure();
        failure.setProperty(problem.path);
        failure.setReason(problem.message);
        response.addFailures(failure);
    }
}

function checkOptions(request: proto.CheckRequest): Parameters<ProviderService["check"]>[4] {
    const autonaming = request.getAutonaming();
    const modes = ["propose", "enforce", "disable"] as const;
    return {
        randomSeed: request.getRandomseed_asU8(),
        ...(autonaming
            ? {
                  autonaming: {
                      mode: modes[autonaming.getMode()],
                      proposedName: autonaming.getProposedName(),
                  },
              }
            : {}),
    };
}

/** The engine sends an import neither inputs nor state, and a `get` the same twice: what is given to narrow the search. */
function isRefresh(request: proto.ReadRequest): boolean {
    const text = (struct: Struct | undefined): string => JSON.stringify(struct?.toJavaScript() ?? {});
    return request.hasInputs() && text(request.getInputs()) !== text(request.getProperties());
}

/** A provider whose region or account changes manages other resources: the old ones are replaced. */
function diffConfig(request: proto.DiffRequest): proto.DiffResponse {
    const response = new proto.DiffResponse();
    const olds = request.getOldInputs()?.toJavaScript() ?? request.getOlds()?.toJavaScript() ?? {};
    const news = request.getNews()?.toJavaScript() ?? {};
    const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
        (key) => key !== "version" && JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
    );
    response.setDiffsList(changed);
    response.setReplacesList(changed.filter((key) => replacesProvider(key, olds, news)));
    response.setChanges(
        changed.length > 0 ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE,
    );
    return response;
}

/** Whether another value means another region or cluster, and so other resources. Who names his cluster himself decides it alone. */
function replacesProvider(key: string, olds: object, news: object): boolean {
    return "clusterIdentifier" in olds && "clusterIdentifier" in news
        ? key === "clusterIdentifier"
        : ["region", "context", "cluster"].includes(key);
}

function diffResponse(result: Awaited<ReturnType<ProviderService["diff"]>>): proto.DiffResponse {
    const response = new proto.DiffResponse();
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    response.setChanges(result.changes.length > 0 ? DIFF_SOME : DIFF_NONE);
    response.setReplacesList(result.replaces);
    response.setDeletebeforereplace(result.deleteBeforeReplace);
    response.setHasdetaileddiff(true);
    const kinds = proto.PropertyDiff.Kind;
    for (const change of result.changes) {
        const entry = new proto.PropertyDiff();
        const plain = { add: kinds.ADD, delete: kinds.DELETE, update: kinds.UPDATE };
        const replacing = { add: kinds.ADD_REPLACE, delete: kinds.DELETE_REPLACE, update: kinds.UPDATE_REPLACE };
        entry.setKind((change.replaces ? replacing : plain)[change.kind]);
        entry.setInputdiff(true);
        response.getDetaileddiffMap().set(change.path, entry);
    }
    response.setDiffsList([
        ...new Set(result.changes.map((change) => /^[^.[]+/.exec(change.path)?.[0] ?? change.path)),
    ]);
    return response;
}
