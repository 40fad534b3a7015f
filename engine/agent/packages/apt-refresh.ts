import { RunwrightError } from "../../core/errors.ts";
import type { ChangeContext } from "./adapter.ts";
import { type AptParts, aptGet, whenUnlocked } from "./apt-command.ts";
import { isDiskFull, refusalOf, repositoryFault } from "./apt-words.ts";

/**
 * `apt-get update`. By itself it calls it a success when a server doesn't answer or a signature is wrong and older lists are there; with `Error-Mode=any`
 * (apt 2.1 and newer) it doesn't, and its words are read besides.
 */
export async function aptRefresh(parts: AptParts, context: ChangeContext): Promise<void> {
  const { exitCode, output } = await whenUnlocked(parts, aptGet("keep", "-o", "APT::Update::Error-Mode=any", "update"), context);
  if (exitCode !== 0 && isDiskFull(output)) throw new RunwrightError("DISK_FULL", `package lists can't be stored: ${refusalOf(output)}`);
  const fault = repositoryFault(output);
  if (fault !== undefined) throw new RunwrightError("REPOSITORY_UNUSABLE", fault);
  if (exitCode !== 0) throw new RunwrightError("REPOSITORY_UNUSABLE", refusalOf(output) || `apt-get update ended with ${exitCode}`);
}
