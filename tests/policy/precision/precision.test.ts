/**
 * Precision: programs in the shape of well-known public examples, and for each exactly what a careful engineer expects the
 * packs to find in it. A finding more is a false alarm, one less is a miss.
 */
import type { OperationResult } from "../../../offline/stack";
import { bundlePacks, cleanUp, open } from "../engine/judged";
import { line, lines, type Example } from "./expectation";
import { airflowEcs } from "./programs/airflow-ecs";
import { awsxFargate } from "./programs/awsx-fargate";
import { clickstream } from "./programs/clickstream";
import { ecsSpot } from "./programs/ecs-spot";
import { eksAutoMode } from "./programs/eks-auto-mode";
import { eksGuestbook } from "./programs/eks-guestbook";
import { game2048 } from "./programs/game-2048";
import { imagePipeline } from "./programs/image-pipeline";
import { jenkinsEfs } from "./programs/jenkins-efs";
import { kafkaConsumer } from "./programs/kafka-consumer";
import { magento } from "./programs/magento";
import { mastodon } from "./programs/mastodon";
import { onlineBoutique } from "./programs/online-boutique";
import { orderEvents } from "./programs/order-events";
import { phpApache } from "./programs/php-apache";
import { serverlessApi } from "./programs/serverless-api";
import { staticWebsite } from "./programs/static-website";
import { threeTier } from "./programs/three-tier";
import { votingApp } from "./programs/voting-app";
import { webWithWorkers } from "./programs/web-with-workers";
import { wordpressFargate } from "./programs/wordpress-fargate";
import { wordpressMysql } from "./programs/wordpress-mysql";
import { zookeeper } from "./programs/zookeeper";

const EXAMPLES: Readonly<Record<string, Example>> = {
    "airflow-ecs": airflowEcs,
    "awsx-fargate": awsxFargate,
    clickstream,
    "ecs-spot": ecsSpot,
    "eks-auto-mode": eksAutoMode,
    "eks-guestbook": eksGuestbook,
    "game-2048": game2048,
    "image-pipeline": imagePipeline,
    "jenkins-efs": jenkinsEfs,
    "kafka-consumer": kafkaConsumer,
    magento,
    mastodon,
    "online-boutique": onlineBoutique,
    "order-events": orderEvents,
    "php-apache": phpApache,
    "serverless-api": serverlessApi,
    "static-website": staticWebsite,
    "three-tier": threeTier,
    "voting-app": votingApp,
    "web-with-workers": webWithWorkers,
    "wordpress-fargate": wordpressFargate,
    "wordpress-mysql": wordpressMysql,
    zookeeper,
};

jest.setTimeout(180_000);
beforeAll(bundlePacks);
afterAll(cleanUp);

/** Every finding is advisory here, so that an update goes through. */
const ADVISORY = [{ all: "advisory" }, { all: "advisory" }];

/** The findings of an operation in the form of the expectations. */
function found({ policy, diagnostics }: OperationResult): readonly string[] {
    // A program that fails would be a program without findings.
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    // A rule may name several properties of one resource; two resources of one name are two findings.
    const each = new Map(
        policy.map(({ policy: rule, urn = "", message }) => {
            const undetermined = message.startsWith("undetermined: ");
            return [`${rule} ${urn} ${String(undetermined)}`, line(rule, urn.split("::").at(-1) ?? "", undetermined)];
        }),
    );
    return [...each.values()].sort();
}

test.each(Object.entries(EXAMPLES))(
    "%s: the packs find what is wrong and nothing else, in a preview and in an update",
    async (_, { program, expected }) => {
        const stack = await open(program, { config: ADVISORY });
        expect(found(await stack.preview())).toEqual(lines(expected, "preview"));
        expect(found(await stack.up())).toEqual(lines(expected, "update"));
    },
);

test("every expectation says why, and names each finding once", () => {
    for (const { expected } of Object.values(EXAMPLES)) {
        const all = lines(expected, "preview").map((each) => each.replace(" ?", ""));
        expect(all).toHaveLength(new Set(all).size);
        expect(expected.filter(({ because }) => because.length < 10)).toEqual([]);
    }
});
