import { z } from "zod";
import { type Role, ROLES } from "../configuration";
import { OVERLOADED } from "./schemas";
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
        ...OVERLOADED,
    },
};

/** Adds the route that tells which process, in which zone, answered; `/` gives the same. */
export function addInfoRoutes(server: ShopServer, info: Info): void {
    server.get("/", { schema: { ...schema, operationId: "getRoot" } }, () => info);
    server.get("/v1/info", { schema: { ...schema, operationId: "getInfo" } }, () => info);
}
