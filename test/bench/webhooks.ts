import { fork } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { Agent } from "undici";
import { bundleHashOf } from "../../engine/authoring/bundle.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import type { BenchEngine } from "./engine-under-test.ts";

const SECRET = "a secret of the bench";
const BODY = JSON.stringify({
  ref: "refs/heads/main",
  repository: { full_name: "octo/hello" },
  commits: Array.from({ length: 20 }, (_, id) => ({ id, message: "x".repeat(60) })),
});
const HEADERS = {
  "content-type": "application/json",
  "x-github-event": "push",
  "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(BODY).digest("hex")}`,
};

export interface Load {
  perSecond: number;
  seconds: number;
}

/** Its jobs wait behind the first one: what is measured is taking them in, not running them. */
const HELD =
  'var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "held", concurrency: { limit: 1 }, run: async ({ sleep }) => { await sleep("1h"); } } } };';

/** Signed deliveries that each make a job: of one line that runs, or one that waits for its turn. @returns milliseconds from when each was due to its 202 */
export async function webhookLatencies(engine: BenchEngine, jobs: "run" | "wait", load: Load): Promise<number[]> {
  const ask = async <Answer>(method: "GET" | "PUT" | "POST", path: string, body?: unknown): Promise<Answer> => {
    const headers = { authorization: `Bearer ${engine.token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const answer = await engine.client.request({ origin: engine.url, path, method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${await answer.body.text()}`);
    return (await answer.body.json()) as Answer;
  };
  await ask("PUT", "/api/v1/assets/bench-hook", { kind: "secret", value: SECRET, scope: "/" });
  if (jobs === "wait") {
    const sources = [{ path: "held.ts", text: "// held" }];
    await ask("POST", "/api/v1/runbooks/held/publish", { bundle: HELD, bundleHash: bundleHashOf(HELD), sourceMap: null, sources, scope: "/", message: "" });
  }
  const name = `bench-${jobs}`;
  const spec = {
    verify: { scheme: "github", secret: "bench-hook" },
    rateLimit: { perSecond: 2_000, burst: 10_000 },
    runs: [{ runbook: jobs === "run" ? "bench" : "held" }],
  };
  await ask("PUT", `/api/v1/webhooks/${name}`, { spec });
  const { url } = await ask<{ url: string }>("POST", `/api/v1/webhooks/${name}/rotate`, {});
  // The jobs of the warm-up would be a backlog that the measured ones have to share the processors with.
  const settle = async () => {
    if (jobs === "wait") return;
    const underWay = "/api/v1/jobs?runbook=bench&status=queued,running&limit=1";
    while ((await ask<{ items: unknown[] }>("GET", underWay)).items.length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  return openLoop({ origin: engine.url, path: new URL(url).pathname, settle }, load);
}

/** The same load on a bare server that only stores each body. */
export async function floorLatencies(load: Load): Promise<number[]> {
  const directory = await temporaryDirectory("runwright-bench-");
  const child = fork(join(import.meta.dirname, "webhook-floor.ts"), [directory.path]);
  try {
    const [port] = (await once(child, "message")) as [number];
    return await openLoop({ origin: `http://127.0.0.1:${port}`, path: "/" }, load);
  } finally {
    child.kill();
    await once(child, "exit");
    await directory.remove();
  }
}

/** Sends when each is due, whether or not those before were answered: an engine that is late isn't spared. */
async function openLoop(
  { origin, path, settle }: { origin: string; path: string; settle?: () => Promise<void> },
  { perSecond, seconds }: Load,
): Promise<number[]> {
  const client = new Agent({ connections: 128 });
  const times: number[] = [];
  const send = async (n: number, due: number) => {
    const answer = await client.request({ origin, path, method: "POST", headers: { ...HEADERS, "x-github-delivery": `${due}-${n}` }, body: BODY });
    const text = await answer.body.text();
    if (answer.statusCode !== 202) throw new Error(`a delivery was answered with ${answer.statusCode}: ${text}`);
    times.push(performance.now() - due);
  };
  try {
    for (let n = 0; n < 100; n++) await Promise.all(Array.from({ length: 16 }, (_, i) => send(n * 16 + i, performance.now()))); // connections and code are warm
    await settle?.();
    times.length = 0;
    const begin = performance.now();
    const sent: Promise<void>[] = [];
    while (sent.length < perSecond * seconds) {
      for (const due = performance.now(); sent.length < perSecond * seconds; ) {
        const next = begin + (sent.length / perSecond) * 1_000;
        if (next > due) break;
        sent.push(send(sent.length, next));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(sent);
    return times;
  } finally {
    await client.close();
  }
}
