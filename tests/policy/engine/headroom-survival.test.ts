/**
 * Headroom's own stacks: what its components say that each tier survives, which is the stack's output `survival`, against what
 * the packs work out from the resources alone.
 */
import type { Survival } from "../../../components/failure-domain";
import type { TierSurvival } from "../../../policies/shared/survival";
import { survivalOfResources } from "../../../policies/shared/survival-report";
import { cleanUp, expectSuccess, open, root } from "../../engine/workplace";

jest.setTimeout(240_000);
afterAll(cleanUp);

/** A tier's figures, as both can say them. */
interface Figures {
    readonly units: number | null | undefined;
    readonly afterUnit: number | null | undefined;
    readonly afterZone: number | null | undefined;
    readonly enoughAfterZone: boolean;
}

function ofComponent({ units, afterUnit, afterZone }: Survival): Figures {
    return { units, afterUnit: afterUnit.left, afterZone: afterZone.left, enoughAfterZone: afterZone.enough };
}

/** Where the packs give a range, its worse end. */
function ofPack({ floor, losses, verdict }: TierSurvival): Figures {
    return {
        units: floor,
        afterUnit: losses.unit?.left,
        afterZone: losses.zone?.worst.left,
        enoughAfterZone: verdict === "ok",
    };
}

/**
 * What the packs call a tier, where it is not its component's name: by its resources. The packs take a database and its
 * replicas for one tier, of which the components' two are the writers and the readers.
 */
const NAMES: Readonly<Record<string, RegExp>> = { network: /^network-nat-/, database: /^database-primary$/ };

/** Managed services that run in all zones by themselves have no resources to count. */
const MANAGED = ["cdn", "jobs", "assets"];

test.each(["dev", "prod"])("%s: the packs' figures are those of the components", async (name) => {
    const stack = await open({ cwd: root, stack: name });
    const up = await stack.up();
    expectSuccess(up);
    const said = up.outputs["survival"] as readonly Survival[];
    const tiers = survivalOfResources((await stack.exportState()).deployment.resources ?? []);
    const tierOf = (component: string): TierSurvival | undefined =>
        tiers.find((tier) => (NAMES[component] ?? new RegExp(`^${component}$`)).test(tier.name));

    const compared = said.filter(({ tier }) => !MANAGED.includes(tier) && !tier.startsWith("database"));
    expect(compared.length).toBeGreaterThanOrEqual(5);
    for (const each of compared) {
        const tier = tierOf(each.tier);
        expect({ tier: each.tier, ...(tier === undefined ? {} : ofPack(tier)) }).toEqual({
            tier: each.tier,
            ...ofComponent(each),
        });
        expect(tier?.need).toBe(each.needed);
    }

    const database = tierOf("database");
    const writers = said.find(({ tier }) => tier === "database");
    const readers = said.find(({ tier }) => tier === "database-replicas");
    expect(database?.floor).toBe((writers?.units ?? 0) + (readers?.units ?? 0));
    // One instance takes the writes, and as many are left for them as the standby allows.
    expect(database?.writers).toMatchObject({
        afterUnit: writers?.afterUnit.left,
        afterZone: writers?.afterZone.left,
    });
    expect(database?.readers).toMatchObject({
        before: readers?.units ?? 0,
        afterUnit: readers?.afterUnit.left ?? 0,
        afterZone: readers?.afterZone.left ?? 0,
    });
    expect(
        tiers.map((tier) => tier.name).filter((each) => !said.some((one) => tierOf(one.tier)?.name === each)),
    ).toEqual([]);
});
