import assert from "node:assert/strict";
import { type SignOptions, sign } from "../../engine/webhooks.ts";
import { type Rig, upload } from "./rig.ts";

export const SECRET = `whsec_${Buffer.alloc(24, 5).toString("base64")}`;

export type Sent = { status: number; headers: Record<string, unknown>; body: any; text: string };

/** What the tests of webhooks do again and again. */
export function webhooksOf(all: Rig) {
  return {
    /** A runbook that puts out what it was given. */
    async publish(
      name: string,
      declaration = 'parameters: { type: "object", properties: { webhook: {} } },',
      run = "async ({ params, output }) => output(params)",
    ) {
      const made = await all.ask("POST", `/api/v1/runbooks/${name}/publish`, { body: upload(name, run, declaration) });
      assert.equal(made.status, 201, made.text);
    },
    async secret(name = "hook-secret", value = SECRET, scope = "/") {
      const set = await all.ask("PUT", `/api/v1/assets/${name}`, { body: { kind: "secret", value, scope } });
      assert.equal(set.status, 200, set.text);
    },
    put: (name: string, spec: object, more: object = {}) =>
      all.ask("PUT", `/api/v1/webhooks/${name}`, { body: { spec: { verify: { scheme: "none" }, runs: [{ runbook: "echo" }], ...spec }, ...more } }),
    /** Makes a webhook and its token. @returns the path to send to */
    async make(name: string, spec: object = {}): Promise<string> {
      const made = await this.put(name, spec);
      assert.ok(made.status < 300, made.text);
      return this.rotate(name);
    },
    async rotate(name: string, overlap?: string): Promise<string> {
      const made = await all.ask("POST", `/api/v1/webhooks/${name}/rotate`, { body: overlap === undefined ? {} : { overlap } });
      assert.equal(made.status, 201, made.text);
      return new URL(made.body.url).pathname;
    },
    async send(path: string, body: string | Uint8Array = "{}", headers: Record<string, string> = {}, remoteAddress = "127.0.0.1"): Promise<Sent> {
      const answer = await all.http.inject({
        method: "POST",
        url: path,
        remoteAddress,
        headers: { "content-type": "application/json", ...headers },
        payload: Buffer.from(body as string),
      });
      const text = answer.body;
      return { status: answer.statusCode, headers: answer.headers, text, body: text === "" ? null : JSON.parse(text) };
    },
    /** The headers of a scheme. */
    signed: (scheme: SignOptions["scheme"], body: string, more: Partial<SignOptions> = {}): Record<string, string> =>
      sign({ scheme, secret: SECRET, body: Buffer.from(body), now: all.clock.now(), id: "msg_1", ...more } as SignOptions),
    deliveries: async (name: string, query = ""): Promise<any[]> => (await all.ask("GET", `/api/v1/webhooks/${name}/deliveries${query}`)).body.items,
    params: async (jobId: string): Promise<any> => (await all.ask("GET", `/api/v1/jobs/${jobId}`)).body.params,
  };
}
export type Hooks = ReturnType<typeof webhooksOf>;
