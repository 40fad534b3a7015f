import { open, readFile, stat } from "node:fs/promises";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { RunwrightError } from "../../core/errors.ts";
import { ApplyRequest } from "../../protocol/http/plan.ts";

const MAX_BYTES = 256 * 1024 * 1024;
const SavedPlan = Type.Object({ runwrightPlan: Type.Literal(1), engine: Type.String(), apply: ApplyRequest });

/** Saves what `apply` is to do: the documents as they were read, and the plan's hash. Nobody else on this machine may read it. */
export async function savePlan(path: string, engine: string, apply: ApplyRequest): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.chmod(0o600); // also when somebody else may read what was there before
    await file.writeFile(JSON.stringify({ runwrightPlan: 1, engine, apply }));
  } finally {
    await file.close();
  }
}

/** @param shown the path as it was given @throws NOT_FOUND, BAD_REQUEST when it isn't a saved plan, or one for another engine */
export async function readPlan(path: string, shown: string, engine: string): Promise<ApplyRequest> {
  const notOne = (cause?: unknown) =>
    new RunwrightError("BAD_REQUEST", `${shown} isn't a plan that \`runwright plan -o\` has saved; to apply files, name them with -f`, { cause });
  const stats = await stat(path).catch((cause) => {
    throw new RunwrightError("NOT_FOUND", `there is no file ${shown}`, { cause });
  });
  if (!stats.isFile() || stats.size > MAX_BYTES) throw notOne();
  let saved: unknown;
  try {
    saved = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw notOne(cause);
  }
  if (!Value.Check(SavedPlan, saved)) throw notOne();
  if (saved.engine !== engine) throw new RunwrightError("BAD_REQUEST", `${shown} was planned for ${saved.engine}, and this is ${engine}; plan again here`);
  return saved.apply;
}
