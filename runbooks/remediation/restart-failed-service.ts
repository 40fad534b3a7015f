/**
 * Finds the machines on which a systemd unit has failed and brings it back: resets it, starts it, waits, and looks whether it has stayed up. A unit that is
 * active, or that people have stopped, is never touched.
 *
 *     runwright run restart-failed-service -p unit=nginx -p select="tag:role=web"
 *     runwright run restart-failed-service -p unit=api -p machine=web-1 -p url=http://localhost:8080/health
 */
import { type Machine, runbook, Type } from "runwright";
import { eachMachine, ending, narrowed, printed, some } from "./each-machine.ts";

export default runbook({
  summary: "Restart a systemd unit where it has failed, and check that it stays up",
  parameters: Type.Object({
    unit: Type.String({ pattern: "^[A-Za-z0-9_][A-Za-z0-9:_.@\\\\-]{0,254}$", description: "systemd unit, such as nginx or backup@daily.service" }),
    select: Type.String({ default: "all", minLength: 1, description: "Which machines, such as tag:role=web" }),
    machine: Type.Optional(Type.String({ pattern: "^[^\\s*,=!]+$", maxLength: 253, description: "This machine only; for webhooks and event rules" })),
    atOnce: Type.Integer({ default: 2, minimum: 1, maximum: 50, description: "Machines at one time" }),
    tries: Type.Integer({ default: 3, minimum: 1, maximum: 10, description: "Starts on one machine before it is given up" }),
    settle: Type.String({ default: "30s", description: "How long it must stay up to count as healthy" }),
    check: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: 'Program on the machine that ends with 0 when the service is well, such as ["pg_isready"]' }),
    ),
    url: Type.Optional(Type.String({ pattern: "^https?://[^\\s]+$", description: "Must answer with 2xx or 3xx; asked from the machine itself, with curl" })),
  }),
  permissions: { machines: { select: "os=linux", actions: ["exec"] } },
  limits: { timeout: "2h" },
  // Alerts come in swarms: a second one for the same machines adds nothing.
  concurrency: { key: (p) => `${p.unit} ${p.machine ?? p.select}`.slice(0, 200), limit: 1, overflow: "skip" },
  async run({ params, machines, log, output, progress, sleep }) {
    const selector = narrowed(params.select, params.machine);
    const targets = await machines.select(selector);
    if (targets.length === 0) throw new Error(`no Linux machine that this runbook may see matches "${selector}"`);
    const wanted = { ...params, sleep };
    const outcomes = await eachMachine(
      targets,
      params.atOnce,
      (machine) => bringBack(machine, wanted),
      (outcome, fraction) => {
        if (!outcome.ok) log.error(`${outcome.machine}: ${outcome.error}`);
        else if (outcome.result.state === "failed") log.error(`${outcome.machine}: ${outcome.result.reason}`, { journal: outcome.result.journal });
        else if (outcome.result.state === "restarted") log(`${outcome.machine}: ${params.unit} restarted, try ${outcome.result.tries}`);
        else if (outcome.result.found?.includes("auto-restart")) log.warning(`${outcome.machine}: systemd itself restarts ${params.unit} again and again`);
        progress(fraction, outcome.machine);
      },
    );
    const rows = outcomes.map((outcome) =>
      outcome.ok ? { machine: outcome.machine, ...outcome.result } : { machine: outcome.machine, state: "unknown" as const, tries: 0, reason: outcome.error },
    );
    const names = (state: (typeof rows)[number]["state"]) => rows.filter((row) => row.state === state).map(({ machine }) => machine);
    output({
      unit: params.unit,
      rows,
      totals: {
        machines: rows.length,
        leftAlone: names("left alone").length,
        restarted: names("restarted").length,
        failed: names("failed").length,
        unknown: names("unknown").length,
        absent: names("absent").length,
      },
    });
    const problems = [
      names("failed").length > 0 ? `${params.unit} doesn't stay up on ${some(names("failed"))}` : "",
      some(
        outcomes.flatMap((outcome) => (outcome.ok ? [] : [`${outcome.machine}: ${outcome.error}`])),
        3,
      ),
      names("absent").length === rows.length ? `there is no unit ${params.unit} on ${some(names("absent"))}: is its name right?` : "",
    ].filter(Boolean);
    if (problems.length > 0) throw new Error(problems.join("; "));
  },
});

interface Wanted {
  unit: string;
  tries: number;
  settle: string;
  check?: string[];
  url?: string;
  sleep(duration: string): Promise<void>;
}

interface Done {
  /** left alone: it isn't failed. absent: the machine has no such unit. */
  state: "left alone" | "restarted" | "failed" | "absent";
  /** Of one that was left alone, such as `active (running)`. */
  found?: string;
  tries: number;
  reason?: string;
  /** The unit's last lines, when it failed. */
  journal?: string[];
}

type Target = Machine<"exec">;

async function bringBack(machine: Target, wanted: Wanted): Promise<Done> {
  const { unit, tries } = wanted;
  const found = await unitState(machine, unit);
  if (found.LoadState === "not-found") return { state: "absent", tries: 0 };
  if (found.ActiveState !== "failed") return { state: "left alone", found: `${found.ActiveState} (${found.SubState})`, tries: 0 };
  let reason = "";
  for (let i = 1; i <= tries; i++) {
    if (i > 1) await wanted.sleep(wanted.settle);
    const problem = await startOnce(machine, wanted);
    if (problem === undefined) return { state: "restarted", tries: i };
    reason = `try ${i} of ${tries}: ${problem}`;
  }
  // The reason counts, not whether the machine can still show its journal.
  const journal = await printed(machine, ["journalctl", "--unit", unit, "--lines", "20", "--no-pager", "--output", "short-iso"], { timeout: "1m" }).catch(
    (error: Error) => `no journal: ${error.message}`,
  );
  return { state: "failed", tries, reason, journal: journal.trimEnd().split("\n") };
}

/** @returns what is wrong; undefined: it is well */
async function startOnce(machine: Target, { unit, settle, check, url, sleep }: Wanted): Promise<string | undefined> {
  await machine.exec(["systemctl", "reset-failed", unit], { timeout: "1m" });
  // `start` does nothing to a unit that has come up by itself since; only one that is up and not well is restarted.
  const up = isUp(await unitState(machine, unit));
  const start = ["systemctl", up ? "restart" : "start", unit];
  const started = await machine.exec(start, { timeout: "5m" });
  if (started.exitCode !== 0) return ending(start, started);
  const before = await unitState(machine, unit);
  await sleep(settle);
  const after = await unitState(machine, unit);
  if (!isUp(after)) return `it is ${after.ActiveState} (${after.SubState}, result ${after.Result}) after ${settle}`;
  if (after.NRestarts !== before.NRestarts || after.InvocationID !== before.InvocationID) return `systemd had to restart it within ${settle}`;
  for (const argv of checksOf(check, url)) {
    const checked = await machine.exec(argv, { timeout: "1m" });
    if (checked.exitCode !== 0) return `it runs, but isn't well: ${ending(argv, checked)}`;
  }
  return undefined;
}

const checksOf = (check: string[] | undefined, url: string | undefined): string[][] => [
  ...(check === undefined ? [] : [check]),
  ...(url === undefined ? [] : [["curl", "--globoff", "--fail", "--silent", "--show-error", "--max-time", "20", "--output", "/dev/null", "--url", url]]),
];

const PROPERTIES = ["LoadState", "ActiveState", "SubState", "Result", "NRestarts", "InvocationID", "Type"] as const;
type UnitState = Record<(typeof PROPERTIES)[number], string>;

/** Lines of `Key=value`: with `--value` an old systemd, which lacks a property, would shift the others. */
async function unitState(machine: Target, unit: string): Promise<UnitState> {
  const text = await printed(machine, ["systemctl", "show", unit, `--property=${PROPERTIES.join(",")}`], { timeout: "1m" });
  const values = new Map(text.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1).trim()] as const));
  return Object.fromEntries(PROPERTIES.map((name) => [name, values.get(name) ?? ""])) as UnitState;
}

/** A oneshot unit is well when it has run to its end. */
const isUp = ({ ActiveState, Type, Result }: UnitState): boolean =>
  ActiveState === "active" || (Type === "oneshot" && ActiveState === "inactive" && Result === "success");
