// Whether a stranger can tell an unknown token from an expired, ended or disabled one by the time that the answer takes: `node test/bench/webhook-strangers.ts [COUNT]`.
import { startBenchEngine } from "./engine-under-test.ts";
import { percentile } from "./load.ts";

const COUNT = Number(process.argv[2] ?? 10_000);
const engine = await startBenchEngine();
try {
  const ask = async (method: "PUT" | "POST", path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${engine.token}`, "content-type": "application/json" };
    const answer = await engine.client.request({ origin: engine.url, path, method, headers, body: JSON.stringify(body) });
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${await answer.body.text()}`);
    return (await answer.body.json()) as { url: string };
  };
  const verify = { scheme: "none" };
  const runs = [{ runbook: "bench" }];
  const make = async (name: string, spec: object = {}, later?: object) => {
    await ask("PUT", `/api/v1/webhooks/${name}`, { spec: { verify, runs, ...spec } });
    const { url } = await ask("POST", `/api/v1/webhooks/${name}/rotate`, {});
    if (later) await ask("PUT", `/api/v1/webhooks/${name}`, { spec: { verify, runs, ...spec, ...later } });
    return new URL(url).pathname;
  };
  const soon = new Date(Date.now() + 2_000).toISOString();
  const paths: Record<string, string> = {
    unknown: `/hooks/rwh_${"a".repeat(43)}`,
    expired: await make("expired", { expiresAt: soon }),
    disabled: await make("disabled", {}, { enabled: false }),
    elsewhere: await make("elsewhere", { allowedAddresses: ["192.0.2.0/24"] }),
  };
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(paths).map((kind) => [kind, []]));
  for (let n = -200; n < COUNT; n++) {
    // In turn, so that all see the machine in the same mood.
    for (const [kind, path] of Object.entries(paths)) {
      const begin = performance.now();
      const answer = await engine.client.request({ origin: engine.url, path, method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
      await answer.body.dump();
      if (answer.statusCode !== 404) throw new Error(`${kind} was answered with ${answer.statusCode}`);
      if (n >= 0) times[kind]?.push(performance.now() - begin);
    }
  }
  const medians = Object.entries(times).map(([kind, all]) => [kind, percentile(all, 50)] as const);
  const [least, most] = [Math.min(...medians.map(([, ms]) => ms)), Math.max(...medians.map(([, ms]) => ms))];
  for (const [kind, ms] of medians) console.log(`${kind.padEnd(10)} median ${ms.toFixed(4)} ms of ${COUNT}`);
  console.log(`they differ by ${(100 * (most / least - 1)).toFixed(1)} %: ${most / least < 1.05 ? "reached" : "MISSED"} (< 5 %)`);
} finally {
  await engine.stop();
}
