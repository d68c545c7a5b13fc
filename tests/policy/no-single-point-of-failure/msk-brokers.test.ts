import { mskBrokers } from "../../../policies/no-single-point-of-failure/rules/msk-brokers";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cluster = (numberOfBrokerNodes: unknown, clientSubnets: unknown): TestResource[] => [
    ...["a", "b", "c"].map((zone) => resource("subnet", zone)),
    resource("mskCluster", "events", { numberOfBrokerNodes, brokerNodeGroupInfo: { clientSubnets } }),
];
const three = [ref("a"), ref("b"), ref("c")];

describeRule(mskBrokers, {
    compliant: {
        "three brokers in three subnets": cluster(3, three),
        "six brokers in three subnets of another stack": cluster(6, ["subnet-1", "subnet-2", "subnet-3"]),
    },
    violating: {
        "two brokers in two subnets": {
            resources: cluster(2, [ref("a"), ref("b")]),
            at: ["events", "events"],
            says: /(numberOfBrokerNodes is 2|brokerNodeGroupInfo\.clientSubnets names 2 subnets): .* Fix: set `brokerNodeGroupInfo\.clientSubnets`/,
        },
        "four brokers in two subnets": {
            resources: cluster(4, [ref("a"), ref("b")]),
            at: ["events"],
            says: /brokerNodeGroupInfo\.clientSubnets names 2 subnets/,
        },
        "one subnet named three times": {
            resources: cluster(3, ["subnet-1", "subnet-1", "subnet-1"]),
            at: ["events"],
            says: /clientSubnets names one subnet/,
        },
    },
    unknown: {
        "the number of brokers": {
            resources: cluster(UNKNOWN_VALUE, three),
            at: ["events"],
            says: /numberOfBrokerNodes is not known/,
        },
        "the subnets": {
            resources: cluster(3, UNKNOWN_VALUE),
            at: ["events"],
            says: /brokerNodeGroupInfo\.clientSubnets is not known/,
        },
    },
    notApplicable: {
        "a serverless cluster": [
            { type: "aws:msk/serverlessCluster:ServerlessCluster", name: "events", inputs: { vpcConfigs: [] } },
        ],
    },
});
