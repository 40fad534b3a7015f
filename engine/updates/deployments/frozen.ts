import { RunwrightError } from "../../core/errors.ts";
import type { Freezing } from "../../core/freeze.ts";

/** What people ask for in a freeze that holds deployments back. @throws FROZEN when there is one */
export function refuseFrozen(frozen: Freezing | undefined): void {
  if (frozen)
    throw new RunwrightError(
      "FROZEN",
      `${frozen.reason}; ask again then, or let the freeze end before (\`runwright freeze show ${frozen.name}\` says what it holds)`,
    );
}
