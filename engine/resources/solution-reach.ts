import type { Manifest } from "../core/manifest.ts";
import { type Actor, isAllowed } from "../core/role.ts";
import type { PlanRequest } from "../protocol/http/plan.ts";
import type { Reads } from "../store/store.ts";
import type { DocumentKind, Placed, Standing } from "./document-kind.ts";
import type { Problems } from "./plan-problems.ts";
import type { RunbookPort } from "./ports.ts";

type Shown = Pick<NonNullable<PlanRequest["solution"]>, "permissions">;

/** A document of a solution, which may start runbooks. */
export interface Starter {
  index: number;
  rules: DocumentKind;
  document: Placed;
}

/** Holds a solution to the permissions that it shows: those of its runbooks, and of others' that it starts with its own parameters. */
export function solutionReach(reads: Reads, { runbooks, problems, actor }: { runbooks: Pick<RunbookPort, "beyond">; problems: Problems; actor: Actor }) {
  return {
    /** A runbook that asks for more isn't installed, whatever else the plan says. */
    requireShown(index: number, { name, prepared }: Placed, before: Standing | undefined, { permissions = {} }: Shown): void {
      const manifest = manifestOf(prepared) ?? manifestOf(before && "newest" in before ? before.newest : undefined);
      const texts = manifest ? runbooks.beyond(permissions[name] ?? {}, manifest) : [];
      for (const text of texts) problems.report(index, "", `${text}: that is more than solution.yaml shows for ${name} (permissions)`);
    },

    /** @param own names of the runbooks that the solution brings, which are judged by themselves */
    async requireStartedShown(started: Iterable<Starter>, own: ReadonlySet<string>, { permissions = {} }: Shown): Promise<void> {
      const wrong = new Set(problems.all.map(({ index }) => index)); // their fields may be anything
      for (const { index, rules, document } of started) {
        if (wrong.has(index)) continue;
        for (const [i, name] of (rules.runbooks?.(document.fields) ?? []).entries()) {
          const record = own.has(name) ? undefined : await reads.runbooks.byName(name);
          const newest = record && (await reads.runbooks.version(record.id, record.latestVersion));
          const texts = newest ? runbooks.beyond(permissions[name] ?? {}, newest.manifest) : [];
          if (!record || texts.length === 0) continue;
          const path = rules.runbookPaths?.(document.fields)[i] ?? `/runs/${i}/runbook`;
          const what = isAllowed(actor, "runbook.read", record.scope) ? texts.join("; ") : "does something";
          problems.report(index, path, `${name}, which isn't of this solution, ${what}: that is more than solution.yaml shows for it (permissions)`);
        }
      }
    },
  };
}

const manifestOf = (given: unknown): Manifest | undefined =>
  typeof given === "object" && given !== null && "manifest" in given ? (given.manifest as Manifest) : undefined;
