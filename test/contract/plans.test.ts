import assert from "node:assert/strict";
import { systemClock } from "../../engine/clock.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import type { Actor } from "../../engine/core/role.ts";
import { createIds } from "../../engine/ids.ts";
import type { PlanRequest } from "../../engine/protocol/http/plan.ts";
import type { DocumentKind } from "../../engine/resources/document-kind.ts";
import { storedDocument } from "../../engine/resources/documents/stored.ts";
import type { ResourceKind } from "../../engine/resources/kind.ts";
import { createPlanner } from "../../engine/resources/planner.ts";
import { createResources } from "../../engine/resources/resources.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { freezeKind } from "../../engine/triggers/freeze-kind.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const ada: Actor = { id: "prn_1", kind: "user", name: "ada", grants: [{ role: "admin", scope: "/" }] };
const freezes = (...names: string[]): PlanRequest => ({
  documents: names.map((name) => ({
    kind: "Freeze",
    name,
    scope: "/",
    timeZone: "UTC",
    reason: "closed",
    periods: [{ from: "2030-12-20T00:00", to: "2031-01-02T00:00" }],
  })),
});
const named = (prefix: string, count = 40) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

/** A planner as an engine has one. @param alter wraps the only kind */
function plannerOn(store: Store, alter: (kind: DocumentKind) => DocumentKind = (kind) => kind) {
  const resources = createResources({ store, clock: systemClock, newId: createIds(systemClock), kinds: [freezeKind as unknown as ResourceKind] });
  const [freeze] = resources.kinds.map((kind) =>
    storedDocument(kind, {
      resources,
      audit: (tx, { actor, address, correlationId }, { operation, target, scope, details }) =>
        tx.activity.append({
          at: 0,
          actorId: actor.id,
          actorKind: actor.kind,
          actorName: actor.name,
          address,
          correlationId,
          operation,
          target,
          scope,
          details,
          result: "ok",
        }),
    }),
  );
  return createPlanner({
    ...{ store, clock: systemClock, newId: createIds(systemClock), audit() {}, defaultScope: () => "/" },
    ...{ kinds: freeze ? [alter(freeze)] : [], runbooks: { brokenBy: async () => [], beyond: () => [] } },
  });
}
const caller = (correlationId: string) => ({ actor: ada, address: "local", correlationId });

describe("two engines that apply at once", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let directory: TemporaryDirectory;
  before(async () => {
    directory = await temporaryDirectory();
    postgres = await startPostgres();
  });
  after(async () => {
    await postgres.stop();
    await directory.remove();
  });

  const kinds: [name: string, open: () => Promise<[Store, Store]>][] = [
    [
      "one engine on SQLite, asked twice",
      async () => {
        const store = await openStore(`sqlite:${directory.path}`);
        return [store, store];
      },
    ],
    [
      "two engines on PostgreSQL 18",
      async () => {
        const address = await postgres.newDatabase();
        const first = await openStore(address);
        return [first, await openStore(address)];
      },
    ],
  ];
  for (const [name, open] of kinds) {
    describe(name, () => {
      let stores: [Store, Store];
      before(async () => {
        stores = await open();
      });
      after(async () => {
        for (const store of new Set(stores)) await store.stop();
      });
      const count = async () => (await stores[0].read.resources.list({ kind: "Freeze", scopes: ["/"], limit: 1_000 })).length;

      it("do what both have seen once, and the second one is told", async () => {
        const [one, two] = stores.map((store) => plannerOn(store)) as [ReturnType<typeof plannerOn>, ReturnType<typeof plannerOn>];
        const request = freezes(...named("same"));
        const { hash } = await one.plan(request, caller("plan"));
        assert.equal(await count(), 0);
        assert.equal((await two.plan(request, caller("plan"))).hash, hash, "whichever engine plans it");
        const ends = await Promise.allSettled([one.apply(request, hash, caller("one")), two.apply(request, hash, caller("two"))]);
        const refused = ends.filter((end) => end.status === "rejected");
        assert.equal(refused.length, 1);
        assert.ok(isRunwrightError(refused[0]?.reason, "PLAN_CHANGED"), String(refused[0]?.reason));
        assert.equal(await count(), 40);
      });

      it("do different things one after the other, never by turns", async () => {
        const [one, two] = stores.map((store) => plannerOn(store)) as [ReturnType<typeof plannerOn>, ReturnType<typeof plannerOn>];
        const [left, right] = [freezes(...named("left")), freezes(...named("right"))];
        const [a, b] = [await one.plan(left, caller("plan")), await two.plan(right, caller("plan"))];
        await Promise.all([one.apply(left, a.hash, caller("left")), two.apply(right, b.hash, caller("right"))]);
        const order = (await stores[0].read.activity.list({ scopes: ["/"], limit: 500 }))
          .map((entry) => entry.correlationId)
          .filter((id) => id === "left" || id === "right");
        assert.equal(order.length, 80);
        assert.equal(order.filter((id, i) => i > 0 && id !== order[i - 1]).length, 1, "the entries of one, then those of the other");
      });

      if (name.includes("PostgreSQL"))
        it("let others write meanwhile: leases are renewed while a large plan is made", async () => {
          const begun = Promise.withResolvers<void>();
          const gate = Promise.withResolvers<void>();
          const slow = plannerOn(stores[0], (kind) => ({
            ...kind,
            async put(tx, ...rest) {
              begun.resolve();
              await gate.promise;
              await kind.put(tx, ...rest);
            },
          }));
          const plan = slow.plan(freezes("slow"), caller("slow"));
          await begun.promise;
          await stores[0].write((tx) => tx.meta.set("meanwhile", "written"));
          assert.equal(await stores[1].read.meta.get("meanwhile"), "written");
          gate.resolve();
          assert.equal((await plan).changes.length, 1);
        });

      it("leave nothing of a plan that fails half-way", async () => {
        const before = await count();
        let made = 0;
        const failing = plannerOn(stores[0], (kind) => ({
          ...kind,
          async put(tx, ...rest) {
            if (++made > 20) throw new Error("the engine dies here");
            await kind.put(tx, ...rest);
          },
        }));
        const request = freezes(...named("half"));
        const { hash } = await plannerOn(stores[0]).plan(request, caller("plan"));
        await assert.rejects(failing.apply(request, hash, caller("half")), /dies here/);
        assert.equal(await count(), before);
        assert.equal((await plannerOn(stores[1]).apply(request, hash, caller("half"))).changes.length, 40, "and the same plan still holds");
      });
    });
  }
});
