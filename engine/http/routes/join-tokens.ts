import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import { isAllowed } from "../../core/role.ts";
import { JoinToken, JoinTokenRequest, NewJoinToken } from "../../protocol/http/machines.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { JoinTokenRecord } from "../../store/records/machines.ts";
import { isDirect, urlForOthers } from "../own-url.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { placeOf } from "./assets.ts";
import { visibleMachine } from "./machines.ts";
import type { RouteParts } from "./parts.ts";

const VALID_MS = 3_600_000;

export function joinTokenRoutes(
  app: App,
  {
    store,
    clock,
    fleet,
    listensOn,
    publicUrl,
    tlsPin,
    localPin,
  }: Pick<RouteParts, "store" | "clock" | "fleet" | "listensOn" | "publicUrl" | "tlsPin" | "localPin">,
): void {
  app.post(
    "/api/v1/join-tokens",
    {
      config: { door: "agent.enrol" },
      schema: {
        summary: "Make a token with which a machine can join; it is shown this once",
        tags: ["agents"],
        body: JoinTokenRequest,
        response: { 201: NewJoinToken },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { tags = {}, replaces, uses = 1, expiresIn } = request.body;
      const replaced = replaces === undefined ? undefined : await visibleMachine(store, caller.actor, replaces);
      const scope = replaced && request.body.scope === undefined ? replaced.scope : placeOf(caller.actor, "agent.enrol", request.body.scope);
      requireAction(caller.actor, "agent.enrol", scope);
      if (replaced) requireAction(caller.actor, "agent.enrol", replaced.scope);
      const expiresInMs = expiresIn === undefined ? VALID_MS : parseDuration(expiresIn);
      const audit = auditOf(clock, caller);
      const details = { tags, replaces: replaces ?? null, uses };
      const url = request.body.url ?? publicUrl ?? urlForOthers(request, listensOn);
      const pin = isDirect(url, request.socket.localPort) ? localPin : tlsPin;
      const made = await fleet.joinTokens.create(
        {
          url,
          ...(pin === null ? {} : { tlsPin: pin }),
          scope,
          tags,
          maxUses: uses,
          expiresInMs,
          ...(replaces === undefined ? {} : { replaces }),
          by: caller.actor.name,
        },
        (tx, { id }) => audit(tx, { operation: "agent.enrol", target: `join-token:${id}`, scope, details }),
      );
      return reply.code(201).send({ id: made.id, token: made.token, url, expiresAt: toTime(made.expiresAt) });
    },
  );

  app.get(
    "/api/v1/join-tokens",
    { config: { door: "agent.enrol" }, schema: { summary: "List join tokens, newest first", tags: ["agents"], response: { 200: PageOf(JoinToken) } } },
    async (request) => {
      const { actor } = callerOf(request);
      const tokens = await store.read.machines.joinTokens();
      return { items: tokens.filter((token) => isAllowed(actor, "agent.enrol", token.scope)).map(toJoinToken), next: null };
    },
  );

  app.delete(
    "/api/v1/join-tokens/:id",
    {
      config: { door: "agent.enrol", operation: "agent.enrol.revoke" },
      schema: {
        summary: "Revoke a join token; machines that have joined stay",
        tags: ["agents"],
        params: Type.Object({ id: Type.String() }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id } = request.params;
      const token = (await store.read.machines.joinTokens()).find((one) => one.id === id);
      if (!token) throw new RunwrightError("NOT_FOUND", `there is no join token ${id.slice(0, 64)}; see \`runwright agent token list\``);
      requireAction(caller.actor, "agent.enrol", token.scope);
      const audit = auditOf(clock, caller);
      await fleet.joinTokens.revoke(id, (tx) => audit(tx, { operation: "agent.enrol.revoke", target: `join-token:${id}`, scope: token.scope }));
      return reply.code(204).send(null);
    },
  );
}

const toJoinToken = ({ id, scope, tags, replaces, maxUses, uses, createdAt, createdBy, expiresAt, revokedAt }: JoinTokenRecord): JoinToken => ({
  id,
  scope,
  tags: { ...tags },
  replaces,
  maxUses,
  uses,
  createdAt: toTime(createdAt),
  createdBy,
  expiresAt: toTime(expiresAt),
  revokedAt: toTimeOrNull(revokedAt),
});
