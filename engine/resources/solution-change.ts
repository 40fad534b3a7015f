import { createHash } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import { isFinal, JOB_STATUSES } from "../core/job.ts";
import { canonicalJson } from "../core/json.ts";
import { type ACTIONS, isAllowed } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import { fateOf, type InstalledSolution, SOLUTION_KINDS, type SolutionMember } from "../core/solution.ts";
import type { KeptMember, PlannedChange, PlanRequest } from "../protocol/http/plan.ts";
import type { SolutionRecord } from "../store/records/solutions.ts";
import type { Writes } from "../store/store.ts";
import type { ChangeContext, DocumentKind, Placed, Standing } from "./document-kind.ts";
import type { Problems } from "./plan-problems.ts";
import type { Audit, RunbookPort } from "./ports.ts";
import { type Starter, solutionReach } from "./solution-reach.ts";

const OPEN = JOB_STATUSES.filter((status) => !isFinal(status));
const MOST_COUNTED = 100;

export interface SolutionParts {
  clock: Clock;
  newId: NewId;
  runbooks: Pick<RunbookPort, "brokenBy" | "beyond">;
  audit: Audit;
}

/** What a pass knows and does that a solution needs of it. */
export interface SolutionPass {
  kinds: readonly DocumentKind[];
  problems: Problems;
  context: ChangeContext;
  /** Whether the actor may; if not, it is a problem. */
  may(action: keyof typeof ACTIONS, scope: Scope): boolean;
  /** Deletes something, and notes it. */
  remove(rules: DocumentKind, standing: Standing, warnings: readonly string[]): Promise<void>;
}

/** A solution in the transaction of a plan: what it has brought, and what becomes of that. */
export function openSolution(tx: Writes, parts: SolutionParts, pass: SolutionPass, known: SolutionRecord | undefined) {
  const { problems, context, kinds } = pass;
  const { actor } = context.caller;
  const reach = solutionReach(tx, { runbooks: parts.runbooks, problems, actor });
  const kept: KeptMember[] = [];
  const members: SolutionMember[] = [];
  /** What was there before the solution, and goes with it from now on. */
  const adopted: string[] = [];
  const recorded = new Map((known?.members ?? []).map((member) => [keyOf(member), member]));

  const keep = ({ kind }: Pick<DocumentKind, "kind">, { name, scope }: { name: string; scope: Scope }, reason: string): void =>
    void kept.push({ kind, name, scope, reason });

  /** Takes away what nobody has changed and no other solution has, the last of what was made first. */
  async function drop(gone: readonly SolutionMember[]): Promise<void> {
    const others = (await tx.solutions.list(["/"])).filter(({ id }) => id !== known?.id);
    for (const rules of kinds.toReversed()) {
      for (const member of gone) {
        if (member.kind !== rules.kind) continue;
        const standing = await rules.find(tx, member);
        if (!standing || rules.isGone?.(standing) || standing.scope !== member.scope) continue;
        if (!isAllowed(actor, rules.actions.read, member.scope)) {
          problems.deny(null, `it has brought something that ${actor.name} can't see; somebody who can may take it away`);
          continue;
        }
        const user = rules.kind === "Runbook" ? (await parts.runbooks.brokenBy(tx, member.name, null))[0] : undefined;
        const other = others.find(({ members }) => members.some((one) => keyOf(one) === keyOf(member)));
        if (other) keep(rules, member, `${shownOther(other)} has brought it, too`);
        else if (digestOf(rules, standing.fields) !== member.digest) keep(rules, member, "somebody has changed it since");
        else if (user) keep(rules, member, `${shownUser(user)} starts it`);
        else if (pass.may(rules.removal ?? rules.actions.write, standing.scope)) await pass.remove(rules, standing, await warningsOf(rules, standing));
      }
    }
  }

  const shownUser = ({ kind, name, scope }: { kind: string; name: string; scope: Scope }): string =>
    isAllowed(actor, "schedule.read", scope) ? `${kind} ${name}` : `something in a scope that ${actor.name} can't see`;

  const shownOther = ({ name, scope }: SolutionRecord): string =>
    isAllowed(actor, "solution.read", scope) ? `solution ${name}` : `a solution in a scope that ${actor.name} can't see`;

  /** Jobs keep the version that they were asked for with. */
  async function warningsOf({ kind }: DocumentKind, { name }: Standing): Promise<string[]> {
    if (kind !== "Runbook") return [];
    const open = await tx.jobs.list({ scopes: ["/"], runbook: name, statuses: OPEN, limit: MOST_COUNTED });
    return open.length === 0 ? [] : [`${open.length} of its jobs haven't ended: they go on to their end`];
  }

  return {
    kept,

    /** Whether the pass goes on with a document of the solution; if not, it stays as it is, or is a problem. */
    admits(index: number, rules: DocumentKind, document: Placed, before: Standing | undefined, solution: NonNullable<PlanRequest["solution"]>): boolean {
      if (!SOLUTION_KINDS.some((kind) => kind === rules.kind)) {
        problems.report(index, "/kind", `a solution brings no ${rules.kind}; it may have ${SOLUTION_KINDS.join(", ")}`);
        return false;
      }
      if (rules.kind === "Runbook") reach.requireShown(index, document, before, solution);
      const wanted = digestOf(rules, document.fields);
      const { name, scope } = document;
      members.push({ kind: rules.kind, name, scope, digest: wanted });
      const standing = before === undefined || rules.isGone?.(before) ? null : digestOf(rules, before.fields);
      const last = recorded.get(keyOf({ kind: rules.kind, name, scope }))?.digest ?? null;
      const fate = fateOf({ recorded: last, standing, wanted });
      if (fate === "make" || solution.overwrite) {
        if (last === null && standing !== null) adopted.push(`${rules.kind} ${name}`);
        return true;
      }
      // A variable is where people say what differs from place to place: theirs is as good as the solution's.
      if (fate === "clash" && rules.kind === "Variable") keep(rules, document, "it is there already with another value, which counts");
      else if (fate === "clash")
        problems.report(
          index,
          "/name",
          `${rules.kind} "${name}" is there already, and not of this solution; rename or delete it, or take it over with --overwrite`,
        );
      else {
        const what = standing === null ? "deleted" : "changed";
        keep(
          rules,
          document,
          fate === "keep"
            ? `somebody has ${what} it since`
            : `somebody has ${what} it since, and the solution has changed it too; --overwrite takes the solution's`,
        );
      }
      return false;
    },

    /** What it starts and hasn't brought does no more than it shows, either. */
    requireStartedShown(started: Iterable<Starter>, solution: NonNullable<PlanRequest["solution"]>): Promise<void> {
      const own = new Set(members.filter(({ kind }) => kind === "Runbook").map(({ name }) => name));
      return reach.requireStartedShown(started, own, solution);
    },

    /** Takes away what an earlier version has brought and this one hasn't. */
    dropObsolete(): Promise<void> {
      const wanted = new Set(members.map(keyOf));
      return drop((known?.members ?? []).filter((member) => !wanted.has(keyOf(member))));
    },

    /** Records what it is now. @returns the change, if it is one */
    async record({ name, version, summary }: NonNullable<PlanRequest["solution"]>, scope: Scope): Promise<PlannedChange | undefined> {
      const is: InstalledSolution = { version, summary, members: members.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) };
      const was = known && contentOf(known);
      if (was && canonicalJson(was) === canonicalJson(is)) return undefined;
      if (!pass.may("solution.write", scope)) return undefined;
      const [now, by] = [parts.clock.now(), context.caller.actor.name];
      const stamps = known ?? { id: parts.newId("sol"), revision: 0, createdAt: now, createdBy: by };
      await tx.solutions.put({ ...stamps, ...is, name, scope, revision: stamps.revision + 1, updatedAt: now, updatedBy: by });
      parts.audit(tx, context.caller, {
        operation: "solution.install",
        target: `solution:${name}`,
        scope,
        details: { version, from: known?.version ?? null, members: members.length, plan: context.plan },
      });
      const warnings = adopted.map((one) => `${one} was there before: it belongs to the solution now, and is removed with it`);
      return { ...changeOf(name, scope, known && shownOf(known), shownOf(is)), warnings };
    },

    /** Takes away what it has brought, and forgets it. */
    async forget({ id, name, scope, version, ...solution }: SolutionRecord): Promise<PlannedChange | undefined> {
      if (!pass.may("solution.write", scope)) return undefined;
      await drop(solution.members);
      await tx.solutions.delete(id);
      parts.audit(tx, context.caller, {
        operation: "solution.remove",
        target: `solution:${name}`,
        scope,
        details: { version, kept: kept.length, plan: context.plan },
      });
      return changeOf(name, scope, shownOf({ version, ...solution }), null);
    },
  };
}

/** What two documents of one kind have in common when they say the same. */
export const digestOf = (rules: Pick<DocumentKind, "content">, fields: Placed["fields"]): string =>
  createHash("sha256")
    .update(canonicalJson(rules.content?.(fields) ?? fields))
    .digest("hex");

const keyOf = ({ kind, name, scope }: Pick<SolutionMember, "kind" | "name" | "scope">): string => [kind, scope, name].join("\n");
const contentOf = ({ version, summary, members }: InstalledSolution): InstalledSolution => ({ version, summary, members });
const shownOf = ({ version, summary, members }: InstalledSolution) => ({ version, summary, members: members.map(({ kind, name }) => `${kind} ${name}`) });

function changeOf(name: string, scope: Scope, before: ReturnType<typeof shownOf> | undefined, after: ReturnType<typeof shownOf> | null): PlannedChange {
  const action = before === undefined ? "create" : after === null ? "delete" : "update";
  return { action, kind: "Solution", name, scope, before: before ?? null, after, fields: [], permissions: [], warnings: [] };
}
