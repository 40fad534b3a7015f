import type { Clock } from "../core/clock.ts";
import { isRunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import { isAllowed } from "../core/role.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { Store } from "../store/store.ts";
import { activityEntry, engineCaller } from "./activity.ts";
import type { Tokens } from "./tokens.ts";

export const LOCAL_ADMIN = "admin";

export interface BootstrapParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  tokens: Pick<Tokens, "authenticate" | "insert">;
  correlationId: string;
}

/**
 * Sees to it that whoever has the data directory can administer the engine: at first start it makes the principal `admin` (admin at /) and a token.
 * Later it makes a new token when the known one is missing, revoked or expired. A principal that an administrator has disabled stays disabled.
 * @param known what `admin.json` holds
 * @returns the token to keep there; null when the principal `admin` is disabled
 */
export async function ensureLocalAdmin({ store, clock, newId, tokens, correlationId }: BootstrapParts, known: string | null): Promise<string | null> {
  if (known !== null && (await stillWorks(tokens, known))) return known;
  const caller = engineCaller(correlationId);
  return store.write(async (tx) => {
    const found = await tx.principals.byName(LOCAL_ADMIN);
    if (found && found.disabledAt !== null) return null;
    const id = found?.id ?? newId("prn");
    if (!found) {
      await tx.principals.insert({
        id,
        kind: "user",
        name: LOCAL_ADMIN,
        createdAt: clock.now(),
        disabledAt: null,
        grants: [{ role: "admin", scope: ROOT_SCOPE }],
      });
      tx.activity.append(activityEntry(clock, caller, { operation: "principal.create", target: `principal:${LOCAL_ADMIN}`, scope: ROOT_SCOPE }));
    }
    const token = await tokens.insert(tx, { name: "admin.json", principalId: id, role: null, scope: null, expiresAt: null }, caller.actor.name);
    tx.activity.append(
      activityEntry(clock, caller, {
        operation: "token.create",
        target: `token:${token.id}`,
        scope: ROOT_SCOPE,
        details: { name: "admin.json", principal: LOCAL_ADMIN },
      }),
    );
    return token.text;
  });
}

async function stillWorks(tokens: Pick<Tokens, "authenticate">, token: string): Promise<boolean> {
  try {
    return isAllowed(await tokens.authenticate(token), "role.write", ROOT_SCOPE);
  } catch (error) {
    if (isRunwrightError(error) && ["TOKEN_MALFORMED", "UNAUTHENTICATED", "TOKEN_EXPIRED", "TOKEN_REVOKED"].includes(error.code)) return false;
    throw error;
  }
}
