/**
 * What an agent would do, on a throw-away host: `node rpm-driver.ts dnf|zypper inventory|refresh|repair|install …`. It runs on the host itself, because process ids, locks
 * and the boot are its own there. The answer is one line of JSON behind a mark; the package manager's words go to /agent.log.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ChangeContext, PackageAdapter } from "../../../engine/agent/packages/adapter.ts";
import { createDnf } from "../../../engine/agent/packages/dnf.ts";
import { programRunner } from "../../../engine/agent/packages/program.ts";
import { createZypper, ZYPPER_READS } from "../../../engine/agent/packages/zypper.ts";
import { isRunwrightError } from "../../../engine/core/errors.ts";
import type { ChosenUpdate, ConfigurationFiles } from "../../../engine/core/install.ts";
import { ANSWER_MARK, LOG_FILE } from "../../support/rpm-lab.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "lock-timeout": { type: "string", default: "0" },
    configuration: { type: "string", default: "keep" },
    "allow-removals": { type: "boolean", default: false },
  },
});
const [manager = "", question = "", ...chosen] = positionals;
const adapters: Record<string, () => PackageAdapter> = {
  dnf: () => createDnf({ run: programRunner(), lockPauseMs: 50 }),
  zypper: () => createZypper({ run: programRunner(ZYPPER_READS), lockPauseMs: 50 }),
};
const adapter = adapters[manager]?.();
const change = adapter?.change;
if (adapter === undefined || change === undefined) throw new Error(`there is no ${manager}`);

const context: ChangeContext = {
  signal: new AbortController().signal,
  log: (chunk) => appendFileSync(LOG_FILE, chunk),
  logFile: LOG_FILE,
  lockTimeoutMs: Number(values["lock-timeout"]),
};
/** `name.architecture=version` */
const updates = chosen.map((text): ChosenUpdate => {
  const [, name = "", architecture = "", version = ""] = /^(.+)\.([^.=]+)=(.+)$/.exec(text) ?? [];
  return { name, architecture, version };
});
const configurationFiles: ConfigurationFiles = values.configuration === "replace" ? "replace" : "keep";
const questions: Record<string, () => Promise<unknown>> = {
  detect: () => adapter.detect(),
  stamp: () => adapter.stamp(),
  inventory: () => adapter.inventory(),
  refresh: () => change.refresh(context).then(() => "refreshed"),
  repair: () => change.repair(context),
  states: async () => Object.fromEntries((await change.states?.(updates)) ?? []),
  obstacles: async () => Object.fromEntries((await change.rollback?.obstacles(updates)) ?? []),
  rollback: async () => Object.fromEntries((await change.rollback?.install(updates, { configurationFiles }, context))?.failed ?? []),
  install: async () => Object.fromEntries((await change.install(updates, { configurationFiles, allowRemovals: values["allow-removals"] }, context)).failed),
};

// Another program of the host may write to the same output: the mark begins a line.
const answer = (value: object) => process.stdout.write(`\n${ANSWER_MARK}${JSON.stringify(value)}\n`);
// The agent stays open for its connection; a package manager at work doesn't hold its process.
const open = setInterval(() => {}, 60_000);
try {
  answer({ value: await questions[question]?.() });
} catch (error) {
  if (!isRunwrightError(error)) throw error;
  answer({ error: { code: error.code, message: error.message } });
} finally {
  clearInterval(open);
}
