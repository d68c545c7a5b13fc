import type { FastifyInstance } from "fastify";
import type { Role } from "../configuration";

/** Who answers. */
export interface Info {
    name: string;
    version: string;
    role: Role;
    zone: string;
}

const schema = {
    response: {
        200: {
            type: "object",
            properties: {
                name: { type: "string" },
                version: { type: "string" },
                role: { type: "string" },
                zone: { type: "string" },
            },
            required: ["name", "version", "role", "zone"],
        },
    },
};

/** Adds the route that tells which process, in which zone, answered; `/` gives the same. */
export function addInfoRoutes(server: FastifyInstance, info: Info): void {
    for (const path of ["/", "/v1/info"]) server.get(path, { schema }, () => info);
}
