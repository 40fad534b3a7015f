import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "../../engine/cli/client.ts";
import type { Role } from "../../engine/core/role.ts";
import type { NewToken, Principal, SignInLink } from "../../engine/protocol/http/access.ts";
import { type CommandHome, commandHome } from "../cli/command.ts";
import { freePort } from "../support/free-port.ts";

const script = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** What fills a database before its engine begins. */
const FILLS = [script("../extension/many-rows.ts"), script("machine-rows.ts"), script("deployment-rows.ts")];

export interface DashboardEngine {
  url: string;
  port: number;
  /** The administrator's. */
  token: string;
  client: Client;
  home: CommandHome;
  /** A new link that signs a browser in, once. */
  link(token?: string): Promise<string>;
  /** Publishes a runbook of this source. */
  publish(name: string, source: string): Promise<void>;
  /** Somebody with a token. */
  person(name: string, grants: readonly { role: Role; scope: string }[]): Promise<{ id: string; token: string }>;
  /** Ends it, and begins another one on the same port and data. */
  stopEngine(): Promise<void>;
  startEngine(): Promise<void>;
  stop(): Promise<void>;
}

/** A real engine in a process of its own. @param rows of each kind that is there before it begins @param prepare writes into the folder of its database before that */
export async function dashboardEngine({ rows = 0, prepare }: { rows?: number; prepare?(directory: string): Promise<void> } = {}): Promise<DashboardEngine> {
  const home = await commandHome();
  const data = join(home.path, ".runwright");
  await mkdir(data, { mode: 0o700 });
  await prepare?.(data);
  if (rows > 0) {
    const [many = "", ...others] = FILLS;
    await ran(many, [data, String(rows), String(rows), "0"]);
    for (const fill of others) await ran(fill, [data, String(rows)]);
  }
  const port = await freePort();
  const serve = () => home.serve(["--port", String(port)]);
  let engine = await serve();
  const { url, token } = engine;
  const client = createClient({ url, token });
  return {
    ...{ url, port, token, client, home },
    async link(as = token) {
      const theirs = createClient({ url, token: as });
      try {
        return (await theirs.request<SignInLink>("POST", "/api/v1/login/link", { body: {} })).url;
      } finally {
        await theirs.stop();
      }
    },
    async publish(name, source) {
      await writeFile(join(home.path, `${name}.ts`), source);
      const { code, stderr } = await home.run(["runbook", "publish", `${name}.ts`]);
      if (code !== 0) throw new Error(stderr);
    },
    async person(name, grants) {
      const { id } = await client.request<Principal>("POST", "/api/v1/principals", { body: { kind: "user", name, grants } });
      const made = await client.request<NewToken>("POST", "/api/v1/tokens", { body: { name: `of ${name}`, principal: name } });
      return { id, token: made.token };
    },
    async stopEngine() {
      await engine.stop();
    },
    async startEngine() {
      engine = await serve();
    },
    async stop() {
      await client.stop();
      await engine.stop();
      await home.remove();
    },
  };
}

/** Runs a script of ours to its end. */
function ran(path: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${path} ended with ${code}: ${errors}`))));
  });
}
