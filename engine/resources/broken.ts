import { type Actor, isAllowed } from "../core/role.ts";
import type { Reads } from "../store/store.ts";
import type { Seen } from "./pass.ts";
import type { Problems } from "./plan-problems.ts";
import type { RunbookPort } from "./ports.ts";

export interface BrokenParts {
  seen: ReadonlyMap<string, Seen>;
  published: ReadonlySet<string>;
  deleted: ReadonlySet<string>;
  actor: Actor;
  problems: Problems;
  runbooks: Pick<RunbookPort, "brokenBy">;
}

/** What would be there and couldn't work: triggers of runbooks that are gone, or whose new version doesn't take their parameters. */
export async function runbookProblems(reads: Reads, { seen, published, deleted, actor, problems, runbooks }: BrokenParts): Promise<void> {
  const documents = new Map([...seen.values()].map((one) => [`${one.rules.kind}\n${one.document.name}`, one]));

  async function report(runbook: string, what: "published" | "deleted"): Promise<void> {
    const record = await reads.runbooks.byName(runbook);
    const version = record && what === "published" ? await reads.runbooks.version(record.id, record.latestVersion) : undefined;
    const because = what === "deleted" ? "this plan deletes" : "its new version doesn't take";
    for (const broken of await runbooks.brokenBy(reads, runbook, version?.manifest.parameters ?? null)) {
      const own = documents.get(`${broken.kind}\n${broken.name}`);
      // One that this plan has changed was checked against the new version already.
      if (own?.isChanged && what === "published") continue;
      if (own) {
        for (const { path, message } of broken.problems)
          problems.report(
            own.index,
            path,
            what === "deleted" ? `starts ${runbook}, which ${because}` : `${message}: ${because} it`,
            seen.get(`Runbook\n\n${runbook}`)?.index,
          );
        continue;
      }
      const name = isAllowed(actor, "schedule.read", broken.scope) ? `${broken.kind} ${broken.name}` : `something in a scope that ${actor.name} can't see`;
      const told = broken.problems.map(({ path, message }) => `${path} ${message}`).join("; ");
      const message = `${name} starts ${runbook}, ${what === "deleted" ? `which ${because}` : `whose new version doesn't take its parameters (${told})`}; change it together with it`;
      problems.report(seen.get(`Runbook\n\n${runbook}`)?.index ?? null, "", message);
    }
  }

  for (const runbook of published) await report(runbook, "published");
  for (const runbook of deleted) await report(runbook, "deleted");
  await reportStale();

  /** What is as it was isn't checked again, but for what it starts: that may be gone since. */
  async function reportStale(): Promise<void> {
    const isThere = new Map<string, boolean>();
    for (const { index, rules, document, isChanged } of seen.values()) {
      if (isChanged) continue;
      for (const [i, runbook] of (rules.runbooks?.(document.fields) ?? []).entries()) {
        if (deleted.has(runbook)) continue;
        if (!isThere.has(runbook)) {
          const found = await reads.runbooks.byName(runbook);
          isThere.set(runbook, found !== undefined && found.deletedAt === null);
        }
        if (isThere.get(runbook) === false)
          problems.report(
            index,
            rules.runbookPaths?.(document.fields)[i] ?? `/runs/${i}/runbook`,
            `runbook "${runbook}" was deleted; restore it with \`runwright runbook restore ${runbook}\`, or start another one`,
          );
      }
    }
  }
}
