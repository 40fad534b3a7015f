import { RunwrightError } from "../../core/errors.ts";
import { nearestWord } from "../../core/nearest-word.ts";
import { isRole, type Role } from "../../core/role.ts";
import { scopeIncludes } from "../../core/scope.ts";
import { shapeProblems } from "../../protocol/resources/problems.ts";
import { RoleSpec } from "../../protocol/resources/role.ts";
import type { PrincipalRecord } from "../../store/records/principals.ts";
import type { Reads } from "../../store/store.ts";
import type { DocumentKind, Standing } from "../document-kind.ts";
import type { RolePort } from "../ports.ts";
import { refuse } from "../resources.ts";

interface StandingRole extends Standing {
  principal: string;
  role: Role;
}

/** Who has which role where. Users and services themselves aren't made from files. */
export function roleDocument({ roles }: { roles: RolePort }): DocumentKind<StandingRole> {
  const standing = (principal: string, role: Role, scope: string): StandingRole => ({
    name: `${principal}/${role}`,
    scope,
    revision: 1,
    fields: { principal, role },
    principal,
    role,
  });

  async function principalOf(reads: Reads, name: string): Promise<PrincipalRecord> {
    const found = await reads.principals.byName(name);
    if (found) return found;
    const known = (await reads.principals.list()).map((one) => one.name);
    const near = nearestWord(name, known);
    const message = `there is no user or service "${name}"${near === undefined ? "; add it first" : `; did you mean "${near}"?`}`;
    throw new RunwrightError("RESOURCE_INVALID", message, { details: [{ field: "/principal", message }] });
  }

  return {
    kind: "Role",
    schema: RoleSpec,
    nameFrom: ["principal", "role"],
    actions: { read: "role.write", write: "role.write" },
    names: "perScope",
    prune: "mentioned",

    async find(reads, { name, scope }) {
      const [principal = "", role = ""] = name.split("/");
      const found = await reads.principals.byName(principal);
      return isRole(role) && found?.grants.some((grant) => grant.role === role && grant.scope === scope) ? standing(principal, role, scope) : undefined;
    },

    async list(reads, scopes) {
      const people = (await reads.principals.list()).filter((one) => one.kind !== "agent");
      return people.flatMap(({ name, grants }) =>
        grants.filter((grant) => scopes.some((outer) => scopeIncludes(outer, grant.scope))).map(({ role, scope }) => standing(name, role, scope)),
      );
    },

    tell: async ({ fields, scope }) => ({ permissions: [{ text: `${String(fields.principal)} becomes ${String(fields.role)} at ${scope}`, widened: true }] }),
    tellRemoval: ({ principal, role, scope }) => ({ permissions: [{ text: `${principal} is no longer ${role} at ${scope}`, widened: false }] }),

    async put(tx, { name, scope, fields }, _, { caller }) {
      refuse({ kind: "Role", name }, shapeProblems(RoleSpec, fields));
      const { principal: wanted, role } = fields as RoleSpec;
      const principal = await principalOf(tx, wanted);
      await roles.setGrants(tx, principal, [...principal.grants, { role, scope }], caller);
    },

    async remove(tx, { principal: name, role, scope }, { caller }) {
      const principal = await principalOf(tx, name);
      if (principal.id === caller.actor.id)
        throw new RunwrightError(
          "CONFLICT",
          `${name} would lose the role ${role} at ${scope} by its own plan; keep it in the files, or have someone else apply this`,
        );
      const left = principal.grants.filter((grant) => grant.role !== role || grant.scope !== scope);
      await roles.setGrants(tx, principal, left, caller);
    },

    changed: roles.changed,
  };
}
