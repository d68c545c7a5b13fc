import { createHash, randomBytes } from "node:crypto";
import type { PropertySpec, ResourceSpec } from "../catalogue";
import { checkInputs, documentsToText, type Problem } from "./check";
import { diffInputs, type Change } from "./diff";
import type { Faults, Operation } from "./faults";
import { Generator } from "./generator";
import { nameOf, typeOf } from "./glob";
import { missingAnswer } from "./functions/missing-answer";
import { assertKnown, previewOutputs, realOutputs, updatedOutputs } from "./outputs";
import { root } from "./path";
import { InvokeError, type ComputeContext, type Environment, type PackageRules, type Session } from "./rules";
import { didYouMean } from "./suggest";
import { hasUnknown, openDeep, type ValueMap } from "./values";

export interface CheckOptions {
    randomSeed?: Uint8Array;
    autonaming?: { mode: "propose" | "enforce" | "disable"; proposedName: string };
}

export interface DiffResult {
    changes: (Change & { replaces: boolean })[];
    replaces: string[];
    deleteBeforeReplace: boolean;
}

/** An error that the engine shows as it is, without the frames of this process. */
export class ProviderError extends Error {}

/**
 * What a provider does, without the wire format: the same for all packages, with what is particular to one in its rules.
 */
export class ProviderService {
    constructor(
        private readonly rules: PackageRules,
        private readonly environment: Environment,
        private readonly faults: Faults,
    ) {}

    configure(config: ValueMap): Session {
        const session = this.rules.configure(config, this.environment);
        if (Array.isArray(session)) {
            throw new ProviderError(session.map((problem) => problem.message).join("\n"));
        }
        return session;
    }

    checkConfig(config: ValueMap): Problem[] {
        const spec = this.environment.catalogue.resource(`pulumi:providers:${this.rules.name}`);
        const { version: _, pluginDownloadURL: __, ...own } = config;
        const declared = spec
            ? checkInputs(this.environment.catalogue, `provider ${this.rules.name}`, own, spec.inputs)
            : [];
        if (declared.length > 0 || hasUnknown(config)) {
            return declared;
        }
        const session = this.rules.configure(config, this.environment);
        return Array.isArray(session) ? session : [];
    }

    async check(
        session: Session,
        urn: string,
        olds: ValueMap,
        news: ValueMap,
        options: CheckOptions,
    ): Promise<{ inputs: ValueMap; problems: Problem[] }> {
        await this.fail("check", urn);
        const type = typeOf(urn);
        const spec = this.rules.specOf(this.environment, type, news);
        if (!spec || this.rules.refuseType(type) !== undefined) {
            return { inputs: news, problems: [{ path: "", message: this.unknownType(type) }] };
        }
        const name = nameOf(urn);
        const seed = createHash("sha256")
            .update(options.randomSeed && options.randomSeed.length > 0 ? options.randomSeed : randomBytes(32))
            .digest("hex");
        const context = {
            environment: this.environment,
            session,
            spec,
            urn,
            name,
            ...(Object.keys(olds).length > 0 ? { olds } : {}),
            randomDigits: (length: number) => new Generator(seed).hex(length, urn),
            ...(options.autonaming ? { autonaming: options.autonaming } : {}),
        };
        const prepared = this.rules.prepare(context, documentsToText(news, spec.inputs));
        const problems = checkInputs(this.environment.catalogue, `"${name}" (${type})`, prepared.inputs, spec.inputs);
        return {
            inputs: prepared.inputs,
            problems: [...problems, ...prepared.problems, ...this.rules.validate(context, prepared.inputs)],
        };
    }

    async diff(urn: string, olds: ValueMap, news: ValueMap): Promise<DiffResult> {
        await this.fail("diff", urn);
        const spec = this.spec(urn, news);
        const found = diffInputs(this.environment.catalogue, olds, news, spec.inputs);
        const changes = found.map((change) => ({
            ...change,
            replaces: this.rules.replaces(spec, change, olds, news),
        }));
        const replacing = changes.filter((change) => change.replaces);
        return {
            changes,
            replaces: [...new Set(replacing.map((change) => root(change.path)))],
            deleteBeforeReplace: replacing.length > 0 && this.rules.deleteBeforeReplace(spec, replacing, olds, news),
        };
    }

    async create(
        session: Session,
        urn: string,
        inputs: ValueMap,
        preview: boolean,
    ): Promise<{ id: string; outputs: ValueMap }> {
        const spec = this.spec(urn, inputs);
        if (preview) {
            const context = this.context(session, spec, urn, inputs, `${urn}#preview`);
            return { id: "", outputs: previewOutputs(this.rules, context, inputs) };
        }
        const plan = this.faults.plan("create", urn);
        await plan.before();
        assertKnown(inputs);
        const { cloud } = this.environment;
        const orphan = cloud.orphan(urn);
        let knownId: string | undefined;
        let seed = cloud.nextSeed(urn);
        if (orphan) {
            const { replaces } = await this.diffQuietly(urn, cloud.restore(orphan.inputs, inputs), inputs);
            if (replaces.length > 0 || !this.rules.adoptsOrphans) {
                cloud.delete(urn, orphan.id);
            } else {
                // Made by a run that was killed before the engine heard of it: it is the resource that is asked for.
                knownId = orphan.id;
                seed = orphan.seed;
            }
        }
        const context = this.context(session, spec, urn, inputs, seed, knownId);
        const { id, outputs } = realOutputs(this.rules, context, inputs);
        cloud.put({ urn, id, type: spec.token, seed }, inputs, outputs, secretNames(spec));
        await cloud.flush();
        await plan.after();
        return { id, outputs };
    }

    async update(
        session: Session,
        urn: string,
        id: string,
        change: { oldInputs: ValueMap; oldOutputs: ValueMap; inputs: ValueMap; preview: boolean },
    ): Promise<ValueMap> {
        const spec = this.spec(urn, change.inputs);
        const { cloud } = this.environment;
        const seed = cloud.get(urn, id)?.seed ?? `${urn}#${id}`;
        const context = this.context(session, spec, urn, change.inputs, seed, id);
        if (change.preview) {
            return updatedOutputs(this.rules, context, change);
        }
        const plan = this.faults.plan("update", urn);
        await plan.before();
        assertKnown(change.inputs);
        const plain = openDeep(change.inputs) as ValueMap;
        const refusal = this.rules.refuseUpdate(spec, openDeep(change.oldInputs) as ValueMap, plain);
        if (refusal !== undefined) {
            throw new ProviderError(`updating ${urn}: ${refusal}`);
        }
        const outputs = updatedOutputs(this.rules, context, change);
        cloud.put({ urn, id, type: spec.token, seed }, change.inputs, outputs, secretNames(spec));
        await cloud.flush();
        await plan.after();
        return outputs;
    }

    async delete(urn: string, id: string, outputs: ValueMap): Promise<void> {
        const plan = this.faults.plan("delete", urn);
        await plan.before();
        const { cloud } = this.environment;
        const spec = this.rules.specOf(this.environment, typeOf(urn), outputs);
        // Something that is gone already is deleted.
        const gone = cloud.isGone(urn, id);
        const refusal = spec && !gone ? this.rules.refuseDelete(spec, openDeep(outputs) as ValueMap) : undefined;
        if (refusal !== undefined) {
            throw new ProviderError(`deleting ${urn}: ${refusal}`);
        }
        cloud.delete(urn, id);
        await cloud.flush();
        await plan.after();
    }

    /** Returns undefined if the resource is gone. */
    async read(
        session: Session,
        urn: string,
        id: string,
        state: { inputs: ValueMap; outputs: ValueMap; isRefresh: boolean },
    ): Promise<{ id: string; inputs: ValueMap; outputs: ValueMap } | undefined> {
        const plan = this.faults.plan("read", urn);
        await plan.before();
        const { cloud, fixtures } = this.environment;
        const type = typeOf(urn);
        const live = cloud.get(urn, id) ?? (state.isRefresh ? undefined : cloud.find(type, (one) => one.id === id));
        if (live) {
            return {
                id,
                inputs: cloud.restore(live.inputs, state.inputs),
                outputs: cloud.restore(live.outputs, state.outputs),
            };
        }
        if (cloud.isGone(urn, id)) {
            return undefined;
        }
        if (state.isRefresh) {
            // Never seen here, so the engine's state is all there is to know.
            return { id, inputs: state.inputs, outputs: state.outputs };
        }
        const spec = this.spec(urn, state.outputs);
        const given = (fixtures.resource(type, id) ?? {}) as ValueMap;
        const properties = this.rules.describeById(spec, id, { ...state.outputs, ...given });
        const context = this.context(session, spec, urn, properties, `${type}#${id}`, id);
        const { outputs } = realOutputs(this.rules, context, properties);
        const inputs = pick(properties, spec.inputs);
        return { id, inputs, outputs: { ...outputs, ...pick(properties, spec.outputs) } };
    }

    async invoke(session: Session, token: string, args: ValueMap, preview: boolean): Promise<ValueMap> {
        await this.fail("invoke", token);
        const { catalogue, fixtures } = this.environment;
        const spec = catalogue.function(token);
        if (!spec && !this.rules.ownFunctions.has(token)) {
            const near = didYouMean(token, Object.keys(catalogue.index.functions));
            throw new ProviderError(
                `Unknown function "${token}" of @pulumi/${this.rules.name} ${catalogue.version}.${near}`,
            );
        }
        if (spec && !this.rules.ownFunctions.has(token)) {
            const problems = checkInputs(catalogue, `function ${token}`, args, spec.args);
            if (problems.length > 0) {
                throw new ProviderError(problems.map((problem) => problem.message).join("\n"));
            }
        }
        const plain = openDeep(args) as ValueMap;
        const fixture = fixtures.functionResult(token, plain) as ValueMap | undefined;
        if (fixture) {
            return { ...plain, id: token, ...fixture };
        }
        try {
            const answer = await this.rules.invoke({ environment: this.environment, session, token, preview }, plain);
            if (answer) {
                return answer;
            }
        } catch (error) {
            throw error instanceof InvokeError ? new ProviderError(`${token}: ${error.message}`) : error;
        }
        throw new ProviderError(missingAnswer(token, Object.keys(plain), spec));
    }

    private async diffQuietly(urn: string, olds: ValueMap, news: ValueMap): Promise<{ replaces: string[] }> {
        const spec = this.spec(urn, news);
        const changes = diffInputs(this.environment.catalogue, olds, news, spec.inputs);
        const replaces = changes.filter((change) => this.rules.replaces(spec, change, olds, news));
        return Promise.resolve({ replaces: replaces.map((change) => change.path) });
    }

    private async fail(operation: Operation, urnOrToken: string): Promise<void> {
        const plan = this.faults.plan(operation, urnOrToken);
        await plan.before();
        await plan.after();
    }

    private spec(urn: string, inputs: ValueMap): ResourceSpec {
        const type = typeOf(urn);
        const spec = this.rules.specOf(this.environment, type, inputs);
        if (!spec) {
            throw new ProviderError(this.unknownType(type));
        }
        return spec;
    }

    private unknownType(type: string): string {
        const { catalogue } = this.environment;
        const refusal = this.rules.refuseType(type);
        if (refusal !== undefined) {
            return refusal;
        }
        const near = didYouMean(type, Object.keys(catalogue.index.resources));
        return `Unknown resource type "${type}" of @pulumi/${this.rules.name} ${catalogue.version}.${near}`;
    }

    private context(
        session: Session,
        spec: ResourceSpec,
        urn: string,
        inputs: ValueMap,
        seed: string,
        knownId?: string,
    ): ComputeContext {
        const plain = openDeep(inputs) as ValueMap;
        return {
            environment: this.environment,
            session: this.rules.sessionFor(session, plain),
            spec,
            urn,
            name: nameOf(urn),
            inputs: plain,
            generator: new Generator(seed),
            ...(knownId === undefined ? {} : { knownId }),
        };
    }
}

function secretNames(spec: ResourceSpec): ReadonlySet<string> {
    const inputs = Object.entries(spec.inputs)
        .filter(([name, input]) => input.secret === true || /\wWo$/.test(name))
        .map(([name]) => name);
    return new Set([...spec.secretOutputs, ...inputs]);
}

function pick(map: ValueMap, declared: Record<string, PropertySpec>): ValueMap {
    return Object.fromEntries(Object.entries(map).filter(([name, value]) => name in declared && value !== null));
}
