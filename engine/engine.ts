import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pino, { type Logger } from "pino";
import { createActivityRetention } from "./access/activity-retention.ts";
import { createAssetTransfer } from "./access/asset-transfer.ts";
import { createAssets } from "./access/assets.ts";
import { backupKeysOf } from "./access/backup-keys.ts";
import { ensureLocalAdmin } from "./access/bootstrap.ts";
import { createCertificateWatch } from "./access/certificate-watch.ts";
import { createDeviceLogins } from "./access/device.ts";
import { openEngineIdentity } from "./access/identity.ts";
import { createKeyRotation } from "./access/key-rotation.ts";
import { openMasterKey, readNextMasterKey } from "./access/master-key.ts";
import { createPrincipals } from "./access/principals.ts";
import { tellOfRestore } from "./access/restored.ts";
import { openRootKeys, type StoredRootKeys } from "./access/root-keys.ts";
import { createSealer } from "./access/sealer.ts";
import { createSessions } from "./access/sessions.ts";
import { createTokens } from "./access/tokens.ts";
import { agentBundle } from "./agent-bundle.ts";
import { createCatalogue } from "./authoring/catalogue.ts";
import { createSourceChecker } from "./authoring/check-sources.ts";
import { createReceiver } from "./authoring/receive.ts";
import { createBackups } from "./backup/backups.ts";
import { createBackupRounds } from "./backup/rounds.ts";
import { systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import { isRunwrightError } from "./core/errors.ts";
import type { NewId } from "./core/id.ts";
import { isFinal } from "./core/job.ts";
import { debianOrder, rpmOrder } from "./core/versions/order.ts";
import { createDebugSessions } from "./debug/sessions.ts";
import { createFleet } from "./fleet/fleet.ts";
import { joinHealth } from "./health.ts";
import { createClientAddress } from "./http/client-address.ts";
import { gaugeFigures } from "./http/figures.ts";
import { createMetrics } from "./http/metrics.ts";
import { DEFAULT_RATE_LIMITS } from "./http/rate-limit.ts";
import { createHttp, type HttpAddress } from "./http/server.ts";
import { openTls, ownNames } from "./http/tls.ts";
import { createIds } from "./ids.ts";
import { createJobs } from "./jobs/jobs.ts";
import { createRetention } from "./jobs/retention.ts";
import {
  joinBroken,
  joinCatalogue,
  joinDebugging,
  joinDeployments,
  joinFigures,
  joinFleet,
  joinKinds,
  joinPlanner,
  joinSandbox,
  joinTriggers,
} from "./joints.ts";
import { openLogLines } from "./log.ts";
import { giveBackMemory } from "./memory.ts";
import { createPlanner } from "./resources/planner.ts";
import { createResources } from "./resources/resources.ts";
import { createSandbox } from "./sandbox/sandbox.ts";
import { createStops } from "./stops.ts";
import { openStore, type Store } from "./store/store.ts";
import { createTracing } from "./telemetry/tracing.ts";
import { createTriggers } from "./triggers/triggers.ts";
import { createCalendar } from "./updates/calendar.ts";
import { createDeployments } from "./updates/deployments/deployments.ts";
import { createEnrichment } from "./updates/enrichment.ts";
import { createStandingKeeper } from "./updates/fleet/standing-keeper.ts";
import { createTrend } from "./updates/fleet/trend.ts";
import { createFleetViews } from "./updates/fleet/views.ts";
import { createHistory } from "./updates/history.ts";
import { recordInstall } from "./updates/install-history.ts";
import { answerTo, createIntake } from "./updates/intake.ts";
import { createJudging } from "./updates/judging.ts";
import { createNextWindows } from "./updates/next-windows.ts";
import { policyKind } from "./updates/policy-kind.ts";
import { createUpdateQueries } from "./updates/queries.ts";
import { createComplianceReports } from "./updates/report/compliance-reports.ts";
import { reconcileLateReport } from "./updates/rollout/late-reports.ts";
import { letGoAtLast } from "./updates/rollout/lock-holder.ts";
import { createImports } from "./updates/vulnerability-import.ts";
import { createWhatIf } from "./updates/what-if.ts";
import { createWhy } from "./updates/why.ts";
import { windowKind } from "./updates/window-kind.ts";
import { createWindowOutlook } from "./updates/window-outlook.ts";
import { VERSION } from "./version.ts";

const TIDY_MS = 3_600_000;
const ROOT_KEYS_MS = 30_000;
/** After the start, when nobody waits for it. */
const SETTLED_MS = 1_000;

export interface RunningEngine {
  address: HttpAddress;
  /** Token of the local administrator, for `admin.json`; null when that principal is disabled. */
  adminToken: string | null;
  log: Logger;
  /** Ends in the reverse order of the start: no new work, ten seconds for what runs, then all is closed. */
  stop(): Promise<void>;
  /** The part whose end a stop waits for at this moment. */
  stopping(): string | null;
}

export interface EngineOptions {
  config: Config;
  /** What `admin.json` holds. */
  knownAdminToken: string | null;
  clock?: Clock;
  /** Where log lines go; standard error without it. */
  logTo?: pino.DestinationStream;
}

/**
 * Composition root: the only place that builds what lives as long as the engine.
 * @throws CONFIG_INVALID, PORT_TAKEN, DATABASE_*, MASTER_KEY_WRONG
 */
export async function startEngine({ config, knownAdminToken, clock = systemClock, logTo }: EngineOptions): Promise<RunningEngine> {
  const log = pino({ level: config.logLevel, base: null }, logTo ?? openLogLines());
  const stops = createStops(log);
  try {
    await mkdir(config.data, { recursive: true, mode: 0o700 });
    const store = await openStore(config.database ?? `sqlite:${config.data}`);
    stops.add("store", () => store.stop());
    const newId = createIds(clock);
    const { nextMasterKey } = config;
    const unlock = () => openMasterKey({ store, source: config.masterKey, next: nextMasterKey });
    const roots = await openRootKeys({
      store,
      masterKey: await unlock(),
      unlock,
      monotonic: clock.monotonic,
      onProblem: (error) => log.error({ err: error }, "the root keys in the database can't be read; tried again"),
    });
    stops.add("root keys", keepRootKeys(store, roots, log));
    const sealer = createSealer(roots);
    await tellOfRestore({ store, clock, correlationId: `start-${newId("eng")}` });
    const identity = await openEngineIdentity({ store, sealer });
    const engineId = await ownEngineId(config.data, newId);

    const tokens = createTokens({ store, clock, newId });
    const assets = createAssets({ store, clock, newId, sealer });
    const keyRotation = createKeyRotation({
      store,
      clock,
      sealer,
      roots,
      nextMasterKey: nextMasterKey && (() => readNextMasterKey(nextMasterKey)),
    });
    const metrics = createMetrics();
    const updates = createUpdateQueries({ store, clock });
    const enrichment = createEnrichment({ orders: { debian: debianOrder, rpm: rpmOrder } });
    const intake = createIntake({ store, clock, newId, enrichment });
    const importing = createImports({ store, clock, newId, directory: join(config.data, "imports") });
    await importing.clean();
    const backups = createBackups({
      ...{ store, clock, version: VERSION, programs: config.programs },
      ...{ data: config.data, work: join(config.data, "backup-work"), keys: () => backupKeysOf(roots.masterKey()) },
    });
    await backups.clean();
    const rounds = createBackupRounds({ backups, ...config.backups, protection: config.backups, keys: () => backupKeysOf(roots.masterKey()) });
    rounds.warnings(); // the first look at the folder: whoever asks next is told
    const fleet = createFleet({
      store,
      clock,
      newId,
      log,
      engineId,
      engineVersion: VERSION,
      identity,
      sealer,
      addressOf: createClientAddress(config.trustedProxies),
      agentPackage,
      workedMs: () => performance.eventLoopUtilization().active,
      onInventory: async (machineId, report) => answerTo(await intake.take(machineId, report)),
      async onCommandEnded(tx, ended) {
        await recordInstall(tx, ended);
        await reconcileLateReport(tx, ended);
        await letGoAtLast(tx, ended);
      },
      onCommandStored: metrics.observeCommand,
    });
    stops.add("fleet", () => fleet.stop());

    const argsKey = roots.first().derive("hashes of arguments");
    const sandbox = createSandbox({
      clock,
      log,
      runners: config.runners ?? undefined,
      http: { allowedPrivateHosts: config.allowedPrivateHosts },
      ports: joinSandbox({
        store,
        clock,
        fleet,
        updates,
        assets,
        freezes: () => triggers.freezes,
        jobs: () => jobs,
        reports: () => reports,
        rounds,
        argsHashKey: (jobId) => createHash("sha256").update(argsKey).update(jobId).digest(),
      }),
    });
    stops.add("sandbox", () => sandbox.stop());
    const jobs = createJobs({ store, clock, newId, sandbox, sealer, log, engineId });

    const debugging = createDebugSessions({ clock, newId, log, jobs, writes: sandbox.writes, recordEnd: joinDebugging({ store, clock }) });
    const triggers = createTriggers({ store, clock, newId, log, ...joinTriggers({ clock, jobs, assets, sealer }) });
    const outlooks = createWindowOutlook({ clock });
    const keeper = createStandingKeeper({ store, log });
    const trend = createTrend({ store, clock, log, keeper });
    const reports = createComplianceReports({ store, clock, keeper, trend });
    const deployments = createDeployments({ store, clock, newId, log, ...joinDeployments({ clock, jobs, triggers }) });
    const resources = createResources({ store, clock, newId, kinds: joinKinds(triggers, { kinds: [policyKind({ clock }), windowKind({ clock, outlooks })] }) });

    const catalogue = createCatalogue({ store, clock, newId });
    await catalogue.purge();
    metrics.watch({ running: jobs.running, connected: fleet.connected });
    const views = createFleetViews({ store, clock, keeper });
    gaugeFigures({ registry: metrics.registry, clock, look: joinFigures({ store, clock, views }) });
    const resource = { "service.name": "runwright", "service.version": VERSION, "service.instance.id": engineId };
    const traces = config.traces && createTracing({ store, clock, log, ...config.traces, resource, version: VERSION, onSpans: metrics.observeSpans });
    if (traces) stops.add("traces", () => traces.stop());
    const receiver = createReceiver({ extractor: sandbox });
    const sourceChecker = createSourceChecker({ extractor: sandbox });
    stops.add("checks", () => sourceChecker.stop());
    const principals = createPrincipals({ store, clock, newId, tokens });
    const devices = createDeviceLogins({ store, clock, newId, tokens });
    const planner = createPlanner(joinPlanner({ store, clock, newId, resources, triggers, catalogue, receiver, assets, principals }));
    const http = await createHttp({
      jobs,
      debugging,
      fleet: joinFleet({ fleet, newId }),
      catalogue: joinCatalogue(catalogue),
      receiver,
      sourceChecker,
      store,
      clock,
      log,
      tokens,
      assets,
      resources,
      planner,
      triggers: { ...triggers, brokenBy: joinBroken({ store, triggers }) },
      deployments,
      outlooks,
      nextWindows: createNextWindows({ store, clock }),
      calendar: createCalendar({ store, freezes: triggers.freezes }),
      views,
      trend,
      reports,
      policies: { why: createWhy({ store, clock }), whatIf: createWhatIf({ store, clock }) },
      assetTransfer: createAssetTransfer({ store, clock, assets }),
      keyRotation,
      metrics,
      principals,
      devices,
      sessions: createSessions({ store, clock, tokens, devices }),
      imports: importing,
      backups,
      health: joinHealth({ store, sandbox, jobs, assets, rounds, connected: fleet.connected }),
      version: VERSION,
      historyMs: config.historyMs,
      options: {
        host: config.host,
        port: config.port,
        publicUrl: config.url,
        trustedProxies: config.trustedProxies,
        rateLimits: config.rateLimits ?? DEFAULT_RATE_LIMITS,
        tls:
          config.tls.kind === "off"
            ? null
            : await openTls(config.tls.kind === "own" ? config.tls : { kind: "selfSigned", directory: config.data, names: ownNames(config.host) }, clock),
      },
    });

    const adminToken = await ensureLocalAdmin({ store, clock, newId, tokens, correlationId: `start-${newId("eng")}` }, knownAdminToken);
    await fleet.start();
    const address = { ...(await http.listen()), ...(config.url ? { url: config.url } : {}) };
    stops.add("http", () => http.stop());
    stops.add("connections of agents", () => fleet.disconnect()); // the server ends with its last connection
    // Whoever stops a job doesn't want what it asked of machines any more.
    jobs.feed.subscribe(null, (event) => {
      if (event.kind !== "status" || !isFinal(event.job.status)) return;
      metrics.observeJob(event.job);
      traces?.jobEnded(event.job.id);
      if (event.job.status !== "stopped") return;
      fleet.commands
        .cancelOfJob(event.job.id)
        .catch((error) => log.error({ err: error, job: event.job.id }, "commands of a stopped job couldn't be cancelled"));
    });
    const history = createHistory({ store, clock, keepMs: config.historyMs });
    const retention = createRetention({ store, clock, keepMs: config.jobHistoryMs });
    const activityRetention = createActivityRetention({ store, clock, keepMs: config.activityHistoryMs });
    const stopping = new AbortController();
    stops.add("tidying", () => stopping.abort());
    const certificates = createCertificateWatch({ store, clock });
    await certificates.tick();
    const tidy = setInterval(() => {
      keyRotation.tidy(stopping.signal).catch((error) => log.error({ err: error }, "old root keys couldn't be forgotten; tried again in an hour"));
      history
        .purge(stopping.signal)
        .catch((error) => log.error({ err: error }, "assessments and installs of long ago couldn't be removed; tried again in an hour"));
      retention.purge(stopping.signal).catch((error) => log.error({ err: error }, "jobs of long ago couldn't be removed; tried again in an hour"));
      activityRetention
        .purge(stopping.signal)
        .catch((error) => log.error({ err: error }, "entries of the activity log of long ago couldn't be removed; tried again in an hour"));
      importing.tidy(stopping.signal).catch((error) => log.error({ err: error }, "replaced vulnerability data couldn't be removed; tried again in an hour"));
      catalogue.purge().catch((error) => log.error({ err: error }, "runbooks deleted long ago couldn't be removed; tried again in an hour"));
      certificates.tick().catch((error) => log.error({ err: error }, "expiring certificates couldn't be looked for; tried again in an hour"));
    }, TIDY_MS);
    stops.add("timer of tidying", () => clearInterval(tidy));
    await jobs.start();
    stops.add("jobs", () => jobs.drain(config.drainMs));
    stops.add("debug sessions", () => debugging.stop());
    triggers.start();
    stops.add("triggers", () => triggers.stop());
    deployments.start();
    stops.add("deployments", () => deployments.stop());
    const judging = createJudging({ store, clock, enrichment, log });
    judging.start();
    stops.add("judging", () => judging.stop());
    keeper.start();
    stops.add("standings", () => keeper.stop());
    trend.start();
    stops.add("trend", () => trend.stop());
    await sandbox.ready();
    const tidyMemory = setTimeout(giveBackMemory, SETTLED_MS);
    stops.add("memory", () => clearTimeout(tidyMemory));
    log.info({ url: address.url, version: VERSION, data: config.data }, "the engine is ready");
    return { address, adminToken, log, stopping: stops.current, stop: stops.stop };
  } catch (error) {
    await stops.stop();
    throw error;
  }
}

/** Another engine may make a new root key: it is read at once where engines tell each other, and now and then all the same. @returns ends it */
function keepRootKeys(store: Store, roots: StoredRootKeys, log: Logger): () => void {
  let isReading = false;
  async function refresh(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      await roots.refresh();
    } catch (error) {
      if (!isRunwrightError(error, "DATABASE_UNAVAILABLE")) log.error({ err: error }, "the root keys in the database can't be read; tried again");
    } finally {
      isReading = false;
    }
  }
  const timer = setInterval(refresh, ROOT_KEYS_MS);
  const end = store.onNotice(({ everything }) => void (everything && refresh()));
  return () => {
    clearInterval(timer);
    end();
  };
}

async function agentPackage() {
  const { version, hash, agent } = await agentBundle();
  return { version, hash, code: agent };
}

/** The same after a restart: what bears its name then belongs to the process before. */
async function ownEngineId(data: string, newId: NewId): Promise<string> {
  const path = join(data, "engine.id");
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    const id = newId("eng");
    await writeFile(path, `${id}\n`, { mode: 0o600, flush: true });
    return id;
  }
}
