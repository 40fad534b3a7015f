// Fills the disk that ADDRESS lies on, then makes room and goes on; prints what happened: `node full-disk.ts sqlite:DIR`.
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { openStore } from "../../engine/store/store.ts";

const [address = ""] = process.argv.slice(2);
const directory = address.slice("sqlite:".length);
const store = await openStore(address);
const { bavail, bsize } = statfsSync(directory);
writeFileSync(join(directory, "ballast"), Buffer.alloc(Math.max(0, bavail * bsize - 2_000_000)));

let answered = 0;
let code = "none";
for (let n = 1; n <= 2_000 && code === "none"; n++) {
  await store
    .write((tx) => tx.streams.append("job_full", [{ seq: n, at: 0, kind: "output", value: "x".repeat(10_000) }]))
    .then(() => answered++)
    .catch((error) => {
      code = isRunwrightError(error) ? error.code : String(error);
    });
}
rmSync(join(directory, "ballast"));
const stored = (await store.read.streams.list("job_full", { after: 0, limit: 10_000 })).length;
const afterwards = await store.write((tx) => tx.meta.set("room", "again")).then(() => "ok", String);
await store.stop();
console.log(JSON.stringify({ code, answered, stored, afterwards, files: readdirSync(directory) }));
