import { join } from "node:path";
import type { Command } from "commander";
import { finishCutOff } from "../backup/cut-off.ts";
import { dataDirectory, loadConfig } from "../config.ts";
import type { RunningEngine } from "../engine.ts";
import { finishedWords } from "./backup-words.ts";
import type { Context } from "./command.ts";
import { pointAt, readAdminToken, writeConnection } from "./connection.ts";
import { endAnyway, STOP_MS } from "./end-anyway.ts";
import { quickstart } from "./quickstart.ts";

interface ServeOptions {
  data?: string;
  config?: string;
  host?: string;
  port?: string;
  database?: string;
  tls?: string;
  quickstart?: boolean;
}

export function addServe(program: Command, context: Context): void {
  program
    .command("serve")
    .description("Start an engine and serve until it is stopped")
    .option("--data <dir>", "data directory (default .runwright)")
    .option("--config <file>", "configuration file (default config.yaml in the data directory)")
    .option("--host <address>", "address to listen on (default 127.0.0.1)")
    .option("--port <number>", "port to listen on (default 4680; 0: any free one)")
    .option("--database <url>", "postgres://… instead of SQLite in the data directory")
    .option("--tls <mode>", "off, self-signed or own (default: off on loopback, else self-signed)")
    .option("--quickstart", "enrol this machine, publish runbooks/ and show the machine's missing updates")
    .action((options: ServeOptions) => serve(options, context));
}

async function serve({ config: file, quickstart: quick, ...options }: ServeOptions, context: Context): Promise<void> {
  const finished = await finishCutOff(dataDirectory({ options, ...context })); // before the settings are read, which come with it
  if (finished) context.terminal.note(finishedWords(finished));
  const config = loadConfig({ options, env: quick ? { RUNWRIGHT_LOG_LEVEL: "warn", ...context.env } : context.env, cwd: context.cwd, file });
  // Here and not above: every other command would load the whole engine as well.
  const { startEngine } = await import("../engine.ts");
  const adminFile = join(config.data, "admin.json");
  let running: RunningEngine | undefined;
  endAnyway({
    signal: context.signal,
    withinMs: config.drainMs + STOP_MS,
    tell: (open) => {
      const words = "the engine doesn't stop in time and is ended; what it has answered is stored, and what ran continues after the next start";
      if (running) running.log.error({ waitsFor: running.stopping() ?? "nothing", open }, words);
      else context.terminal.note(`It can't be stopped while it starts: ${words}.`);
    },
  });
  const engine = await startEngine({ config, knownAdminToken: await readAdminToken(adminFile) });
  running = engine;
  try {
    const { url, localUrl, tlsPin, localPin } = engine.address;
    const local = engine.adminToken ? { url: localUrl, token: engine.adminToken, ...(localPin ? { tlsPin: localPin } : {}) } : undefined;
    if (local) await writeConnection(adminFile, local);
    if (local) await pointAt(context, adminFile);
    context.terminal.note(`Runwright serves on ${url}${config.database ? "" : `, data in ${config.data}`}`);
    if (tlsPin) context.terminal.note(`Its certificate is its own, with the key ${tlsPin}: \`runwright login\` elsewhere asks whether it is this one.`);
    const guest = quick && local ? await quickstart({ connection: local, data: config.data, context }) : undefined;
    await aborted(context.signal);
    context.terminal.note("Stopping: running jobs get up to ten seconds, then they continue after the next start.");
    await guest?.stop();
  } finally {
    await engine.stop();
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted ? Promise.resolve() : new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
