import { parseBatch } from "../../core/agent-rollout.ts";
import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import { allowedScopes, isAllowed } from "../../core/role.ts";
import { parseSelector, selectorMatches } from "../../core/selector.ts";
import { AgentRollout, AgentRolloutRequest } from "../../protocol/http/agent-rollouts.ts";
import { toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { Fleet } from "../ports.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

type Rollout = NonNullable<ReturnType<Fleet["agentRollout"]["latest"]>>;

/** New agents for machines, some at a time. One rollout at a time, of the engine that is asked. */
export function agentRolloutRoutes(app: App, { store, clock, fleet }: Pick<RouteParts, "store" | "clock" | "fleet">): void {
  const rollout = fleet.agentRollout;

  app.post(
    "/api/v1/agent-rollout",
    {
      config: { door: "agent.update" },
      schema: { summary: "Update the agents of machines", tags: ["machines"], body: AgentRolloutRequest, response: { 202: AgentRollout } },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { selector = "all", batch = "10%", deadline = "10m" } = request.body;
      const size = parseBatch(batch);
      if (size === undefined) throw new RunwrightError("BAD_REQUEST", 'batch must be a number of machines such as "5", or a share of them such as "10%"');
      const deadlineMinutes = parseDuration(deadline) / 60_000;
      if (deadlineMinutes < 1 / 60 || deadlineMinutes > 24 * 60) throw new RunwrightError("BAD_REQUEST", "deadline must be from 1s to 24h");
      const wanted = parseSelector(selector);
      const all = await store.read.machines.list({ scopes: allowedScopes(caller.actor, "agent.update") });
      const machines = all.filter((machine) => selectorMatches(wanted, machine));
      const audit = auditOf(clock, caller);
      const { actor, correlationId } = caller;
      const started = await rollout.start({
        ...{ machines, batch: size, deadlineMinutes, actor, correlationId },
        also: (tx, { machine, scope, ...details }) => audit(tx, { operation: "agent.update", target: `machine:${machine}`, scope, details }),
      });
      return reply.code(202).send(toRollout(started, () => true));
    },
  );

  app.get(
    "/api/v1/agent-rollout",
    { config: { door: "machine.read" }, schema: { summary: "Show the newest rollout of agents", tags: ["machines"], response: { 200: AgentRollout } } },
    async (request) => {
      const { actor } = callerOf(request);
      const latest = rollout.latest();
      if (!latest) throw noRollout();
      const visible = new Set((await store.read.machines.list({ scopes: allowedScopes(actor, "machine.read") })).map(({ id }) => id));
      return toRollout(latest, (id) => visible.has(id));
    },
  );

  app.delete(
    "/api/v1/agent-rollout",
    {
      config: { door: "agent.update" },
      schema: { summary: "Halt a rollout of agents: no further machine is told", tags: ["machines"], response: { 200: AgentRollout } },
    },
    async (request) => {
      const caller = callerOf(request);
      if (!isAllowed(caller.actor, "agent.update", "/")) throw new RunwrightError("PERMISSION_DENIED", "halting a rollout needs the role admin at /");
      const latest = rollout.latest();
      if (!latest) throw noRollout();
      await store.write(async (tx) => auditOf(clock, caller)(tx, { operation: "agent.update.halt", target: `rollout:${latest.id}`, scope: "/" }));
      return toRollout(rollout.halt(caller.actor.name) ?? latest, () => true);
    },
  );
}

const noRollout = () => new RunwrightError("NOT_FOUND", "no agents were updated since this engine was started");

function toRollout(
  { id, version, hash, state, batch, machines, reason, startedAt, startedBy, endedAt }: Rollout,
  mayShow: (id: string) => boolean,
): AgentRollout {
  const shown = machines.filter((machine) => mayShow(machine.id)).map(({ name, state, message }) => ({ name, state, message }));
  return { id, version, hash, state, batch, machines: shown, reason, startedAt: toTime(startedAt), startedBy, endedAt: toTimeOrNull(endedAt) };
}
