// Writes until it is killed and prints each number once its write was answered: `node kill-writer.ts ADDRESS FIRST`.
import { openStore } from "../../engine/store/store.ts";

const [address = "", first = "0"] = process.argv.slice(2);
const store = await openStore(address);
let next = Number(first);
const writer = async () => {
  for (;;) {
    const number = next++;
    await store.write(async (tx) => {
      await tx.streams.append("job_kill", [{ seq: number, at: 0, kind: "output", value: number }]);
      tx.activity.append({
        at: 0,
        actorId: "e",
        actorKind: "engine",
        actorName: "e",
        address: "",
        operation: "test",
        target: String(number),
        scope: "/",
        result: "ok",
        correlationId: "c",
      });
    });
    process.stdout.write(`${number}\n`);
  }
};
await Promise.all(Array.from({ length: 20 }, writer));
