/** Every rule of the pack. A new rule is a file beside this one and a line in the list. */
import type { Rule } from "../../shared/rule";
import { alarmActions } from "./alarm-actions";
import { alarmCoverage } from "./alarm-coverage";
import { alarmTopicSubscribed } from "./alarm-topic-subscribed";
import { asgElbHealth } from "./asg-elb-health";
import { asgMinTwo } from "./asg-min-two";
import { asgMultiAz } from "./asg-multi-az";
import { auroraTwoInstances } from "./aurora-two-instances";
import { azLossCapacity } from "./az-loss-capacity";
import { cloudfrontFailoverDistinct } from "./cloudfront-failover-distinct";
import { cloudfrontOriginFailover } from "./cloudfront-origin-failover";
import { dbSubnetGroupAzs } from "./db-subnet-group-azs";
import { dlqAlarm } from "./dlq-alarm";
import { dlqRetention } from "./dlq-retention";
import { dnsFailoverHealth } from "./dns-failover-health";
import { ecsAutoscaled } from "./ecs-autoscaled";
import { ecsCircuitBreaker } from "./ecs-circuit-breaker";
import { ecsMinHealthy } from "./ecs-min-healthy";
import { ecsMinTasks } from "./ecs-min-tasks";
import { ecsMultiAz } from "./ecs-multi-az";
import { ecsSpotOnly } from "./ecs-spot-only";
import { efsBackup } from "./efs-backup";
import { efsMountPerAz } from "./efs-mount-per-az";
import { efsRegional } from "./efs-regional";
import { eksNodesHa } from "./eks-nodes-ha";
import { eksSpotOnly } from "./eks-spot-only";
import { elasticacheBackup } from "./elasticache-backup";
import { elasticacheMultiAz } from "./elasticache-multi-az";
import { elasticacheSingleNode } from "./elasticache-single-node";
import { endpointMultiAz } from "./endpoint-multi-az";
import { k8sHpaMin } from "./k8s-hpa-min";
import { k8sHpaTarget } from "./k8s-hpa-target";
import { k8sMinReplicas } from "./k8s-min-replicas";
import { k8sPdbDrainable } from "./k8s-pdb-drainable";
import { k8sPdbRequired } from "./k8s-pdb-required";
import { k8sPdbUseless } from "./k8s-pdb-useless";
import { k8sProbes } from "./k8s-probes";
import { k8sRollingUpdate } from "./k8s-rolling-update";
import { k8sSpreadSelector } from "./k8s-spread-selector";
import { k8sZonalVolume } from "./k8s-zonal-volume";
import { k8sZoneSpread } from "./k8s-zone-spread";
import { kmsDeletionWindow } from "./kms-deletion-window";
import { lbCrossZone } from "./lb-cross-zone";
import { lbDeletionProtection } from "./lb-deletion-protection";
import { lbHealthCheck } from "./lb-health-check";
import { lbMultiAz } from "./lb-multi-az";
import { lbTargetAzMatch } from "./lb-target-az-match";
import { mskBrokers } from "./msk-brokers";
import { mskReplication } from "./msk-replication";
import { natPerAz } from "./nat-per-az";
import { noIgnoreChangesGuarded } from "./no-ignore-changes-guarded";
import { rdsBackup } from "./rds-backup";
import { rdsDeletionProtection } from "./rds-deletion-protection";
import { rdsMultiAz } from "./rds-multi-az";
import { rdsReplicaOtherAz } from "./rds-replica-other-az";
import { s3Replication } from "./s3-replication";
import { s3Versioning } from "./s3-versioning";
import { scalingHeadroom } from "./scaling-headroom";
import { snsSubscriptionDlq } from "./sns-subscription-dlq";
import { sqsDlq } from "./sqs-dlq";
import { subnetsSpanAzs } from "./subnets-span-azs";
import { wafAttached } from "./waf-attached";

const judging: readonly Rule[] = [
    alarmActions,
    alarmCoverage,
    alarmTopicSubscribed,
    asgElbHealth,
    asgMinTwo,
    asgMultiAz,
    auroraTwoInstances,
    azLossCapacity,
    cloudfrontFailoverDistinct,
    cloudfrontOriginFailover,
    dbSubnetGroupAzs,
    dlqAlarm,
    dlqRetention,
    dnsFailoverHealth,
    ecsAutoscaled,
    ecsCircuitBreaker,
    ecsMinHealthy,
    ecsMinTasks,
    ecsMultiAz,
    ecsSpotOnly,
    efsBackup,
    efsMountPerAz,
    efsRegional,
    eksNodesHa,
    eksSpotOnly,
    elasticacheBackup,
    elasticacheMultiAz,
    elasticacheSingleNode,
    endpointMultiAz,
    k8sHpaMin,
    k8sHpaTarget,
    k8sMinReplicas,
    k8sPdbDrainable,
    k8sPdbRequired,
    k8sPdbUseless,
    k8sProbes,
    k8sRollingUpdate,
    k8sSpreadSelector,
    k8sZonalVolume,
    k8sZoneSpread,
    kmsDeletionWindow,
    lbCrossZone,
    lbDeletionProtection,
    lbHealthCheck,
    lbMultiAz,
    lbTargetAzMatch,
    mskBrokers,
    mskReplication,
    natPerAz,
    rdsBackup,
    rdsDeletionProtection,
    rdsMultiAz,
    rdsReplicaOtherAz,
    s3Replication,
    s3Versioning,
    scalingHeadroom,
    snsSubscriptionDlq,
    sqsDlq,
    subnetsSpanAzs,
    wafAttached,
];

export const rules: readonly Rule[] = [...judging, noIgnoreChangesGuarded(judging)];
