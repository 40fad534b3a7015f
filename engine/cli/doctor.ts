import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { type Config, dataDirectory, loadConfig } from "../config.ts";
import { isRunwrightError } from "../core/errors.ts";
import { localUrl } from "../http/own-url.ts";
import { type Examination, examinePostgres, examineSqlite } from "../store/examine.ts";
import type { Context } from "./command.ts";
import { readKnownUrl } from "./connection.ts";
import { checkBackups } from "./doctor/backups.ts";
import { checkCertificate } from "./doctor/certificate.ts";
import { checkClock, checkDatabase } from "./doctor/database.ts";
import { checkDisk } from "./doctor/disk.ts";
import { askEngine, checkPublicUrl, checkRunning, checkStopped } from "./doctor/engine.ts";
import { type Finding, messageOf, ok, problem, warning } from "./doctor/finding.ts";
import { checkMasterKey } from "./doctor/keys.ts";
import { checkPermissions } from "./doctor/permissions.ts";
import { checkRestores } from "./doctor/restores.ts";
import { clean } from "./terminal.ts";

interface DoctorOptions {
  data?: string;
  config?: string;
  json?: boolean;
}

const COLOURS = { ok: "green", warning: "yellow", problem: "red" } as const;

export function addDoctor(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command("doctor")
    .description("Look at an engine of this machine, whether it runs or not, and say what to do; ends with 1 when there is a problem")
    .option("--data <dir>", "data directory (default .runwright)")
    .option("--config <file>", "configuration file (default config.yaml in the data directory)")
    .option("--json", "print JSON")
    .action(async (options: DoctorOptions) => {
      const findings = await examine(options, context);
      const healthy = !findings.some(({ state }) => state === "problem");
      if (!healthy) process.exitCode = 1;
      if (options.json) return terminal.printJson({ healthy, findings });
      const width = Math.max(...findings.map(({ check }) => check.length));
      for (const { check, state, found, advice } of findings) {
        terminal.print(`${terminal.colour(COLOURS[state], state.padEnd(7))}  ${check.padEnd(width)}  ${clean(found)}`);
        if (advice) terminal.print(`${" ".repeat(width + 11)}→ ${clean(advice)}`);
      }
    });
}

async function examine({ data, config: file }: DoctorOptions, { env, cwd, now }: Context): Promise<Finding[]> {
  const restores = await checkRestores(dataDirectory({ options: { data }, env, cwd }));
  if (restores.some(({ state }) => state === "problem")) return restores; // settings and keys come with the directory that is missing
  let config: Config;
  try {
    config = loadConfig({ options: { data }, env, cwd, file });
  } catch (error) {
    if (!isRunwrightError(error, "CONFIG_INVALID")) throw error;
    return [...restores, problem("configuration", error.message, "correct the file or the environment variables that are named")];
  }
  if (!(await isThere(config.data))) {
    const missing = warning(
      "data directory",
      `${config.data} isn't there yet: the engine makes it at its first start`,
      "name another one with --data if you mean one that is in use",
    );
    return [missing, ...restores, ...(await checkStopped(config))];
  }
  const { host, port, tls, masterKey, backups } = config;
  const url = (await readKnownUrl(join(config.data, "admin.json"))) ?? localUrl({ scheme: tls.kind === "off" ? "http" : "https", host, port });
  const engine = await askEngine(url, now);
  const { found, findings } = await examineDatabase(config, now);
  const keyFiles = [
    masterKey.kind === "file" ? masterKey.path : "",
    tls.kind === "own" ? tls.keyFile : "",
    backups.keyFile ?? "",
    backups.passphraseFile ?? "",
  ].filter(Boolean);
  return [
    ok("configuration", `data in ${config.data}, ${config.database === null ? "SQLite" : "PostgreSQL"}`),
    ...(engine ? checkRunning(engine, url) : await checkStopped(config)),
    ...(engine ? await checkPublicUrl(config.url, now) : []),
    ...(await checkDisk(config.data, found?.bytes ?? 0)),
    ...(await checkPermissions(config.data, keyFiles, process.getuid?.())),
    ...findings,
    ...(found || findings.every(({ state }) => state === "ok") ? [await checkMasterKey(masterKey, found?.masterKeyCheck ?? null)] : []),
    ...checkClock(found, engine?.aheadMs ?? null),
    await checkCertificate(config, now()),
    await checkBackups(backups, now()),
    ...restores,
  ];
}

async function examineDatabase({ database, data }: Config, now: () => number): Promise<{ found: Examination | null; findings: Finding[] }> {
  try {
    const found = database === null ? await examineSqlite(data, now()) : await examinePostgres(database, now);
    return { found, findings: checkDatabase(found) };
  } catch (error) {
    const advice =
      database === null
        ? "run the command as the user that the engine runs as"
        : "check that the server runs, and the address, user and password in RUNWRIGHT_DATABASE";
    return { found: null, findings: [problem("database", `it can't be opened: ${messageOf(error)}`, advice)] };
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
