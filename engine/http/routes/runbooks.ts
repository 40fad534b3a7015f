import { Type } from "typebox";
import { defaultScope, requireAction } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import { type Action, type Actor, allowedScopes, isAllowed } from "../../core/role.ts";
import { isRunbookName } from "../../core/runbook-name.ts";
import { parseScope, type Scope } from "../../core/scope.ts";
import {
  DeleteRunbookQuery,
  Diff,
  DiffQuery,
  Draft,
  DraftRequest,
  ListedRunbook,
  Published,
  PublishRequest,
  Runbook,
  RunbookDetails,
  RunbookQuery,
  Version,
  VersionWithSources,
} from "../../protocol/http/runbooks.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { RunbookStanding } from "../../store/records/runbook-standing.ts";
import type { DraftRecord, RunbookRecord, VersionRecord } from "../../store/records/runbooks.ts";
import type { Store } from "../../store/store.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import type { ReceivedRunbook, RunbookUpload } from "../ports.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { refuseBroken } from "./broken.ts";
import type { RouteParts } from "./parts.ts";

const byName = Type.Object({ name: Type.String() });
/** Bundle, map and sources together. */
const UPLOAD_LIMIT = 12 * 1024 * 1024;
/** Of breaking what starts it. */
export const INSTEAD = "change them together with it, pin a version in them";

export function runbookRoutes(
  app: App,
  { store, clock, assets, receiver, catalogue, triggers }: Pick<RouteParts, "store" | "clock" | "assets" | "receiver" | "catalogue" | "triggers">,
): void {
  app.get(
    "/api/v1/runbooks",
    {
      config: { door: "runbook.read" },
      schema: { summary: "List runbooks by name", tags: ["runbooks"], querystring: RunbookQuery, response: { 200: PageOf(ListedRunbook) } },
    },
    async (request) => {
      const { cursor, limit = 100, deleted = false, search } = request.query;
      const scopes = allowedScopes(callerOf(request).actor, "runbook.read");
      const found = await store.read.runbooks.list({
        scopes,
        deleted,
        limit: limit + 1,
        ...(cursor ? { after: readCursor("runbooks", "string", cursor) } : {}),
        ...(search ? { search: search.toLowerCase() } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      // Whoever may see a runbook may see the jobs and the resources of the same place: all of these are for readers.
      const standings = await store.read.runbooks.standings(items, scopes);
      return {
        items: items.map((one) => toListed(one, standings.get(one.name))),
        next: found.length > limit && last ? makeCursor("runbooks", last.name) : null,
      };
    },
  );

  app.get(
    "/api/v1/runbooks/:name",
    {
      config: { door: "runbook.read" },
      schema: { summary: "Show a runbook, its newest version and its draft", tags: ["runbooks"], params: byName, response: { 200: RunbookDetails } },
    },
    async (request) => {
      const runbook = await visibleRunbook(store, callerOf(request).actor, request.params.name);
      const latest = runbook.latestVersion > 0 ? await store.read.runbooks.version(runbook.id, runbook.latestVersion) : undefined;
      const draft = await store.read.runbooks.draft(runbook.id);
      return { ...toRunbook(runbook), latest: latest ? toVersion(latest) : null, draft: draft ? toDraft(draft) : null };
    },
  );

  app.put(
    "/api/v1/runbooks/:name/draft",
    {
      bodyLimit: UPLOAD_LIMIT,
      config: { door: "runbook.draft" },
      schema: { summary: "Save the draft", tags: ["runbooks"], params: byName, body: DraftRequest, response: { 200: Draft } },
    },
    async (request) => {
      const caller = callerOf(request);
      const { scope: wanted, ...upload } = request.body;
      const { name } = request.params;
      const scope = await scopeOf(store, caller.actor, "runbook.draft", name, wanted);
      const received = await receive({ assets, receiver }, caller.actor, scope, { name, ...upload });
      const audit = auditOf(clock, caller);
      const also = (tx: Parameters<typeof audit>[0]) =>
        audit(tx, { operation: "runbook.draft", target: `runbook:${name}`, scope, details: { bundleHash: received.bundleHash } });
      return toDraft(await catalogue.saveDraft(name, scope, received, { by: caller.actor.name, also }));
    },
  );

  app.post(
    "/api/v1/runbooks/:name/publish",
    {
      bodyLimit: UPLOAD_LIMIT,
      config: { door: "runbook.publish" },
      schema: {
        summary: "Publish a new version; the same bundle again makes none",
        tags: ["runbooks"],
        params: byName,
        body: PublishRequest,
        response: { 200: Published, 201: Published },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { scope: wanted, message = "", expectedVersion, breakTriggers = false, ...upload } = request.body;
      const { name } = request.params;
      const scope = await scopeOf(store, caller.actor, "runbook.publish", name, wanted);
      const received = await receive({ assets, receiver }, caller.actor, scope, { name, ...upload });
      if (!breakTriggers)
        refuseBroken(caller.actor, { change: `version of ${name}`, instead: INSTEAD, broken: await triggers.brokenBy(name, received.manifest.parameters) });
      const audit = auditOf(clock, caller);
      const { version, isNew } = await catalogue.publish(name, scope, received, {
        by: caller.actor.name,
        message,
        ...(expectedVersion === undefined ? {} : { expectedVersion }),
        also: (tx, _, number) =>
          audit(tx, { operation: "runbook.publish", target: `runbook:${name}`, scope, details: { version: number, bundleHash: received.bundleHash, message } }),
      });
      return reply.code(isNew ? 201 : 200).send({ isNew, version: toVersion(version) });
    },
  );

  app.get(
    "/api/v1/runbooks/:name/versions",
    {
      config: { door: "runbook.read" },
      schema: { summary: "List versions, newest first", tags: ["runbooks"], params: byName, response: { 200: PageOf(Version) } },
    },
    async (request) => {
      const runbook = await visibleRunbook(store, callerOf(request).actor, request.params.name);
      return { items: (await store.read.runbooks.versions(runbook.id)).map(toVersion), next: null };
    },
  );

  app.get(
    "/api/v1/runbooks/:name/versions/:version",
    {
      config: { door: "runbook.read" },
      schema: {
        summary: "Show a version with its sources",
        tags: ["runbooks"],
        params: Type.Object({ name: Type.String(), version: Type.Integer({ minimum: 1 }) }),
        response: { 200: VersionWithSources },
      },
    },
    async (request) => {
      const runbook = await visibleRunbook(store, callerOf(request).actor, request.params.name);
      const version = await store.read.runbooks.version(runbook.id, request.params.version);
      if (!version)
        throw new RunwrightError(
          "VERSION_NOT_FOUND",
          `runbook "${runbook.name}" has no version ${request.params.version}; its newest is ${runbook.latestVersion}`,
        );
      return { ...toVersion(version), sources: [...version.sources] };
    },
  );

  app.get(
    "/api/v1/runbooks/:name/diff",
    {
      config: { door: "runbook.read" },
      schema: {
        summary: "Compare two versions; without numbers the newest with the one before it",
        tags: ["runbooks"],
        params: byName,
        querystring: DiffQuery,
        response: { 200: Diff },
      },
    },
    async (request) => {
      const runbook = await visibleRunbook(store, callerOf(request).actor, request.params.name);
      if (runbook.latestVersion === 0)
        throw new RunwrightError("NOT_PUBLISHED", `runbook "${runbook.name}" isn't published yet: there are no versions to compare`);
      const to = request.query.to ?? runbook.latestVersion;
      const from = request.query.from ?? Math.max(1, to - 1);
      const { files, permissions, widened } = await catalogue.diff(runbook.name, from, to);
      return { from, to, files: [...files], permissions: [...permissions], widened };
    },
  );

  app.delete(
    "/api/v1/runbooks/:name",
    {
      config: { door: "runbook.delete" },
      schema: {
        summary: "Delete a runbook; it can be restored for 30 days",
        tags: ["runbooks"],
        params: byName,
        querystring: DeleteRunbookQuery,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { name, scope } = await visibleRunbook(store, caller.actor, request.params.name);
      requireAction(caller.actor, "runbook.delete", scope);
      if (!request.query.breakTriggers)
        refuseBroken(caller.actor, { change: `deletion of ${name}`, instead: INSTEAD, broken: await triggers.brokenBy(name, null) });
      const audit = auditOf(clock, caller);
      await catalogue.delete(name, { by: caller.actor.name, also: (tx) => audit(tx, { operation: "runbook.delete", target: `runbook:${name}`, scope }) });
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/runbooks/:name/restore",
    {
      config: { door: "runbook.delete", operation: "runbook.restore" },
      schema: { summary: "Bring a deleted runbook back", tags: ["runbooks"], params: byName, response: { 200: Runbook } },
    },
    async (request) => {
      const caller = callerOf(request);
      const { name, scope } = await visibleRunbook(store, caller.actor, request.params.name);
      requireAction(caller.actor, "runbook.delete", scope);
      const audit = auditOf(clock, caller);
      return toRunbook(
        await catalogue.restore(name, { by: caller.actor.name, also: (tx) => audit(tx, { operation: "runbook.restore", target: `runbook:${name}`, scope }) }),
      );
    },
  );
}

/** A runbook that the actor may not see doesn't exist for it; deleted ones do. @throws RUNBOOK_NOT_FOUND */
export async function visibleRunbook(store: Pick<Store, "read">, actor: Actor, name: string): Promise<RunbookRecord> {
  const runbook = await store.read.runbooks.byName(name);
  if (!runbook || !isAllowed(actor, "runbook.read", runbook.scope)) {
    throw new RunwrightError("RUNBOOK_NOT_FOUND", `there is no runbook "${name.slice(0, 64)}"; see \`runwright runbook list\``);
  }
  return runbook;
}

/** Where a runbook lies, or where a new one will, after checking that the actor may do this there. */
async function scopeOf(store: Pick<Store, "read">, actor: Actor, action: Action, name: string, wanted: string | undefined): Promise<Scope> {
  if (!isRunbookName(name)) throw new RunwrightError("BAD_REQUEST", `name "${name.slice(0, 64)}" must be lower-case letters, digits and "-", at most 63`);
  const known = await store.read.runbooks.byName(name);
  const scope = wanted !== undefined ? parseScope(wanted) : (known?.scope ?? defaultScope(actor, action));
  requireAction(actor, action, scope);
  // Invariant: what lies elsewhere is changed by whoever may change it there; a name in another scope is refused by the catalogue.
  if (known) requireAction(actor, action, known.scope);
  return scope;
}

/** @throws what the receiver throws; PERMISSION_DENIED when it declares an asset that its author may not see */
export async function receive(
  { assets, receiver }: Pick<RouteParts, "assets" | "receiver">,
  actor: Actor,
  scope: Scope,
  upload: RunbookUpload,
): Promise<ReceivedRunbook> {
  const received = await receiver.receive(upload);
  await assets.requireVisible(received.manifest.permissions, scope, actor);
  return received;
}

const toRunbook = ({ id, name, scope, latestVersion, createdAt, createdBy, deletedAt, deletedBy }: RunbookRecord): Runbook => ({
  id,
  name,
  scope,
  latestVersion,
  createdAt: toTime(createdAt),
  createdBy,
  deletedAt: toTimeOrNull(deletedAt),
  deletedBy,
});

function toListed(runbook: RunbookRecord, { published, newestJob, starters = [] }: Partial<RunbookStanding> = {}): ListedRunbook {
  return {
    ...toRunbook(runbook),
    published: published ? { ...published, publishedAt: toTime(published.publishedAt) } : null,
    newestJob: newestJob ? { ...newestJob, createdAt: toTime(newestJob.createdAt) } : null,
    starters,
  };
}

export const toVersion = ({ version, bundleHash, manifest, message, publishedAt, publishedBy }: VersionRecord): Version => ({
  version,
  bundleHash,
  manifest,
  message,
  publishedAt: toTime(publishedAt),
  publishedBy,
});
const toDraft = ({ bundleHash, manifest, revision, updatedAt, updatedBy }: DraftRecord): Draft => ({
  bundleHash,
  manifest,
  revision,
  updatedAt: toTime(updatedAt),
  updatedBy,
});
