import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { transformSync } from "esbuild";
import { FAILURE_CODES } from "../../engine/core/job.ts";
import type { RunOptions } from "../sandbox/rig.ts";
import { GUARDS, type GuardName } from "./guards.ts";

/** Each has a folder of `cases`, and at least one attack that isn't long. */
export const CLASSES = [
  ...["constructors", "prototypes", "getters", "proxies", "symbols", "stack-traces", "thenables", "async-generators", "callbacks", "dynamic-import"],
  ...["webassembly", "array-buffers", "shared-memory", "timers"],
  ...["memory", "cpu", "stack", "output-flood", "call-flood", "huge-arguments"],
  ...["pollution", "log-injection", "forged-messages"],
] as const;

/**
 * What came of an attack. `contained`: it ran to its end and won nothing; `failed CODE`: its job failed of it; `lost`: its runner was ended. Without a guard: `escaped`: it
 * won something; `harms …`: what it took was more than its limits allow, and somebody else pays.
 */
export type Verdict = "contained" | "escaped" | "lost" | `failed ${string}` | `harms ${"memory" | "cpu" | "engine" | "record"}`;

const VERDICTS: readonly string[] = ["contained", "escaped", "lost", ...FAILURE_CODES.map((code) => `failed ${code}`)];
const HARMS: readonly string[] = ["harms memory", "harms cpu", "harms engine", "harms record"];

/**
 * One file of `cases`. It exports a function of the runbook's context that returns what it has won, or nothing; its first comment says what must come of it:
 *
 *     // verdict: failed cpu
 *     // without the limit of CPU time: harms cpu
 *     // needs: { "limits": { "cpuMs": 50 } }
 */
export interface Attack {
  /** Class and name: `memory/maps`. */
  id: string;
  kind: string;
  verdict: Verdict;
  /** What keeps it in, and what comes of the attack without it. */
  guard: GuardName;
  without: Verdict;
  needs: Pick<RunOptions, "limits" | "permissions" | "kept">;
  /** Takes its time: without its guard only in `npm run test:all`. */
  isLong: boolean;
  /** An expression in JavaScript whose value is the attack's function. */
  code: string;
}

const CASES = join(import.meta.dirname, "cases");

export function readAttacks(): Attack[] {
  const files = readdirSync(CASES, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  return files.sort().map((file) => attackOf(file.slice(0, -3).replaceAll(sep, "/"), readFileSync(join(CASES, file), "utf8")));
}

/** @throws Error: its first comment doesn't say what must come of it */
export function attackOf(id: string, source: string): Attack {
  const comment = /^(?:\/\/.*\n)+/.exec(source)?.[0] ?? "";
  const [, verdict] = /^\/\/ verdict: (.+)$/m.exec(comment) ?? [];
  const [, guard, without] = /^\/\/ without (.+): (.+)$/m.exec(comment) ?? [];
  const [, needs = "{}"] = /^\/\/ needs: (.+)$/m.exec(comment) ?? [];
  if (!isVerdict(verdict, VERDICTS)) throw new Error(`${id}: the verdict must be one of ${VERDICTS.join(", ")}`);
  if (!isGuard(guard)) throw new Error(`${id}: the guard must be one of ${Object.keys(GUARDS).join(", ")}`);
  if (!isVerdict(without, [...VERDICTS, ...HARMS]) || without === verdict) throw new Error(`${id}: without its guard something else must come of it`);
  const { code } = transformSync(source, { loader: "js", format: "iife", globalName: "attack", target: "esnext" });
  return {
    id,
    kind: id.split("/", 1)[0] ?? "",
    verdict,
    guard,
    without,
    needs: JSON.parse(needs) as Attack["needs"],
    isLong: /^\/\/ long$/m.test(comment),
    code: `(() => { ${code}\nreturn attack.default; })()`,
  };
}

const isVerdict = (text: string | undefined, allowed: readonly string[]): text is Verdict => text !== undefined && allowed.includes(text);
const isGuard = (text: string | undefined): text is GuardName => text !== undefined && Object.hasOwn(GUARDS, text);

/** Of `run`, as JavaScript: what the attack has won is the job's only output. */
export const runOf = ({ code }: Attack): string => `async (ctx) => { const won = await ${code}(ctx); if (won !== undefined) ctx.output({ won }); }`;

/** A job's outputs hold what an attack has won. */
export const hasWon = (outputs: readonly unknown[]): boolean =>
  outputs.some((output) => typeof output === "object" && output !== null && Object.hasOwn(output, "won"));
