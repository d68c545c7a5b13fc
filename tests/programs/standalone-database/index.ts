/**
 * The database alone, in a network that was made elsewhere: what a team does that wants one component and not the platform.
 */
import * as aws from "@pulumi/aws";
import { Database } from "../../../components/database";
import { EncryptionKey } from "../../../components/encryption-key";
import { NetworkReference, Zone } from "../../../components/network-reference";

const vpc = new aws.ec2.Vpc("elsewhere", { cidrBlock: "10.80.0.0/16" });

const zones: Zone[] = ["a", "b", "c"].map((letter, index) => ({
    id: `euw1-az${String(index + 1)}`,
    key: `az${String(index + 1)}`,
    name: `eu-west-1${letter}`,
}));

const network: NetworkReference = {
    vpcId: vpc.id,
    cidrBlock: vpc.cidrBlock,
    region: "eu-west-1",
    zones,
    publicSubnets: [],
    privateSubnets: [],
    isolatedSubnets: zones.map((zone, index) => ({
        zone,
        id: new aws.ec2.Subnet(`elsewhere-${zone.key}`, {
            vpcId: vpc.id,
            cidrBlock: `10.80.${String(index)}.0/24`,
            availabilityZoneId: zone.id,
        }).id,
    })),
    egressReady: [],
};

const key = new EncryptionKey("orders", { purpose: "orders", users: ["rds", "secretsmanager", "logs"] });

const orders = new Database("orders", {
    network,
    key,
    secretsKey: key,
    logsKey: key,
    databaseName: "orders",
    instanceClass: "db.r8g.large",
    storageGib: 100,
    maxStorageGib: 1_000,
    replicas: 2,
    // A program that is made to be destroyed again.
    deletionProtection: false,
});

export const writer = orders.writer.environment;
export const reader = orders.reader.environment;
