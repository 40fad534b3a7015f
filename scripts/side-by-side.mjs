import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs tasks, so many at a time, and begins them in their order. Alone, a task writes to the terminal; beside others, what it writes is kept and shown as a whole when it ends, so that
 * the lines of two never mix.
 * @template {{ title: string }} Task
 * @param {readonly Task[]} tasks
 * @param {number} atOnce
 * @param {(task: Task, output: "inherit" | number) => Promise<string>} run resolves to what is said of it at its end
 */
export async function sideBySide(tasks, atOnce, run) {
  const waiting = [...tasks];
  const folder = mkdtempSync(join(tmpdir(), "runwright-output-"));
  let printing = Promise.resolve();
  const lane = async (name) => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      console.log(atOnce === 1 ? `\n== ${task.title}` : `   ${task.title} begins`);
      if (atOnce === 1) {
        console.log(await run(task, "inherit"));
        continue;
      }
      const file = join(folder, `${name}`);
      const descriptor = openSync(file, "w");
      const summary = await run(task, descriptor).finally(() => closeSync(descriptor));
      printing = printing.then(async () => {
        console.log(`\n== ${task.title}`);
        for await (const chunk of createReadStream(file)) process.stdout.write(chunk);
        console.log(summary);
      });
      await printing;
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, (_, name) => lane(name)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
