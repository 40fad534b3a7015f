import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeMachine, loadRunbook, type TestJob } from "runwright/testing";

const rotate = loadRunbook<typeof import("./rotate-certificate.ts")>(new URL("./rotate-certificate.ts", import.meta.url));
const now = "2026-03-01T12:00:00Z";
const params = {
  ...{ certificate: "/etc/ssl/www.pem", key: "/etc/ssl/www.key", host: "www.example.com", renew: ["renew-www"] },
  ...{ reload: ["systemctl", "reload", "nginx"], served: "localhost:443" },
};

interface Certificate {
  id: string;
  notAfter: string;
  host?: string;
  key?: string;
}
const OLD: Certificate = { id: "AA:01", notAfter: "Mar 10 12:00:00 2026 GMT" };
const NEW: Certificate = { id: "BB:02", notAfter: "Jun  8 12:00:00 2026 GMT" };

interface Server {
  file?: Certificate;
  /** What the service shows; default: the file. */
  served?: Certificate;
  renewsTo?: Certificate;
  /** Exit code. */
  renewEnds?: number;
  /** Whether the service loads what is there when it is told to. */
  loads?: boolean;
  fields?: Partial<FakeMachine>;
}

/** A machine whose files, service and openssl are as a test needs them; `files` shows what lies there now. */
function server(name: string, { file = OLD, served, renewsTo = NEW, renewEnds = 0, loads = true, fields = {} }: Server = {}) {
  const files = new Map<string, Certificate>([
    [params.certificate, file],
    [params.key, file],
  ]);
  let shown = served ?? file;
  const ran: string[] = [];
  const onDisk = () => files.get(params.certificate) ?? OLD;
  const facts = ({ notAfter, id }: Certificate) => ({ stdout: `notAfter=${notAfter}\nsha256 Fingerprint=${id}\n` });
  const fake: FakeMachine = {
    name,
    ...fields,
    exec(argv, { stdin }) {
      const line = argv.join(" ");
      const [from = "", to = ""] = argv.slice(-2);
      if (!line.startsWith("openssl")) ran.push(line);
      if (argv[0] === "cp") files.set(to, files.get(from) ?? OLD);
      if (argv[0] === "mv") files.set(to, files.get(from) ?? OLD);
      if (argv[0] === "mv" || argv[0] === "rm") for (const path of argv.filter((word) => word.includes(".job_"))) files.delete(path);
      if (argv[0] === "renew-www") {
        files.set(params.certificate, renewsTo);
        return { exitCode: renewEnds, stderr: renewEnds ? "rate limited" : "" };
      }
      if (line === params.reload.join(" ") && loads) shown = onDisk();
      if (line.includes("s_client")) return { stdout: `-----BEGIN CERTIFICATE-----${JSON.stringify(shown)}`, exitCode: 1 };
      if (stdin !== undefined) return facts(JSON.parse(stdin.slice(stdin.indexOf("{"))));
      if (line.includes("-checkhost")) return { stdout: `Hostname www.example.com does ${onDisk().host === undefined ? "" : "NOT "}match certificate\n` };
      if (line.includes("-pubout")) return { stdout: "PUBLIC KEY 1" };
      if (line.includes("-pubkey")) return { stdout: `PUBLIC KEY ${onDisk().key ?? 1}\n` };
      if (line.includes("-enddate")) return facts(onDisk());
      return {};
    },
  };
  return { fake, files, ran, shown: () => shown };
}

const rows = (job: TestJob) => (job.outputs[0] as { rows: { machine: string; state: string; notAfter?: string; error?: string }[] }).rows;

test("rotate-certificate renews what is due, loads it, proves that it is served, and leaves no copy behind", async () => {
  const web = server("web-1");
  const job = await rotate.run({ params, machines: [web.fake], now });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  assert.deepEqual(rows(job), [{ machine: "web-1", state: "renewed", notAfter: "2026-06-08T12:00:00.000Z" }]);
  assert.deepEqual(
    web.ran.map((line) => line.split(" ")[0]),
    ["cp", "cp", "renew-www", "systemctl", "rm"],
  );
  assert.deepEqual([[...web.files.keys()], web.shown()], [[params.certificate, params.key], NEW]);
});

test("rotate-certificate does nothing to what isn't due", async () => {
  const web = server("web-1", { file: NEW });
  const job = await rotate.run({ params, machines: [web.fake], now });
  assert.deepEqual([job.status, rows(job)[0]?.state, web.ran], ["completed", "not due", []]);
});

test("rotate-certificate loads a certificate that others have renewed and the service doesn't show yet", async () => {
  const web = server("web-1", { file: NEW, served: OLD });
  const job = await rotate.run({ params, machines: [web.fake], now });
  assert.deepEqual([job.status, rows(job)[0]?.state, web.shown()], ["completed", "reloaded", NEW]);
  const { reload: _, ...without } = params;
  const told = await rotate.run({ params: without, machines: [server("web-1", { file: NEW, served: OLD }).fake], now });
  assert.match(told.error?.message ?? "", /serves another certificate than its file holds/);
});

const BAD: [string, Server, RegExp][] = [
  ["the renewal fails", { renewEnds: 1 }, /renew-www ended with 1: rate limited; the old one is back/],
  ["the renewal changes nothing", { renewsTo: OLD }, /left the same certificate/],
  ["the new one ends no later", { renewsTo: { ...NEW, notAfter: "Mar  9 12:00:00 2026 GMT" } }, /no later than the old one/],
  ["the new one is for another host", { renewsTo: { ...NEW, host: "other" } }, /isn't for www\.example\.com/],
  ["the new one is of another key", { renewsTo: { ...NEW, key: "2" } }, /isn't that of the key in \/etc\/ssl\/www\.key/],
  ["the service doesn't load it", { loads: false }, /localhost:443 doesn't serve the certificate/],
];
for (const [what, options, message] of BAD) {
  test(`rotate-certificate puts the old one back when ${what}`, async () => {
    const web = server("web-1", options);
    const job = await rotate.run({ params, machines: [web.fake], now });
    assert.equal(job.status, "failed");
    assert.match(job.error?.message ?? "", message);
    assert.match(job.error?.message ?? "", /the old one is back; it ends 2026-03-10/);
    assert.deepEqual([web.files.get(params.certificate), web.shown(), [...web.files.keys()]], [OLD, OLD, [params.certificate, params.key]]);
  });
}

test("rotate-certificate says loudly when the old one can't be put back, and where the copies are", async () => {
  const web = server("web-1", { renewEnds: 1 });
  const exec = web.fake.exec;
  const stuck: FakeMachine = {
    ...web.fake,
    exec: (argv, options) => (argv[0] === "mv" ? { exitCode: 1, stderr: "read-only" } : (exec?.(argv, options) ?? {})),
  };
  const job = await rotate.run({ params, machines: [stuck], now });
  assert.match(
    job.error?.message ?? "",
    /PUTTING THE OLD ONE BACK FAILED, too \(mv --force ended with 1: read-only\); copies lie beside the files, named \*\.job_test/,
  );
});

test("rotate-certificate goes on with other machines, and fails in the end", async () => {
  const offline = server("web-1", { fields: { state: "offline" } });
  const other = server("web-2");
  const job = await rotate.run({ params, machines: [offline.fake, other.fake], now });
  assert.deepEqual([job.status, job.error?.message], ["failed", "web-1: web-1 is offline"]);
  assert.deepEqual(
    rows(job).map(({ machine, state }) => [machine, state]),
    [
      ["web-1", "failed"],
      ["web-2", "renewed"],
    ],
  );
});

test("rotate-certificate works without a service, and with certificate and key in one file", async () => {
  const { served: _, reload: __, ...plain } = params;
  const web = server("web-1");
  const job = await rotate.run({ params: { ...plain, key: plain.certificate }, machines: [web.fake], now });
  assert.equal(job.status, "completed", JSON.stringify(job.error));
  assert.equal(web.ran.filter((line) => line.startsWith("cp")).length, 1);
});

test("rotate-certificate refuses parameters that make no sense", async () => {
  for (const wrong of [
    {},
    { ...params, certificate: "www.pem" },
    { ...params, renew: [] },
    { ...params, host: "-x" },
    { ...params, served: "-x:1" },
    { ...params, days: 0 },
  ])
    await assert.rejects(rotate.run({ params: wrong as object }), { code: "PARAMETERS_INVALID" });
});

test("rotate-certificate needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await rotate.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
