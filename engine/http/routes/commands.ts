import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import { type Action, isAllowed } from "../../core/role.ts";
import type { ExecArgs } from "../../protocol/agent.ts";
import { AssessQuery, Command, CommandQuery, CommandRequest } from "../../protocol/http/machines.ts";
import { toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { CommandRecord } from "../../store/records/commands.ts";
import type { CommandContent } from "../ports.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { parseWait, patience } from "../wait.ts";
import { visibleMachine } from "./machines.ts";
import type { RouteParts } from "./parts.ts";

const byName = Type.Object({ name: Type.String() });
const OUTPUT_AT_ONCE = 1_000;
/** How long a machine may take to look for updates. */
const ASSESS_MS = 10 * 60_000;

export function commandRoutes(app: App, { store, clock, fleet, stopping }: Pick<RouteParts, "store" | "clock" | "fleet" | "stopping">): void {
  /** What a job's command was given and wrote may hold the job's secrets: it isn't even opened. */
  const shown = async (command: CommandRecord, machine: string, after: number): Promise<Command> =>
    toCommand(command, machine, command.jobId === null ? await fleet.openCommand(command, { after, limit: OUTPUT_AT_ONCE }) : null);

  /** Sends a command; waits for its end when that was asked for. */
  async function send(
    request: FastifyRequest,
    { name, wait, action, door, args }: { name: string; wait: string | undefined; action: "exec" | "assess"; door: Action; args: object },
  ): Promise<Command> {
    const caller = callerOf(request);
    const waitMs = parseWait(wait);
    const machine = await visibleMachine(store, caller.actor, name);
    requireAction(caller.actor, door, machine.scope);
    const audit = auditOf(clock, caller);
    const details = "argv" in args ? { argv: args.argv } : {};
    const command = await fleet.sendCommand(
      { machineId: machine.id, action, args },
      {
        actor: caller.actor,
        correlationId: caller.correlationId,
        also: (tx, id) => audit(tx, { operation: door, target: `machine:${machine.name}`, scope: machine.scope, details: { command: id, ...details } }),
      },
    );
    if (waitMs === null) return shown(command, machine.name, 0);
    using waiting = patience(request, waitMs, stopping);
    return shown(await fleet.waitForCommand(command.id, waiting.signal), machine.name, 0);
  }

  app.post(
    "/api/v1/machines/:name/commands",
    {
      config: { door: "machine.command" },
      schema: {
        summary: "Run a program on a machine",
        tags: ["machines"],
        params: byName,
        querystring: CommandQuery,
        body: CommandRequest,
        response: { 200: Command, 202: Command },
      },
    },
    async (request, reply) => {
      const { action, args } = request.body;
      const command = await send(request, { name: request.params.name, wait: request.query.wait, action, door: "machine.command", args });
      return reply.code(command.endedAt === null ? 202 : 200).send(command);
    },
  );

  app.post(
    "/api/v1/machines/:name/assess",
    {
      config: { door: "update.assess" },
      schema: {
        summary: "Ask a machine to assess its updates now",
        tags: ["machines"],
        params: byName,
        querystring: AssessQuery,
        response: { 200: Command, 202: Command },
      },
    },
    async (request, reply) => {
      const { wait, refresh = false } = request.query;
      const command = await send(request, {
        name: request.params.name,
        wait,
        action: "assess",
        door: "update.assess",
        args: { refresh, timeoutMs: ASSESS_MS },
      });
      return reply.code(command.endedAt === null ? 202 : 200).send(command);
    },
  );

  app.get(
    "/api/v1/commands/:id",
    {
      config: { door: "machine.read" },
      schema: {
        summary: "Show a command and what it wrote",
        tags: ["machines"],
        params: Type.Object({ id: Type.String() }),
        querystring: CommandQuery,
        response: { 200: Command },
      },
    },
    async (request) => {
      const { id } = request.params;
      const command = await store.read.commands.get(id);
      const machine = command && (await store.read.machines.get(command.machineId));
      if (!command || !machine || !isAllowed(callerOf(request).actor, "machine.read", machine.scope))
        throw new RunwrightError("NOT_FOUND", `there is no command ${id.slice(0, 64)}`);
      const waitMs = parseWait(request.query.wait);
      const after = request.query.after ?? 0;
      if (waitMs === null || command.endedAt !== null) return shown(command, machine.name, after);
      using waiting = patience(request, waitMs, stopping);
      return shown(await fleet.waitForCommand(id, waiting.signal), machine.name, after);
    },
  );
}

function toCommand(command: CommandRecord, machine: string, content: CommandContent | null): Command {
  const { id, action, status, jobId, actor, correlationId } = command;
  return {
    id,
    machine,
    action,
    args: content ? withoutValues(content.args) : null,
    status,
    result: content?.result ?? null,
    jobId,
    actor: { id: actor.id, kind: actor.kind, name: actor.name },
    correlationId,
    createdAt: toTime(command.createdAt),
    deadlineAt: toTime(command.deadlineAt),
    sentAt: toTimeOrNull(command.sentAt),
    acknowledgedAt: toTimeOrNull(command.acknowledgedAt),
    endedAt: toTimeOrNull(command.endedAt),
    output: content?.output.map(({ seq, stream, chunk }) => ({ seq, stream, chunk })) ?? [],
  };
}

/** Environment and standard input hold secrets: the machine's own audit log leaves their values out, too. */
function withoutValues(args: unknown): unknown {
  if (typeof args !== "object" || args === null) return args;
  const { env, stdin, ...shown } = args as Partial<ExecArgs>;
  return {
    ...shown,
    ...(env === undefined ? {} : { env: Object.fromEntries(Object.keys(env).map((name) => [name, "***"])) }),
    ...(stdin === undefined ? {} : { stdin: "***" }),
  };
}
