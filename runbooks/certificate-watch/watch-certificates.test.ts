import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeMachine, loadRunbook } from "runwright/testing";

const watch = loadRunbook<typeof import("./watch-certificates.ts")>(new URL("./watch-certificates.ts", import.meta.url));

const now = "2026-03-01T06:15:00Z";
/** A machine from which these endpoints serve certificates with so many days left. */
const seeing = (days: Readonly<Record<string, number>>): FakeMachine => ({
  name: "bastion",
  exec(argv, { stdin }) {
    if (argv[1] === "x509") {
      const notAfter = new Date(Date.parse(now) + Number(/days=(-?\d+)/.exec(stdin ?? "")?.[1]) * 86_400_000 + 3_600_000);
      return { stdout: `notAfter=${notAfter.toUTCString()}\nsubject=CN = www.example.com\n` };
    }
    const left = days[argv[3] ?? ""];
    return left === undefined ? { exitCode: 1, stderr: "connect: Connection refused\n" } : { stdout: `-----BEGIN CERTIFICATE-----\ndays=${left}\n` };
  },
});

test("watch-certificates tells what expires soon, soonest first, and passes as long as there is time", async () => {
  const machines = [{ name: "away", state: "offline" as const }, seeing({ "www.example.com:443": 20, "ldap.example.com:636": 12, "git.example.com:443": 80 })];
  const job = await watch.run({ now, machines, variables: { "watched-endpoints": ["www.example.com:443", "ldap.example.com:636", "git.example.com:443"] } });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  const { from, looked, soon, unreachable } = job.outputs[0] as {
    from: string;
    looked: number;
    soon: { endpoint: string; daysLeft: number }[];
    unreachable: unknown[];
  };
  assert.deepEqual([from, looked, unreachable], ["bastion", 3, []]);
  assert.deepEqual(
    soon.map(({ endpoint, daysLeft }) => `${endpoint} ${daysLeft}`),
    ["ldap.example.com:636 12", "www.example.com:443 20"],
  );
});

test("watch-certificates fails when one is about to expire, has expired, or can't be looked at", async () => {
  const job = await watch.run({
    now,
    machines: [seeing({ "a.example:443": 3, "b.example:443": -2 })],
    params: { endpoints: ["a.example:443", "b.example:443", "c.example:443"] },
  });
  assert.deepEqual([job.status, job.error?.message], ["failed", "3 of 3 need somebody: b.example:443, a.example:443, c.example:443"]);
  assert.match(job.logs.map(({ message }) => message).join("\n"), /b\.example:443: has expired[\s\S]*c\.example:443: connect: Connection refused/);
});

test("watch-certificates says in short why an endpoint can't be looked at", async () => {
  const told = async (stderr: string) => {
    const job = await watch.run({ now, machines: [{ name: "bastion", exec: () => ({ exitCode: 1, stderr }) }], params: { endpoints: ["a.example:443"] } });
    return (job.outputs[0] as { unreachable: { error: string }[] }).unreachable[0]?.error;
  };
  const refused =
    "805B5491A17F0000:error:8000006F:system library:BIO_connect:Connection refused:../crypto/bio/bio_sock2.c:117:calling connect()\nconnect:errno=111\n";
  assert.equal(await told(refused), "Connection refused, calling connect()");
  assert.equal(
    await told("40F7:error:10080002:BIO routines:BIO_lookup_ex:system lib:../crypto/bio/bio_addr.c:738:Name or service not known"),
    "system lib, Name or service not known",
  );
  assert.equal(await told("openssl: something else"), "openssl: something else");
  assert.equal(await told(""), "no certificate is served within 10s");
});

test("watch-certificates looks at hundreds, some at a time", async () => {
  const endpoints = Array.from({ length: 25 }, (_, i) => `h${i}.example:443`);
  const job = await watch.run({ now, machines: [seeing(Object.fromEntries(endpoints.map((one) => [one, 90])))], params: { endpoints } });
  assert.deepEqual([job.status, (job.outputs[0] as { looked: number }).looked], ["completed", 25]);
});

test("watch-certificates gives programs nothing that they could take for an option", async () => {
  for (const endpoint of ["-help:443", "www.example.com", "a b:443", "x:443;id"]) {
    const job = await watch.run({ now, machines: [seeing({})], params: { endpoints: [endpoint] } });
    assert.match(job.error?.message ?? "", /is no endpoint/, endpoint);
    assert.equal(job.calls.filter(({ op }) => op === "machines.exec").length, 0);
  }
});

test("watch-certificates says when nothing is watched, when nobody can look, and when the variable is no list", async () => {
  const nothing = await watch.run({ now, machines: [], variables: { "watched-endpoints": [] } });
  assert.deepEqual([nothing.status, nothing.logs[0]?.message], ["completed", "nothing is watched: set the variable watched-endpoints"]);
  const nobody = await watch.run({ now, machines: [], params: { endpoints: ["a.example:443"] } });
  assert.match(nobody.error?.message ?? "", /no machine of "os=linux" is online to look from/);
  const wrong = await watch.run({ now, machines: [], variables: { "watched-endpoints": "www.example.com:443" } });
  assert.match(wrong.error?.message ?? "", /must be a list of texts/);
});

test("watch-certificates needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await watch.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
