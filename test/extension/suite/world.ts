import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** An engine with something in each view, in a process of its own. */
export interface World {
  url: string;
  token: string;
  /** What `world-process.ts` can do. */
  act(act: string, ...words: unknown[]): Promise<any>;
  /** The engine's HTTP API as its administrator. @throws for an answer that isn't fine */
  api(method: string, path: string, body?: object): Promise<any>;
  remove(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const { RUNWRIGHT_TEST_NODE: node = "", RUNWRIGHT_TEST_ROOT: root = "" } = process.env;
  const child: ChildProcess = spawn(node, [join(root, "test", "extension", "world-process.ts")], {
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (piece) => (said += piece));
  const gone = once(child, "exit");
  const ended = gone.then(([code]) => {
    throw new Error(`the world ended with ${code}: ${said}`);
  });
  ended.catch(() => {});
  const [{ url, token }] = (await Promise.race([once(child, "message"), ended])) as [{ url: string; token: string }];
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  child.on("message", ({ id, answer, problem }: { id: number; answer: unknown; problem?: string }) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (problem === undefined) asked?.resolve(answer);
    else asked?.reject(new Error(problem));
  });
  let asked = 0;
  return {
    url,
    token,
    act(act, ...words) {
      asked += 1;
      const id = asked;
      const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
      child.send({ id, act, words });
      return Promise.race([answer, ended]);
    },
    api: (method, path, body) => ask({ url, token }, method, path, body),
    async remove() {
      child.disconnect();
      await gone;
    },
  };
}

/** @throws for an answer that isn't fine */
export async function ask({ url, token }: { url: string; token: string }, method: string, path: string, body?: object): Promise<any> {
  const headers = { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) };
  const answer = await fetch(`${url}/api/v1${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
