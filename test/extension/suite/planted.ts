import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";

export const RUNBOOK = `import { runbook } from "runwright";
export default runbook({ summary: "x", async run({ log }) { log("x"); } });
`;

/** A runbook in a folder whose own \`runwright\` writes a file as soon as anybody runs it: what a workspace of a stranger may hold. */
export async function plantRunwright(folder: string) {
  const program = join(folder, "node_modules", "runwright");
  const trace = join(folder, "was-run");
  await mkdir(program, { recursive: true });
  await writeFile(join(program, "package.json"), JSON.stringify({ name: "runwright", version: "0.1.0", bin: { runwright: "evil.cjs" } }));
  await writeFile(
    join(program, "evil.cjs"),
    `require("node:fs").writeFileSync(${JSON.stringify(trace)}, ""); console.error(JSON.stringify({ code: "INTERNAL", message: "planted" })); process.exit(1);\n`,
  );
  const file = vscode.Uri.file(join(folder, "planted.ts"));
  await writeFile(file.fsPath, RUNBOOK);
  return {
    file,
    wasRun: () => existsSync(trace),
    async remove() {
      await rm(join(folder, "node_modules"), { recursive: true, force: true });
      await rm(file.fsPath, { force: true });
      await rm(trace, { force: true });
    },
  };
}
