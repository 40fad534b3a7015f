import assert from "node:assert/strict";
import { openRelay, type Relay } from "../../engine/debug/relay.ts";
import { eventually } from "../support/eventually.ts";
import { inspectorClient } from "./inspector-client.ts";

describe("the relay for debuggers of this computer", () => {
  let relay: Relay | undefined;
  let heard: string[];
  afterEach(() => relay?.stop());

  async function open({ isListed = true } = {}): Promise<Relay> {
    heard = [];
    relay = await openRelay({ title: "probe", file: "file:///probe.ts", port: 0, isListed, onMessage: (message) => void heard.push(message), onLeft() {} });
    return relay;
  }

  it("takes no page, also none that hides where it is from, but the developer tools of Chrome", async () => {
    const { url } = await open();
    for (const origin of ["https://evil.example", "null", "file://", "chrome-extension://abc"])
      await assert.rejects(inspectorClient(url, { origin }), /403/, origin);
    const client = await inspectorClient(url, { origin: "devtools://devtools" });
    client.close();
    await client.closed;
  });

  it("answers what is longer than the engine takes, however it grows inside another message, and goes on", async () => {
    const client = await inspectorClient((await open()).url);
    for (const expression of ["x".repeat(1_200_000), "\\".repeat(300_000), "ü".repeat(600_000)]) {
      await assert.rejects(client.ask("Runtime.evaluate", { expression }), /longer than the engine takes/);
    }
    void client.ask("Runtime.evaluate", { expression: "1" });
    await eventually("the next request", () => heard.length === 1);
    assert.equal(JSON.parse(heard[0] ?? "").params.expression, "1");
    client.close();
    await client.closed;
  });

  it("tells its address at the port only where debuggers look for it", async () => {
    const list = ({ url }: Relay) => fetch(`${url.replace("ws:", "http:").replace(/\/[^/]*$/, "")}/json/list`);
    const [target] = (await (await list(await open())).json()) as { webSocketDebuggerUrl: string }[];
    assert.equal(target?.webSocketDebuggerUrl, relay?.url);
    await relay?.stop();
    assert.equal((await list(await open({ isListed: false }))).status, 404);
  });
});
