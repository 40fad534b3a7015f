import { RunwrightError } from "../../core/errors.ts";
import { type Actor, isAllowed } from "../../core/role.ts";
import type { Store } from "../../store/store.ts";

/**
 * The selector that leaves one machine. Its name is what people know it by; a name that a selector would read otherwise doesn't exist.
 * @throws MACHINE_NOT_FOUND
 */
export async function narrowTo(store: Pick<Store, "read">, actor: Actor, machine: string | undefined): Promise<string | null> {
  if (machine === undefined) return null;
  const found = /^[^\s*,]+$/.test(machine) ? await store.read.machines.byName(machine) : undefined;
  if (!found || !isAllowed(actor, "machine.read", found.scope))
    throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine "${machine.slice(0, 64)}"; see \`runwright machine list\``);
  return `name=${found.name}`;
}
