import { bundleHashOf } from "../../engine/authoring/bundle.ts";
import type { BenchEngine } from "./engine-under-test.ts";

const bundleOf = (calls: number) =>
  `var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "replay", limits: { hostCalls: 20000 }, run: async ({ sleep, waitFor, output }) => { for (let i = 0; i < ${calls}; i++) await sleep(0); await waitFor("go-${calls}"); output("done"); } } } };`;

/**
 * A job that has made so many calls waits for an event without an isolate; the event is published.
 * @returns milliseconds until it has completed: claimed, its journal read, opened and replayed in a fresh isolate, one outcome after the other, and its end committed
 */
export async function replayMs(engine: BenchEngine, calls: number): Promise<number> {
  const name = `replay-${calls}`;
  const bundle = bundleOf(calls);
  const sources = [{ path: `${name}.ts`, text: "// bench" }];
  await ask(engine, "POST", `/api/v1/runbooks/${name}/publish`, {
    bundle,
    bundleHash: bundleHashOf(bundle),
    sourceMap: null,
    sources,
    scope: "/",
    message: "",
  });
  const { id } = await ask<{ id: string }>(engine, "POST", `/api/v1/runbooks/${name}/jobs`, { params: {} });
  const job = `/api/v1/jobs/${id}`;
  while ((await ask<{ status: string }>(engine, "GET", job)).status !== "waiting") await new Promise((resolve) => setTimeout(resolve, 50));
  const waiting = ask<{ status: string }>(engine, "GET", `${job}?wait=30s`);
  const begin = performance.now();
  await ask(engine, "POST", `/api/v1/events/go-${calls}`, {});
  const { status } = await waiting;
  if (status !== "completed") throw new Error(`the job is ${status}`);
  return performance.now() - begin;
}

async function ask<Body>({ client, url, token }: BenchEngine, method: "GET" | "POST", path: string, body?: unknown): Promise<Body> {
  const response = await client.request({
    origin: url,
    path,
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.body.json()) as Body;
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${JSON.stringify(answer)}`);
  return answer;
}
