import { fieldChanges } from "../core/document.ts";
import { RunwrightError } from "../core/errors.ts";
import { canonicalJson } from "../core/json.ts";
import { ACTIONS, type Action, type Actor, isAllowed } from "../core/role.ts";
import { parseScope, type Scope, scopeIncludes } from "../core/scope.ts";
import type { PlannedChange, PlanRequest } from "../protocol/http/plan.ts";
import type { Writes } from "../store/store.ts";
import { runbookProblems } from "./broken.ts";
import type { ChangeContext, DocumentKind, Placed, Standing, Telling } from "./document-kind.ts";
import { byPlace, placed, type ReadDocument } from "./documents.ts";
import type { Problems } from "./plan-problems.ts";
import type { Caller, RunbookPort } from "./ports.ts";
import { openSolution, type SolutionParts } from "./solution-change.ts";

export interface PassParts extends Omit<SolutionParts, "runbooks"> {
  kinds: readonly DocumentKind[];
  runbooks: Pick<RunbookPort, "brokenBy" | "beyond">;
  /** The root when the actor may do this there, else the only place where it may. @throws PERMISSION_DENIED, BAD_REQUEST */
  defaultScope(actor: Actor, action: Action): Scope;
}

export interface PassRequest {
  request: PlanRequest;
  documents: readonly ReadDocument[];
  problems: Problems;
  caller: Caller;
  /** Of the plan that is done. */
  plan: string | null;
}

/** A document that has been looked at. */
export interface Seen {
  index: number;
  rules: DocumentKind;
  document: Placed;
  isChanged: boolean;
}

export const keyOf = (kind: Pick<DocumentKind, "kind" | "names">, { name, scope }: { name: string; scope: Scope }): string =>
  [kind.kind, kind.names === "perScope" ? scope : "", name].join("\n");

/** One pass over documents, in a transaction: makes what isn't there, changes what differs, deletes what is to go, and looks whether all fits together then. */
export function createPass(parts: PassParts) {
  const { kinds, runbooks, defaultScope } = parts;
  return async function pass(tx: Writes, { request, documents, problems, caller, plan }: PassRequest) {
    const { actor } = caller;
    const context: ChangeContext = { caller, plan, message: request.message ?? "" };
    const changes: PlannedChange[] = [];
    const advised: { change: PlannedChange; rules: DocumentKind; document: Placed }[] = [];
    const revisions: number[] = [];
    const touched = new Set<string>();
    const seen = new Map<string, Seen>();
    const published = new Set<string>();
    const deleted = new Set<string>();
    let unchanged = 0;

    const may = (index: number | null, action: Action, scope: Scope): boolean => {
      if (isAllowed(actor, action, scope)) return true;
      problems.deny(index, `${actor.name} needs the role "${ACTIONS[action]}" at ${scope} for ${action}`);
      return false;
    };

    function note(
      action: PlannedChange["action"],
      rules: DocumentKind,
      { name, scope }: Placed | Standing,
      before: Standing | undefined,
      after: unknown,
      told: Partial<Telling>,
    ) {
      const { permissions = [], warnings = [], files } = told;
      const was = before?.fields ?? null;
      const fields = action === "update" ? fieldChanges(was, after) : [];
      const change = { action, kind: rules.kind, name, scope, before: was, after, fields, permissions, warnings, ...(files ? { files } : {}) };
      changes.push(change);
      revisions.push(before?.revision ?? 0);
      touched.add(rules.kind);
      return change;
    }

    /** Deletes it, and notes that. */
    async function remove(rules: DocumentKind, standing: Standing, warnings: readonly string[] = []): Promise<void> {
      try {
        await rules.remove(tx, standing, context);
      } catch (error) {
        problems.take(null, error);
        return;
      }
      const told = rules.tellRemoval?.(standing) ?? {};
      note("delete", rules, standing, standing, null, { ...told, warnings: [...(told.warnings ?? []), ...warnings] });
      if (rules.kind === "Runbook") deleted.add(standing.name);
    }

    async function put(one: ReadDocument): Promise<void> {
      const { index, rules } = one;
      const { document, before } = await placed(tx, one, { actor, scope: request.scope ?? (request.solution && known?.scope), defaultScope });
      const key = keyOf(rules, document);
      const twin = seen.get(key);
      if (twin) return problems.report(index, rules.nameFrom ? "" : "/name", `${rules.kind} "${one.name}" is there twice`, twin.index);
      const isSame = before?.scope === document.scope && (rules.isSame?.(document, before) ?? canonicalJson(document.fields) === canonicalJson(before.fields));
      seen.set(key, { index, rules, document, isChanged: !isSame });
      // First of all: else the answer would tell a stranger whether a guess is right.
      if (!may(index, rules.actions.read, document.scope)) return;
      // What lies in another scope is told below.
      const isAdmitted = !request.solution || (before && before.scope !== document.scope) || solution?.admits(index, rules, document, before, request.solution);
      if (!isAdmitted) {
        seen.delete(key); // it stays as it is, beside what the plan makes
        return;
      }
      if (isSame) {
        unchanged += 1;
        return;
      }
      if (!may(index, rules.actions.write, document.scope)) return;
      if (request.solution && before?.scope === document.scope && rules.isGone?.(before)) return bringBack(one, document, before);
      if (before && before.scope !== document.scope) {
        const where = isAllowed(actor, rules.actions.read, before.scope) ? `in ${before.scope}` : `where ${actor.name} can't see it`;
        return problems.report(index, "/name", `${rules.kind} "${one.name}" exists ${where}; choose another name, or delete that one first`);
      }
      const told = (await rules.tell?.(document, before, tx)) ?? {};
      const shown = rules.shown?.(document, before) ?? document.fields;
      await rules.put(tx, document, before, context);
      advised.push({ change: note(before ? "update" : "create", rules, document, before, shown, told), rules, document });
      if (rules.kind === "Runbook") published.add(one.name);
    }

    /** A solution that was removed and comes again finds its runbooks deleted. */
    async function bringBack({ name, rules }: ReadDocument, document: Placed, gone: Standing): Promise<void> {
      await rules.restore?.(tx, gone, context);
      const back = await rules.find(tx, document);
      const told = (await rules.tell?.(document, undefined, tx)) ?? {};
      const isSame = back !== undefined && rules.isSame?.(document, back) === true;
      const shown = isSame ? back.fields : (rules.shown?.(document, back) ?? document.fields);
      if (!isSame) await rules.put(tx, document, back, context);
      const warnings = [...(told.warnings ?? []), "it was deleted, and comes back with its earlier versions"];
      note("create", rules, document, gone, shown, { ...told, warnings });
      published.add(name);
    }

    async function prune(rules: DocumentKind): Promise<void> {
      const { prune: isPruned, pruneRunbooks, scope } = request;
      if (!isPruned || (rules.prune === "asked" && !pruneRunbooks)) return;
      const mentioned = new Set([...seen.values()].filter((one) => one.rules === rules).map((one) => one.document.scope));
      if (mentioned.size === 0 && (scope === undefined || rules.prune === "mentioned")) return;
      const isAffected = (one: Standing) => mentioned.has(one.scope) || (scope !== undefined && scopeIncludes(scope, one.scope));
      const found = await rules.list(tx, scope === undefined ? [...mentioned] : [scope, ...mentioned]);
      for (const standing of found.toSorted(byPlace)) {
        if (!isAffected(standing) || seen.has(keyOf(rules, standing)) || rules.mayPrune?.(standing) === false) continue;
        if (!isAllowed(actor, rules.actions.read, standing.scope)) continue;
        if (!may(null, rules.removal ?? rules.actions.write, standing.scope)) continue;
        await remove(rules, standing);
      }
    }

    const known = await knownSolution();
    const wanted = request.solution ?? (known && request.removeSolution !== undefined ? {} : undefined);
    const solution = wanted && openSolution(tx, parts, { kinds, problems, context, may: (action, scope) => may(null, action, scope), remove }, known);

    for (const rules of kinds) {
      for (const one of documents) {
        if (one.rules !== rules) continue;
        try {
          await put(one);
        } catch (error) {
          problems.take(one.index, error);
        }
      }
    }
    for (const rules of kinds.toReversed()) await prune(rules);
    await closeSolution();
    for (const { change, rules, document } of advised) change.warnings.push(...((await rules.advise?.(document, tx)) ?? []));
    await runbookProblems(tx, { seen, published, deleted, actor, problems, runbooks });
    return { changes, revisions, unchanged, touched, ...(solution ? { kept: solution.kept } : {}) };

    /** The one that is installed or removed, as it is. */
    async function knownSolution() {
      const name = request.solution?.name ?? request.removeSolution;
      const found = name === undefined ? undefined : await tx.solutions.byName(name);
      if (request.removeSolution !== undefined && (!found || !isAllowed(actor, "solution.read", found.scope)))
        throw new RunwrightError("NOT_FOUND", `there is no solution "${name}"; \`runwright solution list\` shows what there is`);
      if (request.solution && found) requireHere(found);
      return found;
    }

    /** Another version is installed where the solution is. */
    function requireHere({ name, scope }: { name: string; scope: Scope }): void {
      const isSeen = isAllowed(actor, "solution.read", scope);
      if (!isSeen) throw new RunwrightError("NAME_TAKEN", `solution "${name}" is installed where ${actor.name} can't see it; choose another name`);
      if (request.scope !== undefined && parseScope(request.scope) !== scope)
        throw new RunwrightError("NAME_TAKEN", `solution "${name}" is installed in ${scope}; leave out the scope, or remove it there first`);
    }

    async function closeSolution(): Promise<void> {
      if (!solution) return;
      if (request.solution) {
        await solution.requireStartedShown(seen.values(), request.solution);
        await solution.dropObsolete();
      }
      const change = request.solution
        ? await solution.record(request.solution, known?.scope ?? request.scope ?? defaultScope(actor, "solution.write"))
        : known && (await solution.forget(known));
      if (!change) return;
      changes.push(change);
      revisions.push(known?.revision ?? 0);
    }
  };
}
