import { Type } from "typebox";
import { type Actor, isAllowed } from "../../core/role.ts";
import type { Scope } from "../../core/scope.ts";
import { type TimelineEntry as Entry, machineTimeline, TIMELINE_KINDS, type TimelineKind, type TimelinePlace } from "../../fleet/timeline.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import { CommandHead, CommandsQuery, TimelineEntry, TimelineQuery } from "../../protocol/http/timeline.ts";
import type { CommandHead as Head } from "../../store/records/commands.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, callerOf } from "../request.ts";
import { visibleMachine } from "./machines.ts";
import type { RouteParts } from "./parts.ts";

const byName = Type.Object({ name: Type.String() });
const tags = ["machines"];
const MOST_NAMED = 10;
/** What one must be allowed to, where the machine lies, to see entries of a kind. */
const NEEDS = { event: "activity.read", assessment: "update.read", install: "update.read", command: "machine.read" } as const;
const visibleKinds = (actor: Actor, scope: Scope): TimelineKind[] => TIMELINE_KINDS.filter((kind) => isAllowed(actor, NEEDS[kind], scope));

/** The life of one machine. Cursors name the machine: names may pass to another one. */
export function timelineRoutes(app: App, { store }: Pick<RouteParts, "store">): void {
  app.get(
    "/api/v1/machines/:name/timeline",
    {
      config: { door: "machine.read" },
      schema: {
        summary: "List what happened on a machine and to it, newest first",
        ...{ tags, params: byName, querystring: TimelineQuery, response: { 200: PageOf(TimelineEntry) } },
      },
    },
    async (request) => {
      const { cursor, limit = 50 } = request.query;
      const { actor } = callerOf(request);
      const machine = await visibleMachine(store, actor, request.params.name);
      const list = `timeline of ${machine.id}`;
      const after = cursor ? placeOf(readCursor(list, "string", cursor)) : null;
      const found = await machineTimeline(store, machine, { kinds: visibleKinds(actor, machine.scope), after, limit: limit + 1 });
      const last = found[limit - 1];
      return { items: found.slice(0, limit).map(toEntry), next: found.length > limit && last ? makeCursor(list, `${last.kind} ${last.at} ${last.id}`) : null };
    },
  );

  app.get(
    "/api/v1/machines/:name/commands",
    {
      config: { door: "machine.read" },
      schema: {
        summary: "List commands of a machine, newest first",
        ...{ tags, params: byName, querystring: CommandsQuery, response: { 200: PageOf(CommandHead) } },
      },
    },
    async (request) => {
      const { cursor, limit = 50 } = request.query;
      const machine = await visibleMachine(store, callerOf(request).actor, request.params.name);
      const list = `commands of ${machine.id}`;
      const [at = "", id = ""] = cursor ? readCursor(list, "string", cursor).split(" ") : [];
      const found = await store.read.commands.heads(machine.id, { before: cursor ? { createdAt: Number(at), id } : null, apart: "none", limit: limit + 1 });
      const last = found[limit - 1];
      return { items: found.slice(0, limit).map(toHead), next: found.length > limit && last ? makeCursor(list, `${last.createdAt} ${last.id}`) : null };
    },
  );
}

function placeOf(text: string): TimelinePlace {
  const [kind, at = "", ...id] = text.split(" ");
  return { kind: TIMELINE_KINDS.find((one) => one === kind) ?? "command", at: Number(at), id: id.join(" ") };
}

const who = ({ id, kind, name }: Pick<Actor, "id" | "kind" | "name">) => ({ id, kind, name });

function toHead({ machineId: _, actor, createdAt, deadlineAt, sentAt, acknowledgedAt, endedAt, ...same }: Head): CommandHead {
  const times = { createdAt: toTime(createdAt), deadlineAt: toTime(deadlineAt), sentAt: toTimeOrNull(sentAt), acknowledgedAt: toTimeOrNull(acknowledgedAt) };
  return { ...same, actor: who(actor), ...times, endedAt: toTimeOrNull(endedAt) };
}

function toEntry(entry: Entry): TimelineEntry {
  const place = { at: toTime(entry.at), id: entry.id };
  switch (entry.kind) {
    case "assessment": {
      const { compliance, counts, verdicts, rebootPending, previous } = entry.assessment;
      const told = (one: Omit<typeof entry.assessment, "id" | "receivedAt" | "previous">) => ({
        ...one,
        counts: { ...one.counts },
        verdicts: { ...one.verdicts },
      });
      return { kind: "assessment", ...place, now: told({ compliance, counts, verdicts, rebootPending }), previous: previous && told(previous) };
    }
    case "install": {
      const { action, jobId, endedAt, rebootPending, updates } = entry.install;
      const statuses: Record<string, number> = {};
      for (const { status } of updates) statuses[status] = (statuses[status] ?? 0) + 1;
      const names = updates.slice(0, MOST_NAMED).map(({ name }) => name);
      return { kind: "install", ...place, action, jobId, endedAt: toTimeOrNull(endedAt), rebootPending, statuses, updates: names };
    }
    case "command": {
      const { action, status, jobId, actor, endedAt } = entry.command;
      return { kind: "command", ...place, action, status, jobId, actor: who(actor), endedAt: toTimeOrNull(endedAt) };
    }
    case "event": {
      const { operation, actorId, actorKind, actorName, result, details } = entry.event;
      return {
        kind: "event",
        ...place,
        operation,
        actor: { id: actorId, kind: actorKind, name: actorName },
        result,
        ...(details === undefined ? {} : { details }),
      };
    }
  }
}
