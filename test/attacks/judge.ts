import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { StreamEntry } from "../../engine/core/job.ts";
import type { Ending } from "../../engine/core/journal.ts";
import type { AttemptJournal } from "../../engine/core/run.ts";
import { residentBytes } from "../../engine/sandbox/resident-memory.ts";
import { emptyJob, memoryJournal, type Rig } from "../sandbox/rig.ts";
import { type Attack, hasWon, runOf, type Verdict } from "./attack.ts";

/** Granted to attacks that ask for it; never to be seen in what they write. */
export const SECRET = "hunter22-hunter22";

const LOOK_EVERY_MS = 20;
const MB = 1024 * 1024;
/** More than a runner with one attempt of 64 MB may ever use: its base, what it may use beyond, and the attempt's own. */
const TOO_MUCH_MEMORY = 700 * MB;
/** Ten times the 50 ms that attacks on CPU time are allowed. */
const TOO_MUCH_CPU_MS = 500;
/** What an attack may make the engine hold: 16 MB of arguments, a frame, and what V8 hasn't collected yet. */
const TOO_MUCH_OF_ENGINE = 300 * MB;

/** Runs one attack in a sandbox, looking at its runners and at this process from outside. */
export async function judge(
  rig: Rig,
  attack: Attack,
  { print, runner, params }: { print: (entry: StreamEntry) => string; runner: "honest" | "owned"; params: unknown },
): Promise<{ verdict: Verdict; why: string }> {
  await rig.sandbox.ready();
  const bundle =
    runner === "owned" ? attack.code : `var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "attack", run: ${runOf(attack)} } } };`;
  const bundleHash = createHash("sha256").update(bundle).digest("hex");
  const before = { cpuMs: cpuOfRunners(rig), rss: process.memoryUsage.rss() };
  const kept = structuredClone(attack.needs.kept ?? emptyJob());
  const { journal, seen } = watched(memoryJournal(kept));
  const { run } = rig.start("", { params, ...attack.needs, kept, journal, attempt: { bundle, bundleHash, sourceMap: null } });
  const limit = attack.needs.limits?.cpuMs ?? Number.POSITIVE_INFINITY;
  const looking = Promise.withResolvers<Verdict>();
  const timer = setInterval(() => {
    if (rig.sandbox.describe().runners.some(({ pid }) => (residentBytes(pid) ?? 0) > TOO_MUCH_MEMORY)) looking.resolve("harms memory");
    else if (limit <= 50 && cpuOfRunners(rig) - before.cpuMs > TOO_MUCH_CPU_MS) looking.resolve("harms cpu");
    else if (process.memoryUsage.rss() - before.rss > TOO_MUCH_OF_ENGINE) looking.resolve("harms engine");
  }, LOOK_EVERY_MS);
  const over: Ending | Verdict = await Promise.race([run.ended, looking.promise]);
  clearInterval(timer);
  if (typeof over === "string") return { verdict: over, why: over };
  const why = JSON.stringify(over).slice(0, 500);
  if (kept.entries.some((entry) => isForged(entry, print)) || hasForeignPrototype(seen)) return { verdict: "harms record", why };
  if (hasWon(kept.entries.flatMap((entry) => (entry.kind === "output" ? [entry.value] : [])))) return { verdict: "escaped", why };
  if (over.kind === "completed") return { verdict: "contained", why };
  if (over.kind === "failed") return { verdict: `failed ${over.failureCode}`, why };
  return { verdict: "lost", why };
}

/** What is handed to a journal, as it is handed: once it is kept, prototypes are gone. */
function watched(journal: AttemptJournal): { journal: AttemptJournal; seen: unknown[] } {
  const seen: unknown[] = [];
  return {
    seen,
    journal: {
      ...journal,
      issue(call) {
        seen.push(call.args);
        return journal.issue(call);
      },
      emit(body, at) {
        seen.push(body);
        journal.emit(body, at);
      },
    },
  };
}

/** What a record must not hold: a time that hasn't come, a secret, and what a terminal obeys or a reader takes for another entry. */
function isForged(entry: StreamEntry, print: (entry: StreamEntry) => string): boolean {
  const text = print(entry);
  return (
    entry.at > Date.now() + 86_400_000 ||
    JSON.stringify(entry).includes(SECRET) ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(text) ||
    /\n\d\d:\d\d:\d\d /.test(text)
  );
}

function hasForeignPrototype(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype) return true;
  return Object.values(value).some(hasForeignPrototype);
}

const CLOCK_TICK_MS = 10;

/** CPU time of all runner processes so far, milliseconds. */
function cpuOfRunners(rig: Rig): number {
  return rig.sandbox.describe().runners.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
}

function cpuMsOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
  } catch {
    return 0; // it has just been replaced
  }
}
