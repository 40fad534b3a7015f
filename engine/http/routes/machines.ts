import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import { type Actor, allowedScopes, isAllowed } from "../../core/role.ts";
import { parseSelector, selectorMatches } from "../../core/selector.ts";
import type { ComplianceState } from "../../core/update.ts";
import { type Assessment, Machine, MachineQuery, RenameRequest, TagsRequest } from "../../protocol/http/machines.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { MachineRecord } from "../../store/records/machines.ts";
import type { AssessmentRecord } from "../../store/records/updates.ts";
import type { Store } from "../../store/store.ts";
import { complianceNow } from "../../updates/assessment.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

const byName = Type.Object({ name: Type.String() });
/** Machines looked at in one read while a page is filled. */
const READ_AT_ONCE = 500;

export function machineRoutes(app: App, { store, clock, fleet }: Pick<RouteParts, "store" | "clock" | "fleet">): void {
  const assessmentsOf = async (machines: readonly MachineRecord[]): Promise<Map<string, AssessmentRecord>> =>
    new Map((await store.read.updates.currentAssessments(machines.map(({ id }) => id))).map((one) => [one.machineId, one]));

  /** Those of one compliance, as it is judged now. */
  async function standing(machines: readonly MachineRecord[], compliance: ComplianceState): Promise<MachineRecord[]> {
    const assessments = await assessmentsOf(machines);
    return machines.filter(({ id }) => {
      const assessment = assessments.get(id);
      return (assessment ? complianceNow(assessment, clock.now()) : "notassessed") === compliance;
    });
  }

  app.get(
    "/api/v1/machines",
    {
      config: { door: "machine.read" },
      schema: { summary: "List machines by name", tags: ["machines"], querystring: MachineQuery, response: { 200: PageOf(Machine) } },
    },
    async (request) => {
      const { cursor, limit = 100, selector = "all", compliance } = request.query;
      const wanted = parseSelector(selector);
      const scopes = allowedScopes(callerOf(request).actor, "machine.read");
      const found: MachineRecord[] = [];
      for (let after = cursor ? readCursor("machines", "string", cursor) : ""; found.length <= limit; ) {
        const read = await store.read.machines.list({ scopes, after, limit: READ_AT_ONCE });
        const matching = read.filter((machine) => selectorMatches(wanted, machine));
        found.push(...(compliance === undefined ? matching : await standing(matching, compliance)));
        const last = read.at(-1);
        if (!last || read.length < READ_AT_ONCE) break;
        after = last.name;
      }
      const shown = found.slice(0, limit);
      const assessments = await assessmentsOf(shown);
      const last = shown.at(-1);
      return {
        items: shown.map((machine) => toMachine(machine, assessments.get(machine.id), clock.now())),
        next: found.length > limit && last ? makeCursor("machines", last.name) : null,
      };
    },
  );

  app.get(
    "/api/v1/machines/:name",
    { config: { door: "machine.read" }, schema: { summary: "Show a machine", tags: ["machines"], params: byName, response: { 200: Machine } } },
    async (request) => {
      const machine = await visibleMachine(store, callerOf(request).actor, request.params.name);
      return toMachine(machine, await store.read.updates.currentAssessment(machine.id), clock.now());
    },
  );

  app.put(
    "/api/v1/machines/:name/tags",
    {
      config: { door: "machine.tag" },
      schema: { summary: "Replace the tags of a machine", tags: ["machines"], params: byName, body: TagsRequest, response: { 200: Machine } },
    },
    async (request) => {
      const caller = callerOf(request);
      const machine = await visibleMachine(store, caller.actor, request.params.name);
      requireAction(caller.actor, "machine.tag", machine.scope);
      const { tags } = request.body;
      const audit = auditOf(clock, caller);
      const also = (tx: Parameters<typeof audit>[0]) =>
        audit(tx, { operation: "machine.tag", target: `machine:${machine.name}`, scope: machine.scope, details: { from: machine.tags, to: tags } });
      await fleet.setTags(machine.id, tags, { actor: caller.actor, correlationId: caller.correlationId, also });
      return toMachine({ ...machine, tags }, await store.read.updates.currentAssessment(machine.id), clock.now());
    },
  );

  app.put(
    "/api/v1/machines/:name/name",
    {
      config: { door: "machine.rename" },
      schema: { summary: "Rename a machine; its history stays", tags: ["machines"], params: byName, body: RenameRequest, response: { 200: Machine } },
    },
    async (request) => {
      const caller = callerOf(request);
      const { name } = request.body;
      const machine = await visibleMachine(store, caller.actor, request.params.name);
      requireAction(caller.actor, "machine.rename", machine.scope);
      const audit = auditOf(clock, caller);
      const also = (tx: Parameters<typeof audit>[0]) =>
        audit(tx, { operation: "machine.rename", target: `machine:${name}`, scope: machine.scope, details: { id: machine.id, from: machine.name, to: name } });
      await fleet.renameMachine(machine.id, name, { actor: caller.actor, correlationId: caller.correlationId, also });
      return toMachine({ ...machine, name }, await store.read.updates.currentAssessment(machine.id), clock.now());
    },
  );

  app.delete(
    "/api/v1/machines/:name",
    {
      config: { door: "machine.remove" },
      schema: { summary: "Remove a machine: its key is refused from now on", tags: ["machines"], params: byName, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const machine = await visibleMachine(store, caller.actor, request.params.name);
      requireAction(caller.actor, "machine.remove", machine.scope);
      const audit = auditOf(clock, caller);
      const also = (tx: Parameters<typeof audit>[0]) =>
        audit(tx, { operation: "machine.remove", target: `machine:${machine.name}`, scope: machine.scope, details: { id: machine.id } });
      await fleet.removeMachine(machine.id, { actor: caller.actor, correlationId: caller.correlationId, also });
      return reply.code(204).send(null);
    },
  );
}

/** A machine that the actor may not see doesn't exist for it. @throws MACHINE_NOT_FOUND */
export async function visibleMachine(store: Pick<Store, "read">, actor: Actor, name: string): Promise<MachineRecord> {
  const machine = await store.read.machines.byName(name);
  if (!machine || !isAllowed(actor, "machine.read", machine.scope)) {
    throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine "${name.slice(0, 128)}"; see \`runwright machine list\``);
  }
  return machine;
}

function toMachine(
  { id, name, scope, state, tags, facts, enrolledAt, enrolledBy, lastSeenAt, staleSince }: MachineRecord,
  assessment: AssessmentRecord | undefined,
  now: number,
): Machine {
  const times = { enrolledAt: toTime(enrolledAt), enrolledBy, lastSeenAt: toTimeOrNull(lastSeenAt), staleSince: toTimeOrNull(staleSince) };
  return {
    id,
    name,
    scope,
    state,
    tags: { ...tags },
    facts,
    ...times,
    assessment: assessment ? toAssessment(assessment, complianceNow(assessment, now)) : null,
  };
}

/** @param compliance as it is judged now: what was stored with the report ages */
function toAssessment(assessment: AssessmentRecord, compliance: ComplianceState): Assessment {
  const { packageManager, rebootPending, rebootReasons, counts, verdicts, problems, installedCount, ...times } = assessment;
  const at = { collectedAt: toTime(times.collectedAt), receivedAt: toTime(times.receivedAt), listsUpdatedAt: toTimeOrNull(times.listsUpdatedAt) };
  return {
    compliance,
    packageManager,
    ...at,
    rebootPending,
    rebootReasons: [...rebootReasons],
    counts: { ...counts },
    verdicts: { ...verdicts },
    problems: [...problems],
    installedCount,
  };
}
