import { Type } from "typebox";
import { LoginDone, LoginPoll, LoginShown, LoginStart, LoginStarted } from "../../protocol/http/access.ts";
import { toTime } from "../../protocol/http/shapes.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

const byCode = Type.Object({ userCode: Type.String({ maxLength: 20 }) });

/** Sign-in by device code; see access/device.ts. */
export function loginRoutes(app: App, { devices }: Pick<RouteParts, "devices">): void {
  app.post(
    "/api/v1/login/device",
    { config: { door: "public", costly: true }, schema: { summary: "Begin a sign-in", tags: ["login"], body: LoginStart, response: { 200: LoginStarted } } },
    async (request) => devices.start({ clientName: request.body.client, address: request.ip }),
  );

  app.post(
    "/api/v1/login/device/token",
    {
      config: { door: "public" },
      schema: { summary: "Ask whether the sign-in was confirmed; gives the token once", tags: ["login"], body: LoginPoll, response: { 200: LoginDone } },
    },
    async (request) => devices.poll(request.body.deviceCode, request.ip, request.id),
  );

  app.get(
    "/api/v1/login/device/:userCode",
    { config: { door: "signedIn" }, schema: { summary: "Who asks to be signed in", tags: ["login"], params: byCode, response: { 200: LoginShown } } },
    async (request) => {
      const { userCode, clientName, address, createdAt, expiresAt } = await devices.show(request.params.userCode);
      return { userCode, client: clientName, address, createdAt: toTime(createdAt), expiresAt: toTime(expiresAt) };
    },
  );

  for (const answer of ["approve", "deny"] as const) {
    app.post(
      `/api/v1/login/device/:userCode/${answer}`,
      {
        config: { door: "signedIn", operation: `login.${answer}` },
        schema: {
          summary: answer === "approve" ? "Confirm a sign-in with your own rights" : "Deny a sign-in",
          tags: ["login"],
          params: byCode,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await devices[answer](request.params.userCode, callerOf(request));
        return reply.code(204).send(null);
      },
    );
  }
}
