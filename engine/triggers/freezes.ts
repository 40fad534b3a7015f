import { type FreezeSpec, type Freezing, freezingAt, type Held, type NamedFreeze } from "../core/freeze.ts";
import type { StoredKind } from "../core/resource.ts";
import type { Scope } from "../core/scope.ts";
import type { Store } from "../store/store.ts";
import type { Fresh } from "./fresh.ts";

const MOST = 1_000;

/** By which word freezes hold a kind of trigger. */
export const HOLDS: Readonly<Record<StoredKind, Held>> = { Schedule: "schedules", EventRule: "events", Webhook: "webhooks", Freeze: "schedules" };

/** The freezes that there are: they are few, and one that was lifted is gone at once, at other engines as soon as they hear of it. */
export function createFreezes({ store, fresh }: { store: Pick<Store, "read">; fresh: Fresh }) {
  const all = fresh.keep(async (): Promise<NamedFreeze[]> => {
    const found = await store.read.resources.list({ kind: "Freeze", scopes: ["/"], limit: MOST });
    return found.map(({ name, scope, spec }) => ({ name, scope, spec: spec as FreezeSpec }));
  });
  return {
    all,
    /** What holds this back at a moment. */
    async at(what: Held, scope: Scope, at: number): Promise<Freezing | undefined> {
      return freezingAt(await all(), what, scope, at);
    },
  };
}
export type Freezes = ReturnType<typeof createFreezes>;
