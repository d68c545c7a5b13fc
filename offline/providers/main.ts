import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Catalogue, type PackageName } from "../catalogue";
import { awsRules } from "./aws/rules";
import { Cloud } from "./cloud";
import { Faults } from "./faults";
import { Fixtures } from "./fixtures";
import { kubernetesRules } from "./kubernetes/rules";
import { parseOptions } from "./options";
import { randomRules } from "./random/rules";
import type { PackageRules } from "./rules";
import { serve } from "./server";
import { ProviderService } from "./service";

/** Starts the stand-ins for all three packages and says on standard output where they listen. */
async function main(): Promise<void> {
    const options = parseOptions(process.env["HEADROOM_STANDIN"]);
    const known =
        options.knownFile !== undefined && existsSync(options.knownFile)
            ? new Set(JSON.parse(readFileSync(options.knownFile, "utf8")) as string[])
            : undefined;
    const key = options.keyFile === undefined ? undefined : readFileSync(options.keyFile, "utf8");
    const cloud = new Cloud(options.cloudFile, known, key);
    const faults = Faults.load(options.faultsFile);
    const fixtures = Fixtures.load(options.fixturesFile);
    const folders = [options.programDir, join(__dirname, "../..")];
    const ports: Partial<Record<PackageName, number>> = {};
    const packages: PackageRules[] = [awsRules, randomRules, kubernetesRules];
    for (const rules of packages) {
        const catalogue = Catalogue.open(rules.name, folders, options.cacheDir);
        const environment = { catalogue, cloud, fixtures, accountId: options.accountId };
        const { port } = await serve(new ProviderService(rules, environment, faults), catalogue.version);
        ports[rules.name] = port;
    }
    process.stdout.write(`${JSON.stringify(ports)}\n`);
}

// The parent holds our standard input open for as long as it lives.
process.stdin.on("end", () => process.exit(0));
process.stdin.on("close", () => process.exit(0));
process.stdin.resume();
process.on("SIGTERM", () => process.exit(0));

main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
});
