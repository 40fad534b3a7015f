import assert from "node:assert/strict";
import { once } from "node:events";
import Fastify from "fastify";
import type { SourceChecker } from "../../engine/http/ports.ts";
import { checkRoutes } from "../../engine/http/routes/check.ts";

describe("HTTP: a check whose client goes away", () => {
  for (const path of ["check", "bundle"])
    it(`ends: ${path}`, async () => {
      const app = Fastify();
      const begun = Promise.withResolvers<AbortSignal>();
      const check: SourceChecker["check"] = ({ signal }) => {
        begun.resolve(signal);
        return once(signal, "abort").then(() => Promise.reject(signal.reason));
      };
      app.addHook("onRequest", async (request) => void Object.assign(request, { signedIn: { actor: { id: "prn_1" } } }));
      checkRoutes(app as never, { sourceChecker: { check }, stopping: new AbortController().signal });
      const url = await app.listen({ port: 0, host: "127.0.0.1" });
      try {
        const life = new AbortController();
        const body = JSON.stringify({ entry: "a.ts", sources: [{ path: "a.ts", text: "" }] });
        const asked = fetch(`${url}/api/v1/${path}`, { method: "POST", body, headers: { "content-type": "application/json" }, signal: life.signal });
        const signal = await begun.promise;
        assert.equal(signal.aborted, false);
        life.abort();
        await assert.rejects(asked, { name: "AbortError" });
        if (!signal.aborted) await once(signal, "abort");
      } finally {
        await app.close();
      }
    });
});
