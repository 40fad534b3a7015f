import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRunbook } from "runwright/testing";

const tell = loadRunbook<typeof import("./tell-certificate-expiry.ts")>(new URL("./tell-certificate-expiry.ts", import.meta.url));

// With all that the engine tells.
const event = {
  kind: "certificate.expiring",
  at: "2026-03-01T00:00:00.000Z",
  certificate: { version: 2, name: "web", scope: "/prod", subject: "CN=www.example.com", notAfter: "2026-03-08T00:00:00.000Z", daysLeft: 6 },
};

test("tell-certificate-expiry writes a line, and tells the chat when it is asked to", async () => {
  const quiet = await tell.run({ params: { event } });
  assert.deepEqual([quiet.status, quiet.outputs], ["completed", [{ certificate: "web", scope: "/prod", daysLeft: 6 }]]);
  assert.match(quiet.logs[0]?.message ?? "", /^The certificate web in \/prod \(CN=www\.example\.com\) expires in 6 days/);
  const texts: string[] = [];
  const posted = await tell.run({
    params: { event: { certificate: { ...event.certificate, daysLeft: -1 } }, post: true },
    secrets: { "certificate-hook": "services/x" },
    http: ({ url, body }) => {
      texts.push(`${url} ${JSON.parse(body ?? "").text}`);
      return {};
    },
  });
  assert.equal(posted.status, "completed");
  assert.match(texts.join(), /^https:\/\/hooks\.slack\.com\/services\/x The certificate web .* has expired/);
});

test("tell-certificate-expiry needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await tell.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
