import { RunwrightError } from "../../core/errors.ts";
import { ACTIONS, allowedScopes } from "../../core/role.ts";
import { isRunbookName } from "../../core/runbook-name.ts";
import { shapeProblems } from "../../protocol/resources/problems.ts";
import { RunbookFileSpec, RunbookSpec } from "../../protocol/resources/runbook.ts";
import type { RunbookRecord, VersionRecord } from "../../store/records/runbooks.ts";
import type { Reads } from "../../store/store.ts";
import type { DocumentKind, Placed, Standing } from "../document-kind.ts";
import type { Audit, ReceivedRunbook, RunbookPort } from "../ports.ts";
import { refuse } from "../resources.ts";

const MOST = 1_000_000;

interface StandingRunbook extends Standing {
  record: RunbookRecord;
  newest: VersionRecord | undefined;
}

/** Runbooks: a document is a bundle, and a change is a new version. */
export function runbookDocument({ runbooks, audit }: { runbooks: RunbookPort; audit: Audit }): DocumentKind<StandingRunbook> {
  async function standing(reads: Reads, record: RunbookRecord): Promise<StandingRunbook> {
    const newest = record.latestVersion > 0 ? await reads.runbooks.version(record.id, record.latestVersion) : undefined;
    const { name, scope, latestVersion } = record;
    return { name, scope, revision: latestVersion, fields: newest ? shownOf(latestVersion, newest.bundleHash, newest.manifest.summary) : {}, record, newest };
  }

  return {
    kind: "Runbook",
    schema: RunbookFileSpec,
    actions: { read: "runbook.read", write: "runbook.publish" },
    removal: "runbook.delete",
    prune: "asked",

    async prepare({ name, fields }, actor): Promise<ReceivedRunbook | undefined> {
      refuse({ kind: "Runbook", name }, nameProblems(name));
      refuse({ kind: "Runbook", name }, shapeProblems(RunbookSpec, fields));
      const { bundle, bundleHash, sourceMap = null, sources = [] } = fields as RunbookSpec;
      if (bundle === undefined) return undefined;
      if (allowedScopes(actor, "runbook.publish").length === 0)
        throw new RunwrightError("PERMISSION_DENIED", `${actor.name} needs the role "${ACTIONS["runbook.publish"]}" for runbook.publish`);
      return runbooks.receive({ name, bundle, bundleHash, sourceMap, sources });
    },

    async find(reads, { name }) {
      const found = await reads.runbooks.byName(name);
      return found && standing(reads, found);
    },

    async list(reads, scopes) {
      const all: StandingRunbook[] = [];
      for (const one of await reads.runbooks.list({ scopes, deleted: false, limit: MOST })) if (one.latestVersion > 0) all.push(await standing(reads, one));
      return all;
    },

    isSame: ({ fields }, { record, newest }) => record.deletedAt === null && newest !== undefined && newest.bundleHash === fields.bundleHash,

    content: ({ bundleHash }) => bundleHash,
    isGone: ({ record }) => record.deletedAt !== null,

    async restore(tx, { name, scope }, { caller, plan }) {
      await runbooks.restore(tx, name, { by: caller.actor.name });
      audit(tx, caller, { operation: "runbook.restore", target: `runbook:${name}`, scope, details: { plan } });
    },

    shown({ fields, prepared }, before) {
      const received = prepared as ReceivedRunbook | undefined;
      return shownOf((before?.revision ?? 0) + 1, String(fields.bundleHash), received?.manifest.summary ?? "");
    },

    tell: async ({ prepared }, before) => (prepared === undefined ? {} : runbooks.compare(before?.newest, prepared as ReceivedRunbook)),

    async put(tx, document, before, { caller, plan, message }) {
      const { name, scope } = document;
      const received = receivedOf(document);
      await runbooks.requireVisible(tx, received.manifest, scope, caller.actor);
      const { version } = await runbooks.publish(tx, name, scope, received, { by: caller.actor.name, message });
      if (version !== (before?.revision ?? 0) + 1) throw new RunwrightError("PLAN_CHANGED", `someone else is publishing ${name}; plan again`);
      const details = { version, bundleHash: received.bundleHash, message, plan };
      audit(tx, caller, { operation: "runbook.publish", target: `runbook:${name}`, scope, details });
    },

    async remove(tx, { name, scope }, { caller, plan }) {
      await runbooks.remove(tx, name, { by: caller.actor.name });
      audit(tx, caller, { operation: "runbook.delete", target: `runbook:${name}`, scope, details: { plan } });
    },

    exported: async (_, { newest }) => ({ sources: newest?.sources ?? [] }),
  };
}

const shownOf = (version: number, bundleHash: string, summary: string) => ({ version, summary, bundleHash });

const nameProblems = (name: string) =>
  isRunbookName(name) ? [] : [{ path: "/name", message: 'must be lower-case letters, digits and "-", at most 63, beginning with a letter or digit' }];

function receivedOf({ name, prepared }: Placed): ReceivedRunbook {
  if (prepared !== undefined) return prepared as ReceivedRunbook;
  throw new RunwrightError("PLAN_CHANGED", `runbook "${name}" was published by someone else meanwhile; plan again`);
}
