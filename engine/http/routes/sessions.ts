import { Type } from "typebox";
import type { OpenedSession } from "../../access/sessions.ts";
import { ERRORS, isRunwrightError, RunwrightError } from "../../core/errors.ts";
import { Session, SessionRequest, SignInLink } from "../../protocol/http/access.ts";
import { Closed, Nullable, toTime } from "../../protocol/http/shapes.ts";
import { requireOwnOrigin, requireOwnPage } from "../forgery.ts";
import { ownOrigin } from "../own-url.ts";
import { type App, callerOf } from "../request.ts";
import { sessionOf, setSession } from "../session-cookie.ts";
import type { RouteParts } from "./parts.ts";

/** Signing a browser in and out; see access/sessions.ts. */
export function sessionRoutes(
  app: App,
  { sessions, devices, tokens, clock, publicUrl }: Pick<RouteParts, "sessions" | "devices" | "tokens" | "clock" | "publicUrl">,
): void {
  app.post(
    "/api/v1/login/link",
    {
      config: { door: "signedIn", operation: "login.link" },
      schema: { summary: "Make a link that signs a browser in with your rights, once", tags: ["login"], body: Closed({}), response: { 201: SignInLink } },
    },
    async (request, reply) => {
      const origin = publicUrl ?? ownOrigin(request)?.origin;
      if (origin === undefined) throw new RunwrightError("BAD_REQUEST", "the header Host doesn't say how the engine was reached");
      const { code, expiresAt } = await devices.link(callerOf(request));
      // Browsers keep a fragment to themselves: no server, proxy or log sees the code.
      return reply.code(201).send({ url: `${origin}/#sign-in=${code}`, expiresAt: toTime(expiresAt) });
    },
  );

  app.get(
    "/api/v1/session",
    {
      config: { door: "public" },
      schema: {
        summary: "As whom this browser is signed in; null: nobody, which is no error here as it is with whoami",
        tags: ["login"],
        response: { 200: Type.Object({ name: Nullable(Type.String()) }) },
      },
    },
    async (request) => {
      requireOwnPage(request, publicUrl);
      const token = sessionOf(request, publicUrl);
      if (token === undefined) return { name: null };
      try {
        return { name: (await tokens.authenticate(token)).name };
      } catch (error) {
        if (isRunwrightError(error) && ERRORS[error.code].status === 401) return { name: null };
        throw error;
      }
    },
  );

  app.post(
    "/api/v1/session",
    {
      config: { door: "public", costly: true, operation: "session.begin" },
      schema: {
        summary: "Sign a browser in, with the code of a link or with a token: sets a cookie",
        tags: ["login"],
        body: SessionRequest,
        response: { 201: Session },
      },
    },
    async (request, reply) => {
      // Or a page of others could sign someone in as somebody else.
      requireOwnOrigin(request, publicUrl);
      const { code, token } = request.body;
      const from = { address: request.ip, correlationId: request.id, replaces: sessionOf(request, publicUrl) };
      let opened: OpenedSession;
      if (code !== undefined && token === undefined) opened = await sessions.openByLink(code, from);
      else if (token !== undefined && code === undefined) opened = await sessions.openByToken(token, from);
      else throw new RunwrightError("BAD_REQUEST", "send a code or a token, one of them");
      setSession(request, reply, { token: opened.text, maxAgeMs: opened.expiresAt - clock.now(), publicUrl });
      return reply.code(201).send({ name: opened.name, expiresAt: toTime(opened.expiresAt) });
    },
  );

  app.delete(
    "/api/v1/session",
    {
      config: { door: "public", costly: "unlessSignedIn", operation: "session.end" },
      schema: { summary: "Sign this browser out, also when its session has ended", tags: ["login"], response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      requireOwnPage(request, publicUrl);
      // First: the browser forgets it also when the store can't be told.
      setSession(request, reply, { token: "", maxAgeMs: 0, publicUrl });
      const token = sessionOf(request, publicUrl);
      if (token !== undefined) await sessions.close(token, { address: request.ip, correlationId: request.id });
      return reply.code(204).send(null);
    },
  );
}
