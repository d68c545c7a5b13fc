/**
 * The layers: index.ts → components; offline, policies and app stand beside them and know nothing of each other. The twin reads
 * the settings and starts the service; nothing knows the twin.
 *
 * @type {import("dependency-cruiser").IConfiguration}
 */
module.exports = {
    forbidden: [
        {
            name: "components-stand-alone",
            comment: "A component can be taken into another program: it needs components and packages only.",
            severity: "error",
            from: { path: "^components/" },
            to: { path: "^(index\\.ts|offline|policies|app|tests|twin|scripts|bench)(/|$)" },
        },
        {
            name: "no-component-reads-settings",
            comment: "Settings are resolved once, in index.ts; a component takes arguments.",
            severity: "error",
            from: {
                path: "^components/",
                pathNot: "^components/(settings|settings-kubernetes|settings-schema|stages)\\.ts$",
            },
            to: { path: "^components/(settings|settings-kubernetes|settings-schema|stages)\\.ts$" },
        },
        {
            name: "ecs-stays-in-its-folder",
            comment: "ECS is one compute target: only the factory and the settings (for Fargate's sizes) may know it.",
            severity: "error",
            from: {
                path: "^(components/|index\\.ts)",
                pathNot: "^components/(ecs/|create-compute\\.ts|settings\\.ts)",
            },
            to: { path: "^components/ecs/" },
        },
        {
            name: "kubernetes-stays-in-its-folder",
            comment:
                "Kubernetes is one compute target: only the factory and the settings (for clusters and nodes) may know it.",
            severity: "error",
            from: {
                path: "^(components/|index\\.ts)",
                pathNot: "^components/(kubernetes/|create-compute\\.ts|settings(-kubernetes|-schema)?\\.ts)",
            },
            to: { path: "^components/kubernetes/" },
        },
        {
            name: "composition-knows-components-only",
            severity: "error",
            from: { path: "^index\\.ts$" },
            to: { pathNot: "^(components/|node_modules/)" },
        },
        {
            name: "policies-import-nothing-of-ours",
            comment: "A pack is installed for programs that are not ours.",
            severity: "error",
            from: { path: "^policies/" },
            to: { path: "^(index\\.ts|components|offline|app|tests|twin|scripts|bench)(/|$)" },
        },
        {
            name: "packs-do-not-know-each-other",
            severity: "error",
            from: { path: "^policies/([^/]+)/", pathNot: "^policies/shared/" },
            to: { path: "^policies/([^/]+)/", pathNot: "^policies/($1|shared)/" },
        },
        {
            name: "offline-runs-any-program",
            comment: "The offline engine knows Pulumi, not our architecture.",
            severity: "error",
            from: { path: "^offline/" },
            to: { path: "^(index\\.ts|components|policies|app|tests|twin|bench)(/|$)" },
        },
        {
            name: "app-stands-alone",
            severity: "error",
            from: { path: "^app/" },
            to: { path: "^(index\\.ts|components|policies|offline|tests|twin|scripts|bench)(/|$)" },
        },
        {
            name: "twin-runs-the-built-service",
            comment:
                "The twin starts the service as the image has it; it shares no code with it but what servers need to start.",
            severity: "error",
            from: { path: "^twin/" },
            to: { path: "^(index\\.ts|policies|tests|scripts|bench|app/(?!src/certificate\\.ts))" },
        },
        { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
        {
            name: "not-to-unresolvable",
            severity: "error",
            from: {},
            to: { couldNotResolve: true },
        },
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        exclude: { path: "(^|/)(dist|\\.headroom)/" },
        tsPreCompilationDeps: true,
        tsConfig: { fileName: "tsconfig.json" },
        enhancedResolveOptions: {
            exportsFields: ["exports"],
            conditionNames: ["import", "require", "node", "default"],
        },
    },
};
