import { createHash, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAssetTransfer } from "../../engine/access/asset-transfer.ts";
import { createAssets } from "../../engine/access/assets.ts";
import { backupKeysOf } from "../../engine/access/backup-keys.ts";
import { ensureLocalAdmin } from "../../engine/access/bootstrap.ts";
import { createDeviceLogins } from "../../engine/access/device.ts";
import { createKeyRotation } from "../../engine/access/key-rotation.ts";
import { openMasterKey } from "../../engine/access/master-key.ts";
import { createPrincipals } from "../../engine/access/principals.ts";
import { openRootKeys } from "../../engine/access/root-keys.ts";
import { createSealer } from "../../engine/access/sealer.ts";
import { createSessions } from "../../engine/access/sessions.ts";
import { createTokens } from "../../engine/access/tokens.ts";
import { createCatalogue } from "../../engine/authoring/catalogue.ts";
import { createSourceChecker } from "../../engine/authoring/check-sources.ts";
import { diffVersions } from "../../engine/authoring/diff.ts";
import { createReceiver } from "../../engine/authoring/receive.ts";
import { createBackups } from "../../engine/backup/backups.ts";
import { systemClock } from "../../engine/clock.ts";
import type { Clock } from "../../engine/core/clock.ts";
import { RunwrightError } from "../../engine/core/errors.ts";
import type { Grant, Role } from "../../engine/core/role.ts";
import { createDebugSessions } from "../../engine/debug/sessions.ts";
import { createCommandSeal } from "../../engine/fleet/command-seal.ts";
import { createJoinTokens } from "../../engine/fleet/join-tokens.ts";
import { createMetrics } from "../../engine/http/metrics.ts";
import type { Catalogue, Fleet, Log } from "../../engine/http/ports.ts";
import { DEFAULT_RATE_LIMITS, type RateLimits } from "../../engine/http/rate-limit.ts";
import { createHttp, type HttpOptions } from "../../engine/http/server.ts";
import { createIds } from "../../engine/ids.ts";
import { createJobs, type Jobs } from "../../engine/jobs/jobs.ts";
import { joinBroken, joinDebugging, joinDeployments, joinJobs, joinKinds, joinPlanner, joinTriggers } from "../../engine/joints.ts";
import { createPlanner } from "../../engine/resources/planner.ts";
import { createResources } from "../../engine/resources/resources.ts";
import { createSandbox } from "../../engine/sandbox/sandbox.ts";
import { fakeDeployments } from "../../engine/sdk/testing/fake-deployments.ts";
import { fakeEngine } from "../../engine/sdk/testing/fake-engine.ts";
import { timeless } from "../../engine/sdk/testing/job-time.ts";
import { openStore } from "../../engine/store/store.ts";
import { createTriggers } from "../../engine/triggers/triggers.ts";
import { createCalendar } from "../../engine/updates/calendar.ts";
import { createDeployments } from "../../engine/updates/deployments/deployments.ts";
import { createStandingKeeper } from "../../engine/updates/fleet/standing-keeper.ts";
import { createTrend } from "../../engine/updates/fleet/trend.ts";
import { createFleetViews } from "../../engine/updates/fleet/views.ts";
import { createNextWindows } from "../../engine/updates/next-windows.ts";
import { policyKind } from "../../engine/updates/policy-kind.ts";
import { createComplianceReports } from "../../engine/updates/report/compliance-reports.ts";
import { createImports } from "../../engine/updates/vulnerability-import.ts";
import { createWhatIf } from "../../engine/updates/what-if.ts";
import { createWhy } from "../../engine/updates/why.ts";
import { windowKind } from "../../engine/updates/window-kind.ts";
import { createWindowOutlook } from "../../engine/updates/window-outlook.ts";

export const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const nobodyHome = () => Promise.reject(new RunwrightError("AGENT_OFFLINE", "this rig has no agents"));

export interface RigOptions {
  address?: string;
  clock?: Clock;
  rateLimits?: Partial<RateLimits>;
  options?: Partial<HttpOptions>;
  engineId?: string;
  /** Where copies of the records lie while they are sent. */
  work?: string;
  /** Of the doors. */
  log?: Log;
}

/** All that is behind the doors, real, but agents: store, access, sandbox with runners, jobs, catalogue. */
export async function rig({ address = "memory:", clock = systemClock, rateLimits = {}, options = {}, engineId = "eng_rig", ...more }: RigOptions = {}) {
  const { work = join(tmpdir(), `runwright-backups-${randomUUID()}`), log = quiet } = more;
  const store = await openStore(address);
  const newId = createIds(clock);
  const parts = { store, clock, newId };
  const masterKey = await openMasterKey({ store, source: { kind: "text", text: Buffer.alloc(32, 7).toString("base64"), name: "the rig" } });
  const roots = await openRootKeys({ store, masterKey, unlock: async () => masterKey, monotonic: () => 0, onProblem() {} });
  const sealer = createSealer(roots);
  const tokens = createTokens(parts);
  const assets = createAssets({ ...parts, sealer });
  const sandbox = createSandbox({
    clock,
    log: quiet,
    runners: 1,
    http: { allowedPrivateHosts: [] },
    ports: {
      fleet: {
        ...{ select: nobodyHome, updates: nobodyHome, packages: nobodyHome, report: nobodyHome, exec: nobodyHome, setTags: nobodyHome },
        ...{ assess: nobodyHome, install: nobodyHome, reboot: nobodyHome },
      },
      assets,
      ...joinJobs({ store, jobs: () => jobs }),
      deployments: fakeDeployments(undefined, timeless(Date.now)).port,
      engine: fakeEngine({}, clock.now),
      keys: { argsHashKey: (jobId) => masterKey.derive(`arguments of ${jobId}`) },
    },
  });
  const jobs: Jobs = createJobs({ ...parts, sandbox, sealer, log: quiet, engineId });
  const debugging = createDebugSessions({ ...parts, log: quiet, jobs, writes: sandbox.writes, recordEnd: joinDebugging({ store, clock }) });
  const triggers = createTriggers({ ...parts, log: quiet, ...joinTriggers({ clock, jobs, assets, sealer }) });
  const records = createCatalogue(parts);
  const catalogue: Catalogue = {
    ...records,
    async diff(name, from, to) {
      const content = async (number: number) => {
        const { sources, manifest } = await records.version(name, number);
        return { label: `${name}@${number}`, sources, manifest };
      };
      return diffVersions(await content(from), await content(to));
    },
  };
  const commandSeal = createCommandSeal(sealer);
  const joinTokens = createJoinTokens({ ...parts, engineKey: "k".repeat(43) });
  const fleet: Fleet = {
    joinTokens,
    setTags: (id, tags, { also }) =>
      store.write(async (tx) => {
        await tx.machines.patch(id, { tags });
        also?.(tx);
      }),
    renameMachine: (id, name, { also }) =>
      store.write(async (tx) => {
        await tx.machines.patch(id, { name });
        also?.(tx);
      }),
    agentRollout: { start: nobodyHome, latest: () => undefined, halt: () => undefined },
    removeMachine: (id, { also }) =>
      store.write(async (tx) => {
        await tx.machines.patch(id, { state: "revoked", removedAt: clock.now() });
        also?.(tx);
      }),
    sendCommand: nobodyHome,
    waitForCommand: nobodyHome,
    openCommand: (command, page) => commandSeal.content(store, command, page),
    acceptAgent: (_, socket) => void socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"),
  };
  const outlooks = createWindowOutlook({ clock });
  const deployments = createDeployments({ ...parts, log: quiet, ...joinDeployments({ clock, jobs, triggers }) });
  const resources = createResources({ ...parts, kinds: joinKinds(triggers, { kinds: [policyKind({ clock }), windowKind({ clock, outlooks })] }) });
  const receiver = createReceiver({ extractor: sandbox });
  const sourceChecker = createSourceChecker({ extractor: sandbox });
  const principals = createPrincipals({ ...parts, tokens });
  const devices = createDeviceLogins({ ...parts, tokens });
  const imports = createImports({ store, clock, newId, directory: join(tmpdir(), `runwright-imports-${randomUUID()}`) });
  const backups = createBackups({
    ...{ store, clock, data: null, version: "0.0.0", programs: String(process.env.PATH) },
    ...{ work, keys: () => backupKeysOf(masterKey) },
  });
  const keeper = createStandingKeeper({ store, log: quiet });
  const trend = createTrend({ ...parts, log: quiet, keeper });
  const reports = createComplianceReports({ ...parts, keeper, trend });
  const http = await createHttp({
    ...parts,
    tokens,
    principals,
    devices,
    sessions: createSessions({ ...parts, tokens, devices }),
    assets,
    assetTransfer: createAssetTransfer({ store, clock, assets }),
    keyRotation: createKeyRotation({ store, clock, sealer, roots, nextMasterKey: null }),
    jobs,
    debugging,
    triggers: { ...triggers, brokenBy: joinBroken({ store, triggers }) },
    deployments,
    outlooks,
    nextWindows: createNextWindows(parts),
    calendar: createCalendar({ store, freezes: triggers.freezes }),
    views: createFleetViews({ ...parts, keeper }),
    trend,
    reports,
    policies: { why: createWhy(parts), whatIf: createWhatIf(parts) },
    resources,
    planner: createPlanner(joinPlanner({ ...parts, resources, triggers, catalogue: records, receiver, assets, principals })),
    receiver,
    sourceChecker,
    catalogue,
    fleet,
    imports,
    backups,
    health: { readiness: async () => ({ ready: true, checks: [{ name: "store", ok: true, detail: "sqlite" }], warnings: ["a warning"] }) },
    metrics: createMetrics(),
    version: "0.0.0",
    historyMs: 180 * 86_400_000,
    log,
    options: { host: "127.0.0.1", port: 0, tls: null, trustedProxies: [], publicUrl: null, rateLimits: { ...DEFAULT_RATE_LIMITS, ...rateLimits }, ...options },
  });
  await jobs.start();
  const admin = String(await ensureLocalAdmin({ ...parts, tokens, correlationId: "start" }, null));

  /** Sends a request without a network; answers with status, headers and the parsed body. */
  async function ask(
    method: string,
    url: string,
    { token = admin, body, headers = {} }: { token?: string | null; body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const answer = await http.inject({
      method: method as "GET",
      url,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    let parsed: any = answer.body;
    if (String(answer.headers["content-type"]).includes("json") && answer.body !== "") parsed = JSON.parse(answer.body);
    return { status: answer.statusCode, headers: answer.headers, body: parsed, text: answer.body };
  }

  return {
    ...parts,
    http,
    ask,
    admin,
    assets,
    backups,
    triggers,
    deployments,
    trend,
    commandSeal,
    /** A token of a new user with these roles. */
    async tokenFor(name: string, ...grants: Grant[]): Promise<string> {
      const id = newId("prn");
      await store.write((tx) => tx.principals.insert({ id, kind: "user", name, createdAt: clock.now(), disabledAt: null, grants }));
      return (await store.write((tx) => tokens.insert(tx, { name, principalId: id, role: null, scope: null, expiresAt: null }, "test"))).text;
    },
    /** A token of the administrator, narrowed. */
    async adminToken(limits: { role?: Role; scope?: string; expiresAt?: number }): Promise<{ id: string; text: string }> {
      const owner = await store.read.principals.byName("admin");
      const request = {
        name: "narrow",
        principalId: String(owner?.id),
        role: limits.role ?? null,
        scope: limits.scope ?? null,
        expiresAt: limits.expiresAt ?? null,
      };
      return store.write((tx) => tokens.insert(tx, request, "test"));
    },
    activity: () => store.read.activity.list({ scopes: ["/"], limit: 500 }),
    async stop() {
      await debugging.stop();
      await http.stop();
      await triggers.stop();
      await deployments.stop();
      await jobs.drain(0);
      sourceChecker.stop();
      await sandbox.stop();
      await imports.clean();
      await backups.clean();
      await store.stop();
    },
  };
}
export type Rig = Awaited<ReturnType<typeof rig>>;

/** What a client uploads, made from the text of `run` and more of the declaration. */
export function upload(name: string, run: string, declaration = "") {
  const bundle = `var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "${name}", ${declaration} run: ${run} } } };`;
  return { bundle, bundleHash: createHash("sha256").update(bundle).digest("hex"), sourceMap: null, sources: [{ path: `${name}.ts`, text: run }] };
}
