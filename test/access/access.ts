import type { Caller } from "../../engine/access/activity.ts";
import { createAssets } from "../../engine/access/assets.ts";
import { createDeviceLogins } from "../../engine/access/device.ts";
import { masterKeyOf } from "../../engine/access/master-key.ts";
import { createPrincipals } from "../../engine/access/principals.ts";
import { soleRootKey } from "../../engine/access/root-keys.ts";
import { createSealer } from "../../engine/access/sealer.ts";
import { createSessions } from "../../engine/access/sessions.ts";
import { createTokens } from "../../engine/access/tokens.ts";
import type { Actor, Grant } from "../../engine/core/role.ts";
import { createIds } from "../../engine/ids.ts";
import { openStore } from "../../engine/store/store.ts";
import { testClock } from "../support/clock.ts";

/** The whole of access on a store in memory, with a clock that stands still. */
export async function openAccess() {
  const clock = testClock();
  const newId = createIds(clock);
  const store = await openStore("memory:");
  const parts = { store, clock, newId };
  const tokens = createTokens(parts);
  const devices = createDeviceLogins({ ...parts, tokens });
  const sealer = createSealer(soleRootKey(masterKeyOf(Buffer.alloc(32, 7))));
  return {
    ...parts,
    tokens,
    principals: createPrincipals({ ...parts, tokens }),
    devices,
    sessions: createSessions({ ...parts, tokens, devices }),
    assets: createAssets({ ...parts, sealer }),
    sealer,
    async [Symbol.asyncDispose]() {
      await store.stop();
    },
  };
}

export const actor = (name: string, ...grants: Grant[]): Actor => ({ id: `prn_${name}`, kind: "user", name, grants });
export const callerOf = (who: Actor): Caller => ({ actor: who, address: "192.0.2.1", correlationId: "request-1" });
export const root = callerOf(actor("root", { role: "admin", scope: "/" }));
