/**
 * The same architecture as Headroom's prod stack, written with aws-cdk-lib's own constructs and judged by cdk-nag.
 *
 * `node dist/app.js OUTDIR` synthesizes it as `cdk synth` would: no command line, no look-ups, account and region fixed.
 */
import { readFileSync } from "node:fs";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { acknowledge } from "./acknowledgments";
import { EdgeStack } from "./edge-stack";
import { PlatformStack } from "./platform-stack";

const account = "123456789012";
const domainName = "shop.example.com";

// What `cdk init` writes into a new project's cdk.json.
const flags = require.resolve("aws-cdk-lib/recommended-feature-flags.json");
const context = JSON.parse(readFileSync(flags, "utf8")) as Record<string, unknown>;

const app = new App({ outdir: process.argv[2] ?? "cdk.out", context });
const edge = new EdgeStack(app, "HeadroomEdge", {
    env: { account, region: "us-east-1" },
    crossRegionReferences: true,
    domainName,
});
new PlatformStack(app, "Headroom", {
    env: { account, region: "eu-central-1" },
    crossRegionReferences: true,
    domainName,
    edge,
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
acknowledge(app);
app.synth();
