import { checkOf, type MasterKeySource, readMasterKey } from "../../access/master-key.ts";
import { isRunwrightError } from "../../core/errors.ts";
import { shortFingerprint } from "../../protocol/backup.ts";
import { type Finding, messageOf, ok, problem } from "./finding.ts";

/** @param known what the store knows its master key by; null: it knows none yet */
export async function checkMasterKey(source: MasterKeySource, known: string | null): Promise<Finding> {
  try {
    const check = checkOf(await readMasterKey(source));
    const found = `the master key has the fingerprint ${shortFingerprint(check)}`;
    if (known === null || check === known) return ok("master key", found);
    return problem(
      "master key",
      `${found}, and the database was sealed with ${shortFingerprint(known)}`,
      "give the engine the key with that fingerprint: without it what is sealed can't be opened",
    );
  } catch (error) {
    if (known === null && isRunwrightError(error, "MASTER_KEY_WRONG")) return ok("master key", "there is none yet: the engine makes it at its first start");
    return problem("master key", messageOf(error), "restore the key from where you keep its copy");
  }
}
