// `npm run bench:fleet`: fleets of growing size against one engine, beside floors of the same run. `-- --machines 1000,10000`, `--packages 300`, `--profile DIR`, `--write` for docs/performance.md.
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { writeTable } from "../document.ts";
import { type FleetRun, measureFleet } from "./measure.ts";
import { fleetTable } from "./table.ts";

const { values } = parseArgs({
  options: {
    machines: { type: "string", default: "1000,10000" },
    packages: { type: "string", default: "300" },
    profile: { type: "string" },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const shape = { packages: Number(values.packages), missing: 50, failing: 0.01 };
const flags = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
const runs: FleetRun[] = [];
for (const machines of values.machines.split(",").map(Number)) {
  console.log(`\n${machines} machines, ${shape.packages} packages each, ${shape.missing} updates missing; load ${loadavg()[0]?.toFixed(1)}`);
  // Ten thousand within a minute, and fewer at the same rate.
  runs.push(await measureFleet({ machines, shape, deployed: 1_000, spreadMs: machines * 6, flags, say: (text) => console.log(`  ${text}`) }));
}
const table = fleetTable(runs);
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)} at the end (the simulated machines run on the same processors)`;
const words = `Measured on ${machine}; ${shape.packages} packages and ${shape.missing} missing updates a machine.`;
console.log(`\n${words}\n\n${table}`);
if (values.json) console.log(JSON.stringify(runs, null, 2));
if (values.write) await writeTable("bench:fleet", `${words}\n\n${table}`);
