import { requestsMetric, backlogMetric } from "./autoscaling";
import { monitoringNamespace } from "./monitoring-namespace";
import { metricsPortName } from "./pod-template";

/** The counter of requests as the application's Prometheus endpoint names it: each histogram has a count. */
export const requestCounter = "http_server_request_duration_count";

/** Groups of rules of the chart that only alert. Ours come from signals: none without a threshold that is ours, and a runbook. */
const alertingGroups = [
    "alertmanager",
    "configReloaders",
    "etcd",
    "general",
    "kubeApiserverSlos",
    "kubeControllerManager",
    "kubelet",
    "kubeProxy",
    "kubeSchedulerAlerting",
    "kubeStateMetrics",
    "kubernetesApps",
    "kubernetesResources",
    "kubernetesStorage",
    "kubernetesSystem",
    "network",
    "nodeExporterAlerting",
    "nodeExporterRecording",
    "prometheus",
    "prometheusOperator",
    "windows",
];

/** Of the control plane EKS shows the API server alone. */
const hiddenByEks = ["kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy"];

export interface PrometheusFacts {
    /** Days that metrics are kept. */
    readonly retentionDays: number;
    /** GiB of each volume. */
    readonly volumeSize: number;
    /** A class that encrypts; the cluster's default class where none is named. */
    readonly storageClassName: string | undefined;
}

/** https://gallery.ecr.aws/docker/library/busybox */
const busybox = { registry: "public.ecr.aws", repository: "docker/library/busybox", tag: "1.37.0" };

const restricted = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

/** Two of them, never on one node, and in two zones where that is possible. */
const twice = (name: string) => ({
    replicas: 2,
    podAntiAffinity: "hard",
    topologySpreadConstraints: [
        {
            maxSkew: 1,
            topologyKey: "topology.kubernetes.io/zone",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { "app.kubernetes.io/name": name } },
        },
    ],
});

/** Looks at every object of its kind, whoever made it, in every namespace, and not only at those of the chart's own release. */
const everyObject = Object.fromEntries(
    ["podMonitor", "serviceMonitor", "rule", "probe", "scrapeConfig"].map((kind) => [
        `${kind}SelectorNilUsesHelmValues`,
        false,
    ]),
);

/** What Prometheus keeps leaves this share of its volume free, so that the volume does not fill up before old metrics go. */
const usedShare = 0.85;

/**
 * The values of the chart kube-prometheus-stack.
 * https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack
 */
export function prometheusValues({ retentionDays, volumeSize, storageClassName }: PrometheusFacts) {
    return {
        fullnameOverride: "prometheus",
        // Helm installs definitions and never changes them again: a job does it. The chart's own choice of an image for it has no
        // version, and comes from a registry that refuses whoever asks too often.
        crds: { enabled: true, upgradeJob: { enabled: true, image: { busybox } } },
        defaultRules: {
            create: true,
            rules: Object.fromEntries(alertingGroups.map((group) => [group, false])),
        },
        ...Object.fromEntries(hiddenByEks.map((part) => [part, { enabled: false }])),
        // It would need the nodes' own network and files, and Container Insights measures nodes already.
        nodeExporter: { enabled: false },
        prometheus: {
            podDisruptionBudget: { enabled: true, maxUnavailable: 1, minAvailable: "" },
            prometheusSpec: {
                ...twice("prometheus"),
                ...everyObject,
                retention: `${String(retentionDays)}d`,
                retentionSize: `${String(Math.floor(volumeSize * usedShare))}GiB`,
                walCompression: true,
                scrapeInterval: "30s",
                evaluationInterval: "30s",
                resources: { requests: { cpu: "250m", memory: "2Gi" }, limits: { memory: "2Gi" } },
                storageSpec: {
                    volumeClaimTemplate: {
                        spec: {
                            ...(storageClassName === undefined ? {} : { storageClassName }),
                            accessModes: ["ReadWriteOnce"],
                            resources: { requests: { storage: `${String(volumeSize)}Gi` } },
                        },
                    },
                },
            },
        },
        alertmanager: {
            podDisruptionBudget: { enabled: true, maxUnavailable: 1, minAvailable: "" },
            // CloudWatch pages. Whoever wants alerts from here as well gives it a receiver, and hears of everything twice. "null" is
            // what the chart calls the receiver that tells nobody, and its own routes, which are merged with these, lead there.
            config: {
                route: { receiver: "null", group_by: ["alertname", "namespace"] },
                receivers: [{ name: "null" }],
            },
            alertmanagerSpec: {
                ...twice("alertmanager"),
                // Its own project's manifests (kube-prometheus) give it 100 MiB.
                resources: { requests: { cpu: "25m", memory: "128Mi" }, limits: { memory: "128Mi" } },
            },
        },
        prometheusOperator: {
            resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "256Mi" } },
        },
        "kube-state-metrics": {
            resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "256Mi" } },
        },
        grafana: grafanaValues(),
    };
}

/**
 * What Grafana may read in all namespaces: dashboards are ConfigMaps. The chart's own role reads all Secrets as well, those of the
 * application among them.
 */
const grafanaReader = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "grafana-config-maps" },
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
};

/**
 * Nobody signs in to Grafana, and it has nothing that could be changed: it shows what is in ConfigMaps. The way to it is
 * `kubectl port-forward`, for which IAM is asked; from inside the cluster a network policy keeps others out. So there is no
 * password that anybody could know.
 */
function grafanaValues() {
    return {
        replicas: 2,
        podDisruptionBudget: { maxUnavailable: 1 },
        deploymentStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        persistence: { enabled: false },
        rbac: { useExistingClusterRole: grafanaReader.metadata.name },
        extraObjects: [grafanaReader],
        defaultDashboardsEnabled: true,
        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "256Mi" } },
        containerSecurityContext: {
            ...restricted,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
        },
        "grafana.ini": {
            analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
            auth: { disable_login_form: true },
            "auth.basic": { enabled: false },
            "auth.anonymous": { enabled: true, org_role: "Viewer" },
            users: { allow_sign_up: false },
            // Rules live in Prometheus.
            unified_alerting: { enabled: false },
        },
        sidecar: {
            dashboards: {
                enabled: true,
                resource: "configmap",
                label: "grafana_dashboard",
                labelValue: "1",
                searchNamespace: "ALL",
                folderAnnotation: "grafana_folder",
                provider: { foldersFromFilesStructure: true, allowUiUpdates: false, disableDelete: true },
                // Asking Grafana to load them would need the password. It looks for itself.
                skipReload: true,
            },
            datasources: {
                enabled: true,
                resource: "configmap",
                defaultDatasourceEnabled: true,
                initDatasources: true,
                skipReload: true,
            },
        },
    };
}

/**
 * The values of the chart prometheus-adapter, which serves what autoscalers read.
 * https://github.com/prometheus-community/helm-charts/tree/main/charts/prometheus-adapter
 *
 * @param servesBacklogs whether it serves the backlogs of queues as well. Not beside KEDA: there is one API of external metrics in
 * a cluster, and KEDA has it.
 */
export function adapterValues(servesBacklogs: boolean) {
    return {
        fullnameOverride: "prometheus-adapter",
        replicas: 2,
        podDisruptionBudget: { enabled: true, maxUnavailable: 1, minAvailable: null },
        prometheus: { url: `http://prometheus-prometheus.${monitoringNamespace}.svc`, port: 9090 },
        metricsRelistInterval: "1m",
        resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "256Mi" } },
        rules: {
            default: false,
            custom: [requestsRule],
            ...(servesBacklogs ? { external: [backlogRule] } : {}),
        },
    };
}

/** Pods whose port of metrics is read, among them those that nobody asked anything yet. */
const readPods = `up{<<.LabelMatchers>>,endpoint="${metricsPortName}"} == 1`;

/**
 * A counter begins with the first request that it counts, and while no pod has one, an autoscaler knows nothing and takes no pod away.
 * So a pod that has been read for two minutes and has no rate answers nothing. A younger one has no value at all, and neither has one
 * that cannot be read: the autoscaler then takes it for one that does as it should.
 */
const requestsRule = {
    seriesQuery: `up{namespace!="",pod!="",endpoint="${metricsPortName}"}`,
    resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
    name: { matches: "^up$", as: requestsMetric },
    metricsQuery: [
        `sum(rate(${requestCounter}{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)`,
        `sum(0 * (${readPods} and ${readPods.replace("} ==", "} offset 2m ==")})) by (<<.GroupBy>>)`,
    ].join(" or "),
};

const backlogRule = {
    seriesQuery: backlogMetric.name,
    // The exporter's own namespace says nothing of who may read the backlog.
    resources: { namespaced: false },
    name: { matches: `^${backlogMetric.name}$`, as: backlogMetric.name },
    metricsQuery: "max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
};
