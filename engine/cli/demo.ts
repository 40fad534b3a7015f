import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { parseDuration } from "../core/duration.ts";
import type { NewJoinToken } from "../protocol/http/machines.ts";
import { createChance } from "../simulator/chance.ts";
import { joinFleet, type SimulatedFleet } from "../simulator/fleet.ts";
import { startUnrest } from "../simulator/unrest.ts";
import { VERSION } from "../version.ts";
import type { Client } from "./client.ts";
import { type AddCommand, type Context, withClient } from "./command.ts";
import { duration, percentage, wholeNumberWithin } from "./options.ts";
import type { Terminal } from "./terminal.ts";

const ROLES = ["web", "app", "db", "cache"] as const;
const AWAY_MS = 60_000;
const TOLD_EVERY_MS = { terminal: 1_000, lines: 10_000 } as const;

interface FleetOptions {
  machines: number;
  packages: number;
  missing: number;
  seed?: string;
  prefix?: string;
  scope: string;
  failing: number;
  away: number;
  over: string;
  for?: string;
}

export const addDemo: AddCommand = (program, context) => {
  const demo = program.command("demo").description("Something to see where there are no machines yet");
  addFleet(demo, context);
};

function addFleet(demo: Command, context: Context): void {
  demo
    .command("fleet")
    .description(
      "Simulated machines join the engine, report and let themselves be patched, until Ctrl-C. They speak as agents do; nothing is installed anywhere",
    )
    .option("--machines <number>", "how many", wholeNumberWithin({ lowest: 1, highest: 20_000 }), 1_000)
    .option("--packages <number>", "installed on each", wholeNumberWithin({ lowest: 1, highest: 5_000 }), 300)
    .option("--missing <number>", "of which an update is missing", wholeNumberWithin({ lowest: 0, highest: 5_000 }), 50)
    .option("--failing <share>", "machines on which one update fails", percentage, 0.02)
    .option("--away <share>", "machines that are away for a minute, at any time", percentage, 0)
    .option("--scope <scope>", "scope of the machines", "/")
    .option("--over <duration>", "they connect evenly over this time", duration, "10s")
    .option("--seed <text>", "the same machines as with this seed before; whoever knows it can speak for them")
    .option("--prefix <text>", "what names begin with (default: follows from the seed)")
    .option("--for <duration>", "end after this time", duration)
    .action((options: FleetOptions) => withClient(context, (client) => run(client, options, context)));
}

async function run(client: Client, options: FleetOptions, { terminal, signal }: Context): Promise<void> {
  const seed = options.seed ?? randomBytes(18).toString("base64url");
  const prefix = options.prefix ?? `sim-${createHash("sha256").update(seed).digest("hex").slice(0, 4)}-`;
  const { machines, packages, missing, failing } = options;
  const over = AbortSignal.any([signal, ...(options.for === undefined ? [] : [AbortSignal.timeout(parseDuration(options.for))])]);
  const tokens = await Promise.all(ROLES.map((role) => joinToken(client, { role, uses: Math.ceil(machines / ROLES.length), scope: options.scope })));
  const fleet = await joinFleet({
    ...{ seed, prefix, tokens, machines, shape: { packages, missing: Math.min(missing, packages), failing } },
    ...{ pace: { installMs: 200, rebootMs: 5_000 }, agentVersion: VERSION, clock: systemClock, signal: over },
    onJoined: (joined) => terminal.progress(`${joined} of ${machines} machines have joined …`),
  });
  terminal.endProgress();
  terminal.note(`${machines} simulated machines have joined as ${prefix}00001 and so on, with the tags simulated=yes and role=${ROLES.join("|")}.`);
  const unrest = startUnrest({ agents: fleet.agents, chance: createChance(seed, "unrest"), share: options.away, awayMs: AWAY_MS });
  try {
    await Promise.all([fleet.connect(parseDuration(options.over)), tell(fleet, { machines, terminal, signal: over })]);
  } finally {
    unrest.stop();
    await fleet.stop();
    terminal.endProgress();
    terminal.note(`They are offline now, and come back with: runwright demo fleet --machines ${machines} --seed ${seed}`);
  }
}

async function joinToken(client: Client, { role, uses, scope }: { role: string; uses: number; scope: string }): Promise<string> {
  const body = { url: client.connection.url, scope, uses, tags: { simulated: "yes", role } };
  return (await client.request<NewJoinToken>("POST", "/api/v1/join-tokens", { body })).token;
}

/** How the fleet is, again and again until the signal fires. */
async function tell(fleet: SimulatedFleet, { machines, terminal, signal }: { machines: number; terminal: Terminal; signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    const { online, reportsTaken, commands, reboots, errors } = fleet.figures.now();
    const done = Object.entries(commands).map(([action, times]) => `${times} ${action}`);
    const words = [`${online} of ${machines} connected`, `${reportsTaken} reports taken`, ...done, ...(reboots > 0 ? [`${reboots} reboots`] : [])];
    terminal.progress(words.join(", "));
    for (const error of errors.slice(0, 1)) terminal.note(error);
    await delay(terminal.isTty ? TOLD_EVERY_MS.terminal : TOLD_EVERY_MS.lines, undefined, { signal }).catch(() => {}); // it ends
  }
}
