import { z } from "zod";
import { type Role, ROLES } from "../configuration";
import { problem } from "./schemas";
import type { ShopServer } from "./shop-server";

/** Who answers. */
export interface Info {
    name: string;
    version: string;
    role: Role;
    zone: string;
}

const schema = {
    summary: "Which process, in which zone, answers",
    tags: ["about"],
    response: {
        200: z.object({ name: z.string(), version: z.string(), role: z.enum(ROLES), zone: z.string() }),
        503: problem("The process has more to do than it can."),
    },
};

/** Adds the route that tells which process, in which zone, answered; `/` gives the same. */
export function addInfoRoutes(server: ShopServer, info: Info): void {
    for (const path of ["/", "/v1/info"]) server.get(path, { schema }, () => info);
}
