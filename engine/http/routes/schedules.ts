import { Type } from "typebox";
import { RunwrightError } from "../../core/errors.ts";
import { allowedScopes } from "../../core/role.ts";
import { readMomentIn } from "../../core/schedule/moment.ts";
import { occurrences } from "../../core/schedule/occurrences.ts";
import { MOST_NEIGHBOURS, type Neighbour, previewOf } from "../../core/schedule-preview.ts";
import { scheduleOf } from "../../core/schedule-timer.ts";
import { Coming, ComingQuery, Occurrence, OccurrenceQuery, Preview, PreviewQuery, PreviewRequest } from "../../protocol/http/resources.ts";
import { PageOf, toTime } from "../../protocol/http/shapes.ts";
import type { ScheduleSpec } from "../../protocol/resources/schedule.ts";
import { refuse } from "../../resources/resources.ts";
import type { OccurrenceRecord } from "../../store/records/occurrences.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, callerOf } from "../request.ts";
import { placeOf } from "./assets.ts";
import type { RouteParts } from "./parts.ts";
import { visible } from "./resources.ts";

const COUNT = 24;
const MOST_NAMED = 100;
/** Of one schedule within a day: one each half an hour. */
const MOST_DUE = 48;
const DAY_MS = 86_400_000;

export function scheduleRoutes(app: App, { store, clock, resources, triggers }: Pick<RouteParts, "store" | "clock" | "resources" | "triggers">): void {
  const rules = resources.ofKind("Schedule");

  async function previewed(
    of: { name: string; scope: string; spec: ScheduleSpec },
    { count = COUNT, from }: { count?: number; from?: string },
    scopes: readonly string[],
  ) {
    const runbooks = [...new Set(of.spec.runs.map((run) => run.runbook))];
    const others = (await store.read.resources.schedulesOf(runbooks, { scopes, limit: MOST_NEIGHBOURS + 1 })).filter(({ name }) => name !== of.name);
    const neighbours: Neighbour[] = others.map(({ name, spec }) => ({ name, timetable: spec as ScheduleSpec }));
    const begin = from === undefined ? clock.now() : readMomentIn(from, of.spec.timeZone)?.epochMilliseconds;
    if (begin === undefined)
      throw new RunwrightError(
        "BAD_REQUEST",
        `from ${JSON.stringify(from)} must be an instant, such as 2026-03-28T00:00Z, or a wall time, such as 2026-03-28T00:00`,
      );
    const items = previewOf({ scope: of.scope, timetable: of.spec }, { from: begin, count }, { freezes: await triggers.freezes.all(), neighbours });
    return { enabled: of.spec.enabled !== false, items };
  }

  app.get(
    "/api/v1/schedules/:name/preview",
    {
      config: { door: "schedule.read" },
      schema: {
        summary: "List coming occurrences, with clock changes, freezes and clashes",
        tags: ["schedules"],
        params: Type.Object({ name: Type.String() }),
        querystring: PreviewQuery,
        response: { 200: Preview },
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const { name, scope, spec } = visible(rules, actor, await resources.get("Schedule", request.params.name));
      return previewed({ name, scope, spec: spec as ScheduleSpec }, request.query, allowedScopes(actor, "schedule.read"));
    },
  );

  app.post(
    "/api/v1/schedules/preview",
    {
      config: { door: "schedule.read" },
      schema: {
        summary: "The same for a schedule that isn't stored",
        tags: ["schedules"],
        querystring: PreviewQuery,
        body: PreviewRequest,
        response: { 200: Preview },
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const document = { kind: "Schedule", name: "preview", scope: placeOf(actor, "schedule.read", request.body.scope), spec: request.body.spec } as const;
      // What it would start may not be there yet; when it starts is what is asked for.
      refuse(
        document,
        (await resources.problemsOf(store.read, document, { actor })).filter(({ path }) => !path.startsWith("/runs/")),
      );
      return previewed({ ...document, spec: document.spec as ScheduleSpec }, request.query, allowedScopes(actor, "schedule.read"));
    },
  );

  app.get(
    "/api/v1/occurrences/coming",
    {
      config: { door: "schedule.read" },
      schema: {
        summary: "When schedules are due within the coming day, without freezes and clashes",
        tags: ["schedules"],
        querystring: ComingQuery,
        response: { 200: Coming },
      },
    },
    async (request) => {
      const names = [...new Set(request.query.names.split(",").filter(Boolean))];
      if (names.length > MOST_NAMED) throw new RunwrightError("BAD_REQUEST", `at most ${MOST_NAMED} schedules at once`);
      const found = await store.read.resources.named("Schedule", names, allowedScopes(callerOf(request).actor, "schedule.read"));
      const from = clock.now();
      const until = from + DAY_MS;
      const items = found.map(({ name, spec }) => ({ name, ...dueWithin(spec as ScheduleSpec, from, until) }));
      return { at: toTime(from), until: toTime(until), items };
    },
  );

  app.get(
    "/api/v1/occurrences",
    {
      config: { door: "schedule.read" },
      schema: {
        summary: "List what became of occurrences of schedules and firings of rules, newest first",
        tags: ["schedules"],
        querystring: OccurrenceQuery,
        response: { 200: PageOf(Occurrence) },
      },
    },
    async (request) => {
      const { cursor, limit = 50, kind, name, status } = request.query;
      const found = await store.read.occurrences.list({
        scopes: allowedScopes(callerOf(request).actor, "schedule.read"),
        limit: limit + 1,
        ...(kind ? { kind } : {}),
        ...(name ? { name } : {}),
        ...(status ? { statuses: [status] } : {}),
        ...(cursor ? { before: readCursor("occurrences", "string", cursor) } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map(toOccurrence), next: found.length > limit && last ? makeCursor("occurrences", last.id) : null };
    },
  );
}

/** A disabled one isn't due. */
function dueWithin(spec: ScheduleSpec, from: number, until: number): { at: string[]; more: boolean } {
  if (spec.enabled === false) return { at: [], more: false };
  const due = [...occurrences(scheduleOf(spec), { from: Temporal.Instant.fromEpochMilliseconds(from), limit: MOST_DUE + 1 })]
    .map(({ epochMilliseconds }) => epochMilliseconds)
    .filter((at) => at <= until);
  return { at: due.slice(0, MOST_DUE).map(toTime), more: due.length > MOST_DUE };
}

const toOccurrence = ({ id, kind, name, scope, runbook, key, dueAt, decidedAt, status, reason, jobId }: OccurrenceRecord): Occurrence => ({
  id,
  kind,
  name,
  scope,
  runbook,
  key,
  dueAt: toTime(dueAt),
  decidedAt: toTime(decidedAt),
  status,
  reason,
  jobId,
});
