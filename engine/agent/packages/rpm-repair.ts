import { RunwrightError } from "../../core/errors.ts";
import type { ChangeContext } from "./adapter.ts";
import type { ChangeProgram } from "./change-program.ts";
import { type RpmParts, whenUnlocked } from "./rpm-command.ts";
import { readRpmDatabase } from "./rpm-database.ts";
import { type Duplicate, findDuplicates, nevra } from "./rpm-duplicates.ts";
import { removeStaleLocks } from "./rpm-locks.ts";
import { refusalOf } from "./rpm-words.ts";

/**
 * Mends what rpm leaves when it is killed in mid-transaction: locks, and packages in two versions, of which the newer one's script may not have run. The older version goes, the
 * newer one is installed again.
 * @param removeDuplicates what does both at once; undefined: the front end has no such command
 */
export async function rpmRepair(parts: RpmParts, removeDuplicates: ChangeProgram | undefined, context: ChangeContext): Promise<string[]> {
  const repairs = await removeStaleLocks(parts.root, parts.frontEnd.locks);
  const duplicates = await duplicatesNow(parts);
  if (duplicates.length === 0) return repairs;

  let output = "";
  if (removeDuplicates) {
    ({ output } = await whenUnlocked(parts, removeDuplicates, context));
    const left = await duplicatesNow(parts);
    const done = duplicates.filter((one) => !left.some((other) => isSame(one, other)));
    repairs.push(...done.map((one) => `removed ${versions(one)} and installed ${one.newest} again, as an interrupted run had left both`));
  }
  for (const one of await duplicatesNow(parts)) {
    const older = one.older.map((version) => nevra(one.name, version, one.architecture));
    const removal = await whenUnlocked(parts, { file: "rpm", args: ["-e", "--nodeps", "--", ...older] }, context);
    output += removal.output;
    const { exitCode } = await whenUnlocked(parts, parts.frontEnd.reinstall([{ ...one, version: one.newest }]), context);
    const again =
      exitCode === 0
        ? `installed ${one.newest} again`
        : `couldn't install ${one.newest} again: no repository has it any more, and its scripts may not have run`;
    if (removal.exitCode === 0) repairs.push(`removed ${versions(one)} and ${again}, as an interrupted run had left both`);
  }
  const left = await duplicatesNow(parts);
  if (left.length > 0) {
    const names = left.map(({ name }) => name).slice(0, 10);
    throw new RunwrightError(
      "REPAIR_FAILED",
      `${names.join(", ")} can't be brought down to one version: ${refusalOf(output, names[0])}; log in and look at rpm -q ${names[0]}`,
    );
  }
  return repairs;
}

const duplicatesNow = async ({ run, frontEnd }: RpmParts): Promise<Duplicate[]> => {
  try {
    return await findDuplicates(run, (await readRpmDatabase(run)).packages, frontEnd.severalVersions);
  } catch (cause) {
    throw new RunwrightError("REPAIR_FAILED", `rpm's database can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
};

const isSame = (a: Duplicate, b: Duplicate): boolean => a.name === b.name && a.architecture === b.architecture;
const versions = ({ name, older }: Duplicate): string => `${name} ${older.join(", ")}`;
