import { RunwrightError } from "../../core/errors.ts";
import type { ChangeContext } from "./adapter.ts";
import type { ChangeProgram } from "./change-program.ts";
import { type RpmParts, whenUnlocked } from "./rpm-command.ts";
import { isOutOfRoom } from "./rpm-room.ts";
import { isDiskFull, plainLines, refusalOf } from "./rpm-words.ts";

/** A first match names what is wrong with a repository. */
const FAULTS: readonly (readonly [name: string, sign: RegExp])[] = [
  ["bad signature", /GPG signature|repomd\.xml\.asc|Signature verification|gpgme|BADSIG|NOKEY|unsigned|signed with an? unknown key|is not signed/i],
  ["bad hash", /checksum doesn't match|Digest verification failed|Checksum type|Wrong digest/i],
  ["bad metadata", /Valid metadata not found|parse error|Parsing .* failed|error parsing|repomd\.xml parser/i],
];

/**
 * Fetches the lists of all repositories, also of those that the machine's configuration lets be skipped: a report on old lists would look like a new one.
 * @param strict fails when one of them fails
 * @param lenient gets those that can be had; run only then, so that one faulty repository doesn't keep the others old
 * @throws REPOSITORY_UNUSABLE, DISK_FULL and what `whenUnlocked` throws
 */
export async function rpmRefresh(
  parts: RpmParts,
  { strict, lenient }: { strict: ChangeProgram; lenient?: ChangeProgram },
  context: ChangeContext,
): Promise<void> {
  const { exitCode, output } = await whenUnlocked(parts, strict, context);
  if (exitCode === 0) return;
  if (isDiskFull(output) || (await isOutOfRoom(parts.root, parts.frontEnd.writes))) throw new RunwrightError("DISK_FULL", refusalOf(output));
  if (lenient) await whenUnlocked(parts, lenient, context);
  const text = plainLines(output).join("\n");
  const fault = FAULTS.find(([, sign]) => sign.test(text))?.[0] ?? "unreachable";
  throw new RunwrightError("REPOSITORY_UNUSABLE", `${fault}: ${refusalOf(output)}`);
}
