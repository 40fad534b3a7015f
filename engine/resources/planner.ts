import { createHash } from "node:crypto";
import { RunwrightError } from "../core/errors.ts";
import { canonicalJson } from "../core/json.ts";
import { type Actor, allowedScopes } from "../core/role.ts";
import { parseScope, type Scope, scopeIncludes } from "../core/scope.ts";
import type { Plan, PlanRequest } from "../protocol/http/plan.ts";
import type { SolutionRecord } from "../store/records/solutions.ts";
import type { Store, Writes } from "../store/store.ts";
import type { DocumentKind } from "./document-kind.ts";
import { byPlace, type ReadDocument, readDocuments } from "./documents.ts";
import { createPass, type PassParts } from "./pass.ts";
import { gatherProblems, type Problems } from "./plan-problems.ts";
import type { Caller } from "./ports.ts";
import { type SolutionView, solutionView } from "./solution-view.ts";

export interface PlannerParts extends Omit<PassParts, "kinds"> {
  store: Store;
  /** In the order in which they are made. */
  kinds: readonly DocumentKind[];
}

/** Place in the lists of all kinds. */
export interface StandingPlace {
  kind: number;
  offset: number;
}

/** Documents as an export writes them, and where to go on; null: there are no more. */
export interface StandingPage {
  items: Readonly<Record<string, unknown>>[];
  next: StandingPlace | null;
}

/**
 * Compares documents with what is there, and makes it so. A plan is an apply in a transaction that is always undone: what it shows is what an apply does, and every rule
 * sees what would be there. An apply is one transaction: all of the plan, or nothing.
 */
export function createPlanner(parts: PlannerParts) {
  const { store, kinds } = parts;
  const pass = createPass(parts);

  /** What can be told without a transaction, and bundles loaded. */
  async function read(request: PlanRequest, { actor }: Caller): Promise<{ documents: ReadDocument[]; problems: Problems }> {
    const problems = gatherProblems();
    const documents: ReadDocument[] = [];
    if (request.scope !== undefined) parseScope(request.scope);
    requireOneWish(request);
    for (const one of readDocuments(request.documents, kinds, problems)) {
      try {
        documents.push({ ...one, prepared: await one.rules.prepare?.(one, actor) });
      } catch (error) {
        problems.take(one.index, error);
      }
    }
    return { documents, problems };
  }

  async function work(tx: Writes, request: PlanRequest, { documents, problems }: Awaited<ReturnType<typeof read>>, caller: Caller, plan: string | null) {
    // A transaction may run again: what it finds is its own.
    const own = gatherProblems(problems);
    await tx.resources.lockPlans();
    const done = await pass(tx, { request, documents, problems: own, caller, plan });
    own.refuse();
    const { changes, unchanged, revisions, touched, kept } = done;
    const content = changes.map(({ action, kind, name, scope, after }, i) => ({ action, kind, name, scope, after, revision: revisions[i] }));
    const hash = createHash("sha256")
      .update(canonicalJson(kept ? [content, kept] : content))
      .digest("hex");
    return { plan: { hash, changes, unchanged, ...(kept ? { kept } : {}) } satisfies Plan, touched };
  }

  return {
    kinds,

    /** @throws RESOURCE_INVALID or PERMISSION_DENIED whose details are PlanProblem[] */
    async plan(request: PlanRequest, caller: Caller): Promise<Plan> {
      const ready = await read(request, caller);
      try {
        return await store.writeApart(async (tx) => {
          throw new Undone((await work(tx, request, ready, caller, null)).plan);
        });
      } catch (error) {
        if (error instanceof Undone) return error.plan;
        throw error;
      }
    },

    /** @throws PLAN_CHANGED when it would do anything else than the plan of this hash; what `plan` throws */
    async apply(request: PlanRequest, hash: string, caller: Caller): Promise<Plan> {
      const ready = await read(request, caller);
      const { plan, touched } = await store.writeApart(async (tx) => {
        const done = await work(tx, request, ready, caller, hash.slice(0, 12));
        if (done.plan.hash !== hash)
          throw new RunwrightError(
            "PLAN_CHANGED",
            "what is there has changed since the plan was made: this would do something else; plan again, and look at it",
          );
        return done;
      });
      for (const kind of kinds) if (touched.has(kind.kind)) kind.changed?.();
      return plan;
    },

    /** What is there of an installed solution, as far as the actor may see it. */
    solution: (record: SolutionRecord, actor: Actor): Promise<SolutionView> => solutionView(store.read, kinds, record, actor),

    /** What is there, kind by kind, as far as the actor may see it. @param scope there and below */
    async standing({ actor, scope, after, limit }: { actor: Actor; scope: Scope; after: StandingPlace; limit: number }): Promise<StandingPage> {
      const items: StandingPage["items"] = [];
      let offset = after.offset;
      for (let place = after.kind; place < kinds.length; place++, offset = 0) {
        const kind = kinds[place] as DocumentKind;
        const all = await kind.list(store.read, within(scope, allowedScopes(actor, kind.actions.read)));
        for (const one of all.toSorted(byPlace).slice(offset)) {
          if (items.length === limit) return { items, next: { kind: place, offset } };
          const named = kind.nameFrom ? {} : { name: one.name };
          items.push({ kind: kind.kind, ...named, scope: one.scope, ...((await kind.exported?.(store.read, one)) ?? one.fields) });
          offset += 1;
        }
      }
      return { items, next: null };
    },
  };
}
export type Planner = ReturnType<typeof createPlanner>;

/** @throws BAD_REQUEST */
function requireOneWish({ documents, prune, pruneRunbooks, solution, removeSolution }: PlanRequest): void {
  const refuse = (what: string): never => {
    throw new RunwrightError("BAD_REQUEST", what);
  };
  if (solution && (prune || pruneRunbooks)) refuse("a solution takes away what it no longer has by itself: it isn't pruned");
  if (solution && documents.length === 0) refuse("a solution without any document brings nothing");
  if (removeSolution !== undefined && (solution || documents.length > 0 || prune || pruneRunbooks))
    refuse("a solution is removed by itself: leave out documents, solution and prune");
}

/** Undoes the transaction of a plan, and carries it out. */
class Undone extends Error {
  readonly plan: Plan;
  constructor(plan: Plan) {
    super("a plan changes nothing");
    this.plan = plan;
  }
}

/** What of these trees lies in the scope and below it. */
const within = (scope: Scope, trees: readonly Scope[]): Scope[] =>
  trees.flatMap((tree) => (scopeIncludes(tree, scope) ? [scope] : scopeIncludes(scope, tree) ? [tree] : []));
