import { Type } from "typebox";
import { defaultScope } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import { ACTIONS, type Actor, allowedScopes, isAllowed } from "../../core/role.ts";
import { parseScope } from "../../core/scope.ts";
import type { PlacedPolicy } from "../../core/update-policy.ts";
import { toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import { type UpdateWhy as Shown, WhatIf, WhatIfRequest, Why, WhyQuery } from "../../protocol/http/update-policies.ts";
import { placed, readDocuments } from "../../resources/documents.ts";
import { gatherProblems } from "../../resources/plan-problems.ts";
import type { Move } from "../../updates/what-if.ts";
import type { UpdateWhy } from "../../updates/why.ts";
import { type App, callerOf } from "../request.ts";
import { visibleMachine } from "./machines.ts";
import type { RouteParts } from "./parts.ts";
import { visible } from "./resources.ts";

const tags = ["updates"];
const KIND = "UpdatePolicy";

/** What policies say of machines and updates, and what others would. */
export function updatePolicyRoutes(app: App, { store, resources, planner, policies }: Pick<RouteParts, "store" | "resources" | "planner" | "policies">): void {
  app.get(
    "/api/v1/machines/:name/updates/why",
    {
      config: { door: "update.read" },
      schema: {
        summary: "Explain a machine's policy and compliance, and the verdict of one of its missing updates",
        tags,
        params: Type.Object({ name: Type.String() }),
        querystring: WhyQuery,
        response: { 200: Why },
      },
    },
    async (request) => {
      const machine = await visibleMachine(store, callerOf(request).actor, request.params.name);
      const { assessedAt, updates, ...same } = await policies.why(machine, request.query.update);
      return { machine: machine.name, scope: machine.scope, ...same, assessedAt: toTimeOrNull(assessedAt), updates: updates.map(shownUpdate) };
    },
  );

  app.post(
    "/api/v1/updates/what-if",
    {
      bodyLimit: 16 * 1024 * 1024,
      config: { door: "update.read", operation: "update.whatIf" },
      schema: {
        summary: "Show what other policies, or other places of machines, would do; changes nothing",
        tags,
        body: WhatIfRequest,
        response: { 200: WhatIf },
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const { documents = [], scope, delete: removed = [], moves = [] } = request.body;
      const put = await readPolicies(documents, scope, actor);
      const gone = await Promise.all(removed.map(async (name) => visible(resources.ofKind(KIND), actor, await resources.get(KIND, name)).name));
      const { items, ...result } = await policies.whatIf({
        put,
        removed: gone,
        moves: await readMoves(moves, actor),
        scopes: allowedScopes(actor, "update.read"),
      });
      return {
        ...result,
        items: items.map(({ updates, ...same }) => ({
          ...same,
          updates: updates.map((one) => ({ ...one, dueBefore: toTimeOrNull(one.dueBefore), dueAfter: toTimeOrNull(one.dueAfter) })),
        })),
        warnings: put.flatMap(({ name, spec }) => (resources.ofKind(KIND).warnings?.(spec) ?? []).map((text) => ({ policy: name, text }))),
      };
    },
  );

  /** As a plan reads them. @throws RESOURCE_INVALID, PERMISSION_DENIED whose details are PlanProblem[] */
  async function readPolicies(documents: readonly unknown[], given: string | undefined, actor: Actor): Promise<PlacedPolicy[]> {
    const problems = gatherProblems();
    const scope = given === undefined ? undefined : parseScope(given);
    const found = new Map<string, { index: number; policy: PlacedPolicy }>();
    const kinds = planner.kinds.filter(({ kind }) => kind === KIND);
    for (const read of readDocuments(documents, kinds, problems)) {
      const { index, name, rules } = read;
      const twin = found.get(name);
      if (twin) problems.report(index, "/name", `${KIND} "${name}" is there twice`, twin.index);
      try {
        const { document, before } = await placed(store.read, read, { actor, scope, defaultScope });
        const { read: action } = rules.actions;
        if (!isAllowed(actor, action, document.scope)) {
          problems.deny(index, `${actor.name} needs the role "${ACTIONS[action]}" at ${document.scope} for ${action}`);
          continue;
        }
        if (before && before.scope !== document.scope) {
          const where = isAllowed(actor, action, before.scope) ? `in ${before.scope}` : `where ${actor.name} can't see it`;
          problems.report(index, "/name", `${KIND} "${name}" exists ${where}; choose another name, or delete that one first`);
        }
        const spec = document.fields;
        for (const { path, message } of await resources.problemsOf(store.read, { kind: KIND, name, scope: document.scope, spec }, { actor }))
          problems.report(index, path, message);
        found.set(name, { index, policy: { name, scope: document.scope, spec } });
      } catch (error) {
        problems.take(index, error);
      }
    }
    problems.refuse();
    return [...found.values()].map(({ policy }) => policy);
  }

  /** Whoever could try out places that they may not see would learn the policies there. @throws MACHINE_NOT_FOUND, SCOPE_INVALID, PERMISSION_DENIED, BAD_REQUEST */
  async function readMoves(moves: NonNullable<WhatIfRequest["moves"]>, actor: Actor): Promise<Move[]> {
    const names = new Set<string>();
    return Promise.all(
      moves.map(async ({ machine, scope, tags }) => {
        if (names.has(machine)) throw new RunwrightError("BAD_REQUEST", `machine ${machine} is there twice: say all that would change about it at once`);
        names.add(machine);
        const { id } = await visibleMachine(store, actor, machine);
        const to = scope === undefined ? undefined : parseScope(scope);
        if (to !== undefined && !isAllowed(actor, "update.read", to))
          throw new RunwrightError("PERMISSION_DENIED", `${actor.name} needs the role "${ACTIONS["update.read"]}" at ${to} to see what holds there`);
        return { machineId: id, ...(to === undefined ? {} : { scope: to }), ...(tags === undefined ? {} : { tags }) };
      }),
    );
  }
}

function shownUpdate({ update, isOverdue, dueAt, firstSeen, changes, ...same }: UpdateWhy): Shown {
  const { name, title, architecture, installedVersion, candidateVersion, classification, severity, cves, advisories, held, phased, firstSeenAt } = update;
  return {
    ...{
      name,
      title: title ?? null,
      architecture,
      installedVersion,
      candidateVersion,
      classification,
      severity,
      cves: [...cves],
      advisories: [...advisories],
      held,
      phased,
    },
    ...{ ...same, overdue: isOverdue, dueAt: toTimeOrNull(dueAt), firstSeenAt: toTime(firstSeenAt) },
    firstSeen: firstSeen.map(({ scope, at }) => ({ scope, at: toTimeOrNull(at) })),
    changes: changes.map(({ at, text }) => ({ at: toTimeOrNull(at), text })),
  };
}
