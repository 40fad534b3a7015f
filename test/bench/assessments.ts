import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { inventoryParts } from "../../engine/agent/inventory-parts.ts";
import { systemClock } from "../../engine/clock.ts";
import type { Report } from "../../engine/core/report.ts";
import type { Inventory } from "../../engine/core/update.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { createIds } from "../../engine/ids.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createIntake } from "../../engine/updates/intake.ts";
import { createImports } from "../../engine/updates/vulnerability-import.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { aMember, anInventory, anUpdate, aPackage, reportOf } from "../updates/reports.ts";

export interface AssessmentFigures {
  /** Whole reports of so many packages, 50 updates each. */
  packages: number;
  /** Reports taken in each second, and bytes of one on the wire. */
  whole: { perSecond: number; bytes: number };
  unchanged: { perSecond: number; bytes: number };
  oneChanged: { perSecond: number; bytes: number };
  /** A tracker of so many megabytes, from the file to the moment from which it counts. */
  import: { megabytes: number; seconds: number; rows: number; longestWriteMs: number };
}

const UPDATES = 50;
/** As many agents as an engine takes reports from at a time. */
const AT_ONCE = 16;

/** A machine's inventory: names and versions as long as Debian's are. */
function inventoryOf(packages: number, changed = 0): Inventory {
  const version = (n: number) => `1:${n % 9}.${n % 31}.${n % 7}-${(n % 4) + 1}+deb12u1`;
  const name = (n: number) => `libsomething-of-length${n}`;
  const installed = Array.from({ length: packages }, (_, n) =>
    aPackage(name(n), n < changed ? `${version(n)}+x` : version(n), { source: { name: `source-${n}`, version: version(n) } }),
  );
  const updates = Array.from({ length: UPDATES }, (_, n) =>
    anUpdate(name(n + 100), `${version(n + 100)}.2`, { installedVersion: version(n + 100), origin: "Debian-Security:12/oldstable-security" }),
  );
  return anInventory(1, { installed, updates });
}

export async function measureAssessments({
  machines,
  packages,
  megabytes,
}: {
  machines: number;
  packages: number;
  megabytes: number;
}): Promise<AssessmentFigures> {
  const home = await temporaryDirectory("runwright-bench-");
  const store = await openStore(`sqlite:${home.path}`);
  try {
    const imported = await measureImport(store, home.path, megabytes);
    const intake = createIntake({
      store,
      clock: systemClock,
      newId: createIds(systemClock),
      enrichment: createEnrichment({ orders: { debian: debianOrder } }),
    });
    await store.write(async (tx) => {
      for (let n = 0; n < machines; n++) await tx.machines.insert(aMember(`mch_${n}`, `web-${n}`));
    });
    const [first, second] = [inventoryOf(packages), inventoryOf(packages, 1)];
    const round = async (report: Report) => {
      const left = Array.from({ length: machines }, (_, n) => `mch_${n}`);
      const started = performance.now();
      const work = async () => {
        for (let machine = left.pop(); machine !== undefined; machine = left.pop()) {
          const { kind } = await intake.take(machine, structuredClone(report));
          if (kind !== "taken") throw new Error(`a report was ${kind}`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const bytes = inventoryParts(report).reduce((sum, part) => sum + Buffer.byteLength(JSON.stringify(part)), 0);
      return { perSecond: machines / ((performance.now() - started) / 1_000), bytes };
    };
    return {
      packages,
      whole: await round(reportOf(1, first)),
      unchanged: await round(reportOf(2, first, first)),
      oneChanged: await round(reportOf(3, second, first)),
      import: imported,
    };
  } finally {
    await store.stop();
    await home.remove();
  }
}

/** While the file is taken in, others write: how long the longest of them waited is what the import costs them. */
async function measureImport(store: Store, directory: string, megabytes: number): Promise<AssessmentFigures["import"]> {
  const file = join(directory, "tracker.json");
  await pipeline(Readable.from(trackerText(megabytes)), createWriteStream(file));
  const imports = createImports({ store, clock: systemClock, newId: createIds(systemClock), directory: join(directory, "imports") });
  let longestWriteMs = 0;
  let isDone = false;
  const others = (async () => {
    for (let n = 0; !isDone; n++) {
      const started = performance.now();
      await store.write((tx) => tx.meta.set("bench", String(n)));
      longestWriteMs = Math.max(longestWriteMs, performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const started = performance.now();
  const done = await imports.import({
    ...{ format: "debian-tracker", platform: null, source: null, file: "tracker.json", by: "bench", also() {}, signal: new AbortController().signal },
    body: createReadStream(file),
  });
  const seconds = (performance.now() - started) / 1_000;
  isDone = true;
  await others;
  return { megabytes: (await stat(file)).size / 1e6, seconds, rows: done.fixes, longestWriteMs };
}

/** As Debian's: four releases each, ten vulnerabilities a package on average, a few packages with thousands. */
function* trackerText(megabytes: number): Iterable<string> {
  let bytes = 0;
  for (let n = 0; bytes < megabytes * 1e6; n++) {
    const issues: Record<string, object> = {};
    const count = n % 500 === 0 ? 3_000 : 10;
    for (let i = 0; i < count; i++) {
      const release = (version: string) => ({
        status: "resolved",
        repositories: { bookworm: version, "bookworm-security": version },
        fixed_version: version,
        urgency: "not yet assigned",
      });
      const version = `1:${n % 9}.${i % 31}.${n % 7}-${(n % 4) + 1}+deb12u${(i % 5) + 1}`;
      const releases = { bookworm: release(version), bullseye: release(version), trixie: release(version), sid: release(version) };
      issues[`CVE-${2010 + (i % 16)}-${10_000 + ((n * 7 + i) % 80_000)}`] = {
        description: `A flaw in something ${"that is described at length ".repeat(4)}`,
        scope: "local",
        releases,
      };
    }
    const text = `${n === 0 ? "{" : ","}"source-${n}": ${JSON.stringify(issues)}`;
    bytes += text.length;
    yield text;
  }
  yield "}";
}

if (process.argv[1] === import.meta.filename)
  console.log(JSON.stringify(await measureAssessments({ machines: 1_000, packages: 600, megabytes: 100 }), null, 2));
