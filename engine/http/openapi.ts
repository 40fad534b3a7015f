import swagger from "@fastify/swagger";
import { Problem } from "../protocol/http/shapes.ts";
import type { App } from "./request.ts";

/** Describes every route that is added afterwards, for `/api/openapi.json`. */
export async function documentApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Runwright",
        version: "1",
        description: "Runbooks in TypeScript, and machines kept patched. Errors are application/problem+json with a stable `code`.",
      },
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "API token, such as `runwright token create` makes" },
          session: {
            ...{ type: "apiKey", in: "cookie", name: "runwright_session_4680" },
            description: "A browser's session (POST /api/v1/session); the name ends with the port, and begins with __Host- over TLS",
          },
        },
        schemas: { Problem: JSON.parse(JSON.stringify(Problem)) },
      },
    },
    transform: ({ schema, url, route }) => {
      const door = route.config?.door;
      const isPublic = door === "public";
      const ways = route.config?.headerOnly ? ["token"] : ["token", "session"];
      const more = isPublic ? {} : { security: ways.map((way) => ({ [way]: [] })) };
      const description = isPublic ? "Open to everyone." : door === "signedIn" ? "For anyone who is signed in." : `Needs a role that allows \`${door}\`.`;
      return { schema: { description, ...schema, ...more }, url };
    },
  });
}
