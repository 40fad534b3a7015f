import { type FreezeSpec, type Freezing, freezingAt, type Held, type NamedFreeze } from "../core/freeze.ts";
import type { StartingKind } from "../core/resource.ts";
import type { Scope } from "../core/scope.ts";
import type { Store } from "../store/store.ts";
import type { Fresh } from "./fresh.ts";

const PAGE = 1_000;

/** By which word freezes hold a kind of trigger. */
export const HOLDS: Readonly<Record<StartingKind, Held>> = { Schedule: "schedules", EventRule: "events", Webhook: "webhooks" };

/**
 * The freezes that there are: one that was lifted is gone at once, at other engines as soon as they hear of it. All of them, however many: one of the root must hold
 * whatever authors further down add, and names tell nothing about what matters.
 */
export function createFreezes({ store, fresh }: { store: Pick<Store, "read">; fresh: Fresh }) {
  /** One that is as it was is the same object, so that its periods are read once. */
  let known = new Map<string, { revision: number; freeze: NamedFreeze }>();

  const all = fresh.keep(async (): Promise<NamedFreeze[]> => {
    const present: typeof known = new Map();
    for (let after: string | undefined; ; ) {
      const page = await store.read.resources.list({ kind: "Freeze", scopes: ["/"], ...(after === undefined ? {} : { after }), limit: PAGE });
      for (const { id, revision, name, scope, spec } of page) {
        const before = known.get(id);
        present.set(id, before?.revision === revision ? before : { revision, freeze: { name, scope, spec: spec as FreezeSpec } });
      }
      after = page.at(-1)?.name;
      if (page.length < PAGE) break;
    }
    known = present;
    return [...present.values()].map(({ freeze }) => freeze);
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
