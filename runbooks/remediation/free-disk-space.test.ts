import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeMachine, loadRunbook } from "runwright/testing";

const free = loadRunbook<typeof import("./free-disk-space.ts")>(new URL("./free-disk-space.ts", import.meta.url));
const GB = 1024 ** 2; // in blocks of 1 KB

interface Disk {
  /** Free at first, of 100 GB. */
  free: number;
  /** What steps free, by a piece of their command line. */
  frees?: Record<string, number>;
  fails?: string;
  /** Folders that lie elsewhere, or nowhere. */
  mounts?: Record<string, string | null>;
}

function disk(name: string, { free, frees = {}, fails, mounts = {} }: Disk, fields: Partial<FakeMachine> = {}) {
  const ran: string[] = [];
  let now = free;
  const fake: FakeMachine = {
    name,
    ...fields,
    exec(argv) {
      const line = argv.join(" ");
      if (argv[0] === "df") {
        const mount = mounts[argv.at(-1) ?? ""] === undefined ? "/" : mounts[argv.at(-1) ?? ""];
        if (mount === null) return { exitCode: 1, stderr: "df: No such file or directory" };
        return { stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 ${105 * GB} ${(100 - now) * GB} ${now * GB} 90% ${mount}\n` };
      }
      if (line.includes("du -x -k -d 3")) return { stdout: `${90 * GB}\t/\n${40 * GB}\t/var/lib/docker\n${2 * GB}\t/home/a b\n` };
      if (argv[0] === "sh") return { stdout: `${3 * 1024 ** 3}\n` };
      ran.push(line);
      if (fails !== undefined && line.includes(fails)) return { exitCode: 100, stderr: "E: Could not get lock" };
      now += Object.entries(frees).find(([piece]) => line.includes(piece))?.[1] ?? 0;
      return {};
    },
  };
  return { fake, ran };
}

interface Row {
  machine: string;
  mounts: { path: string; reached: boolean; freePercent: number; steps: { step: string; bytes: number; problem?: string }[]; largest?: string[] }[];
}
const rows = (outputs: readonly unknown[]) => (outputs[0] as { rows: Row[] }).rows;

test("free-disk-space goes from the safest step upward and stops when the goal is reached", async () => {
  const full = disk("web-1", { free: 10, frees: { "apt-get clean": 2, journalctl: 4, find: 50 } });
  const job = await free.run({ params: {}, machines: [full.fake] });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  assert.deepEqual(full.ran, [
    "apt-get clean",
    "dnf clean packages",
    "dnf clean packages",
    "zypper --non-interactive clean",
    "journalctl --quiet --vacuum-size=200M",
  ]);
  const [mount] = rows(job.outputs)[0]?.mounts ?? [];
  assert.deepEqual(
    mount?.steps.map(({ step, bytes }) => [step, bytes / 1024 ** 3]),
    [
      ["apt cache", 2],
      ["dnf cache", 0],
      ["dnf cache", 0],
      ["zypper cache", 0],
      ["journal", 4],
    ],
  );
  assert.equal(job.logs[0]?.message, "web-1: / has 16 GB free (16 %); apt cache 2 GB, journal 4 GB");
});

test("free-disk-space removes nothing where enough is free", async () => {
  const { fake, ran } = disk("web-1", { free: 40 });
  const job = await free.run({ machines: [fake] });
  assert.deepEqual([job.status, ran, rows(job.outputs)[0]?.mounts[0]?.steps], ["completed", [], []]);
});

test("free-disk-space runs only what frees space on the mount, and only where it is there", async () => {
  const mounts = {
    "/data": "/data",
    "/var/log": "/var/log",
    "/var/log/journal": "/var/log",
    "/var/cache/dnf": null,
    "/var/cache/libdnf5": null,
    "/var/cache/zypp/packages": null,
  };
  const root = disk("web-1", { free: 10, frees: { apt: 20 }, mounts });
  await free.run({ machines: [root.fake] });
  assert.deepEqual(root.ran, ["apt-get clean"]);
  const data = disk("web-2", { free: 10, mounts });
  const job = await free.run({ params: { mounts: [{ path: "/data" }] }, machines: [data.fake] });
  assert.deepEqual([job.status, data.ran], ["failed", []]);
});

test("free-disk-space fails with what takes the space, and goes on with other machines", async () => {
  const full = disk("web-1", { free: 3, fails: "apt-get" });
  const offline = disk("web-2", { free: 3 }, { state: "offline" });
  const well = disk("web-3", { free: 50 });
  const job = await free.run({ params: { atOnce: 1 }, machines: [full.fake, offline.fake, well.fake] });
  assert.equal(job.status, "failed");
  assert.equal(job.error?.message, "web-1 / has 3 GB free (3 %); wanted 15 GB; most is in /var/lib/docker 40 GB, /home/a b 2 GB, web-2: web-2 is offline");
  const [mount] = rows(job.outputs)[0]?.mounts ?? [];
  assert.deepEqual(mount?.steps[0], { step: "apt cache", bytes: 0, problem: "ended with 100: E: Could not get lock" });
  assert.deepEqual(mount?.largest, ["/var/lib/docker 40 GB", "/home/a b 2 GB"]);
  assert.equal(rows(job.outputs)[2]?.mounts[0]?.reached, true);
});

test("free-disk-space reports what could be freed, removes nothing, and doesn't fail", async () => {
  const full = disk("web-1", { free: 3 });
  const job = await free.run({ params: { mode: "report", temporaryDays: 10 }, machines: [full.fake] });
  assert.deepEqual([job.status, full.ran], ["completed", []]);
  const [mount] = rows(job.outputs)[0]?.mounts ?? [];
  assert.equal(mount?.steps.length, 8);
  assert.ok(mount?.steps.every(({ bytes }) => bytes === 3 * 1024 ** 3));
  for (const { args } of job.calls) assert.doesNotMatch(JSON.stringify(args), /-delete|clean"|vacuum/);
});

test("free-disk-space touches temporary files only when it is told to, never a link or another file system", async () => {
  const untold = disk("web-1", { free: 3 });
  await free.run({ machines: [untold.fake] });
  assert.ok(!untold.ran.some((line) => line.includes("/tmp")));
  const told = disk("web-1", { free: 3 });
  await free.run({ params: { temporaryDays: 30, rotatedLogs: ["*.gz", "*.1"], logDays: 3 }, machines: [told.fake] });
  const finds = told.ran.filter((line) => line.startsWith("find"));
  assert.deepEqual(finds, [
    "find -P /var/log -xdev -type f ( -name *.gz -o -name *.1 ) -mtime +3 -delete",
    "find -P /tmp -xdev -type f -not -path */systemd-private-* -mtime +30 -ctime +30 -atime +30 -delete",
    "find -P /var/tmp -xdev -type f -not -path */systemd-private-* -mtime +30 -ctime +30 -atime +30 -delete",
  ]);
});

test("free-disk-space has a goal for each mount, in percent or bytes", async () => {
  const mounts = [
    { path: "/", freeBytes: 5 * 1024 ** 3 },
    { path: "/var", freePercent: 20 },
  ];
  const job = await free.run({ params: { mounts }, machines: [disk("web-1", { free: 10 }).fake] });
  assert.deepEqual(
    rows(job.outputs)[0]?.mounts.map(({ path, reached }) => [path, reached]),
    [
      ["/", true],
      ["/var", false],
    ],
  );
});

test("free-disk-space refuses parameters that make no sense, and says when no machine matches", async () => {
  for (const wrong of [{ mode: "delete" }, { mounts: [{ path: "var" }] }, { mounts: [] }, { journal: "a lot" }, { rotatedLogs: ["?*"] }, { temporaryDays: 0 }])
    await assert.rejects(free.run({ params: wrong as object }), { code: "PARAMETERS_INVALID" });
  assert.match((await free.run()).error?.message ?? "", /no Linux machine .* matches "all"/);
});

test("free-disk-space needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await free.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
