import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { Grant } from "../core/role.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import type { PrincipalRecord } from "../store/records/principals.ts";
import type { Store, Writes } from "../store/store.ts";
import { activityEntry, type Caller } from "./activity.ts";
import { requireToGive } from "./authorize.ts";
import type { Tokens } from "./tokens.ts";

const NAME = /^[a-z0-9][a-z0-9._@-]{0,127}$/;

export interface PrincipalsParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  tokens: Pick<Tokens, "forget">;
}

/** Users and services, and where they have which role. */
export function createPrincipals({ store, clock, newId, tokens }: PrincipalsParts) {
  async function find(tx: Writes, id: string): Promise<PrincipalRecord> {
    const principal = await tx.principals.get(id);
    if (!principal) throw new RunwrightError("NOT_FOUND", `there is no principal ${id}`);
    return principal;
  }

  async function setGrants(tx: Writes, principal: PrincipalRecord, grants: readonly Grant[], caller: Caller): Promise<readonly Grant[]> {
    const next = unique(grants);
    requireToGive(caller.actor, "role.write", [...without(next, principal.grants), ...without(principal.grants, next)]);
    await tx.principals.setGrants(principal.id, next);
    await requireAnAdministrator(tx);
    tx.activity.append(
      activityEntry(clock, caller, {
        operation: "role.write",
        target: `principal:${principal.name}`,
        scope: next[0]?.scope ?? ROOT_SCOPE,
        details: { from: principal.grants, to: next },
      }),
    );
    return next;
  }

  return {
    /** The same within a transaction that changes more; call `changed` after its commit. @throws PERMISSION_DENIED, CONFLICT */
    setGrantsIn: setGrants,
    changed: (): void => tokens.forget(),

    list: (): Promise<PrincipalRecord[]> => store.read.principals.list(),

    /** @throws NAME_TAKEN, BAD_REQUEST, PERMISSION_DENIED */
    async create({ kind, name, grants }: Pick<PrincipalRecord, "name" | "grants"> & { kind: "user" | "service" }, caller: Caller): Promise<PrincipalRecord> {
      if (!NAME.test(name)) throw new RunwrightError("BAD_REQUEST", `name "${name}" must be lower-case letters, digits and . _ @ -, at most 128`);
      requireToGive(caller.actor, "role.write", grants.length > 0 ? grants : [{ role: "reader", scope: ROOT_SCOPE }]);
      return store.write(async (tx) => {
        if (await tx.principals.byName(name)) throw new RunwrightError("NAME_TAKEN", `there is a principal "${name}" already`);
        const principal: PrincipalRecord = { id: newId("prn"), kind, name, createdAt: clock.now(), disabledAt: null, grants: unique(grants) };
        await tx.principals.insert(principal);
        tx.activity.append(
          activityEntry(clock, caller, {
            operation: "principal.create",
            target: `principal:${name}`,
            scope: grants[0]?.scope ?? ROOT_SCOPE,
            details: { kind, grants },
          }),
        );
        return principal;
      });
    },

    /** Replaces all grants; only what changes must be the caller's to give. @throws NOT_FOUND, PERMISSION_DENIED, CONFLICT for the last administrator */
    async setGrants(id: string, grants: readonly Grant[], caller: Caller): Promise<PrincipalRecord> {
      const changed = await store.write(async (tx) => {
        const principal = await find(tx, id);
        return { ...principal, grants: await setGrants(tx, principal, grants, caller) };
      });
      tokens.forget();
      return changed;
    },

    /** Disables or enables all tokens of a principal. @throws NOT_FOUND, PERMISSION_DENIED, CONFLICT for the last administrator */
    async setDisabled(id: string, disabled: "disabled" | "enabled", caller: Caller): Promise<void> {
      await store.write(async (tx) => {
        const principal = await find(tx, id);
        requireToGive(caller.actor, "role.write", principal.grants.length > 0 ? principal.grants : [{ role: "reader", scope: ROOT_SCOPE }]);
        await tx.principals.disable(id, disabled === "disabled" ? clock.now() : null);
        await requireAnAdministrator(tx);
        tx.activity.append(
          activityEntry(clock, caller, {
            operation: `principal.${disabled}`,
            target: `principal:${principal.name}`,
            scope: principal.grants[0]?.scope ?? ROOT_SCOPE,
          }),
        );
      });
      tokens.forget();
    },
  };
}
export type Principals = ReturnType<typeof createPrincipals>;

/** Invariant: someone can always administer the engine. */
async function requireAnAdministrator(tx: Writes): Promise<void> {
  const left = (await tx.principals.list()).some(
    (one) => one.disabledAt === null && one.grants.some(({ role, scope }) => role === "admin" && scope === ROOT_SCOPE),
  );
  if (!left) throw new RunwrightError("CONFLICT", "nobody would be left who administers the engine; give someone else the role admin at / first");
}

const same = (a: Grant, b: Grant): boolean => a.role === b.role && a.scope === b.scope;
const without = (grants: readonly Grant[], others: readonly Grant[]): Grant[] => grants.filter((grant) => !others.some((other) => same(grant, other)));
const unique = (grants: readonly Grant[]): Grant[] => grants.filter((grant, i) => grants.findIndex((other) => same(grant, other)) === i);
