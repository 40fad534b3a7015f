import { createServer } from "node:net";
import { Compile } from "typebox/compile";
import { Agent, request } from "undici";
import { Readiness } from "../../protocol/http/status.ts";
import { probeBoundary } from "../../sandbox/boundary.ts";
import { readablePaths } from "../../sandbox/launch.ts";
import { type Finding, messageOf, ok, problem, warning } from "./finding.ts";

const WITHIN_MS = 5_000;
/** Of an answer, bytes: another program may have the port. */
const LONGEST_ANSWER = 1024 * 1024;
const answers = Compile(Readiness);

/** What an engine says of itself. */
export interface EngineState {
  readiness: Readiness;
  /** How far its clock is ahead of this machine's, milliseconds; HTTP tells it to the second. null: it didn't say. */
  aheadMs: number | null;
}

/** @returns undefined when none answers there. What is told is no secret, so whose certificate it is doesn't matter. */
export async function askEngine(url: string, now: () => number): Promise<EngineState | undefined> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, headersTimeout: WITHIN_MS, bodyTimeout: WITHIN_MS, maxResponseSize: LONGEST_ANSWER });
  try {
    const asked = now();
    const { body, headers } = await request(new URL("/readyz", url), { dispatcher, signal: AbortSignal.timeout(WITHIN_MS) });
    const middle = (asked + now()) / 2;
    const answer: unknown = await body.json();
    if (!answers.Check(answer)) return undefined;
    const said = Date.parse(String(headers.date));
    // The header is cut to the second: half of one is the best guess.
    return { readiness: answer, aheadMs: Number.isNaN(said) ? null : said + 500 - middle };
  } catch {
    return undefined; // nobody answers, or not as an engine does
  } finally {
    await dispatcher.destroy();
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  database: "check the database server, or the disk and the permissions of the data directory",
  runners: "look at the engine's log: it says why runners end",
};

export function checkRunning({ readiness }: EngineState, url: string): Finding[] {
  const { checks, warnings, ready, version } = readiness;
  const own = checks.map(({ name, ok: isOk, detail }) =>
    isOk
      ? ok(name === "boundary" ? "runner boundary" : name, detail)
      : problem(name, detail || "it isn't as it should be", ADVICE[name] ?? "look at the engine's log"),
  );
  return [
    ready ? ok("engine", `version ${version} is ready on ${url}`) : problem("engine", `it answers on ${url}, and isn't ready`, "see what else is told here"),
    ...own,
    ...warnings.map((text) => warning("engine warns", text, "see docs/operations.md#warnings")),
  ];
}

/** Without an engine: whether one could start. */
export async function checkStopped({ host, port }: { host: string; port: number }): Promise<Finding[]> {
  return [ok("engine", "none runs with this data directory"), await checkPort(host, port), ...checkBoundary()];
}

function checkBoundary(): Finding[] {
  const { holds, warnings } = probeBoundary(readablePaths());
  return [
    ok("runner boundary", holds.join("; ") || "none"),
    ...warnings.map((text) => warning("runner boundary", text, "see docs/sandbox.md: what each wall needs of the kernel and the user")),
  ];
}

/** People, agents and webhooks come through the same one. */
function checkPort(host: string, port: number): Promise<Finding> {
  if (port === 0) return Promise.resolve(ok("port", "the engine takes any free one"));
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) =>
      resolve(
        problem(
          "port",
          `${host} port ${port}, which people and agents connect to, can't be used: ${messageOf(error)}`,
          "stop the program that uses it, or choose another one with --port",
        ),
      ),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(ok("port", `${host} port ${port} is free for people and agents`))));
  });
}

/** The address that others are told. */
export async function checkPublicUrl(url: string | null, now: () => number): Promise<Finding[]> {
  if (url === null) return [];
  const state = await askEngine(url, now);
  if (state) return [ok("public address", `an engine answers on ${url}`)];
  return [warning("public address", `no engine answers on ${url} from this machine`, "check the proxy and its certificate: agents connect there, too")];
}
