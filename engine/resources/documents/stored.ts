import { ERRORS, isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { ResourceRecord } from "../../core/resource.ts";
import { shapeProblems } from "../../protocol/resources/problems.ts";
import type { Reads } from "../../store/store.ts";
import type { DocumentKind, Standing } from "../document-kind.ts";
import type { ResourceKind } from "../kind.ts";
import type { Audit } from "../ports.ts";
import type { Resources } from "../resources.ts";

const MOST = 1_000_000;

/** A kind that is kept as its authors wrote it. */
export function storedDocument(rules: ResourceKind, { resources, audit }: { resources: Resources; audit: Audit }): DocumentKind {
  const { kind, schema, actions } = rules;
  const standing = ({ name, scope, revision, spec }: ResourceRecord): Standing => ({ name, scope, revision, fields: spec as Record<string, unknown> });
  async function advised(reads: Reads, document: { name: string; scope: string; spec: unknown }): Promise<readonly string[]> {
    try {
      return (await rules.advice?.(reads, document)) ?? [];
    } catch (error) {
      if (isRunwrightError(error) && ERRORS[error.code].status < 500) return [];
      throw error;
    }
  }
  const secretsOf = (spec: unknown): readonly string[] => rules.secrets?.(spec) ?? [];

  return {
    kind,
    schema,
    actions,
    prune: "always",
    runbooks: rules.runbooks,
    ...(rules.runbookPaths ? { runbookPaths: rules.runbookPaths } : {}),

    async find(reads, { name }) {
      const found = await reads.resources.byName(kind, name);
      return found && standing(found);
    },

    list: async (reads, scopes) => (await reads.resources.list({ kind, scopes, limit: MOST })).map(standing),

    async put(tx, { name, scope, fields }, before, { caller, plan }) {
      const { before: found } = await resources.put(
        tx,
        { kind, name, scope, spec: fields },
        {
          actor: caller.actor,
          also: (tx, { resource, before }) =>
            audit(tx, caller, {
              operation: actions.write,
              target: `${kind}:${name}`,
              scope,
              details: { revision: resource.revision, new: before === undefined, plan },
            }),
        },
      );
      if (found?.revision !== before?.revision) throw changedMeanwhile(kind, name);
    },

    advise: (document, reads) => advised(reads, { ...document, spec: document.fields }),

    async tell({ fields }, before) {
      // What doesn't even have its shape is refused in a moment.
      if (shapeProblems(schema, fields).length > 0) return {};
      const was = before === undefined ? [] : secretsOf(before.fields);
      const is = secretsOf(fields);
      return {
        warnings: [...(rules.warnings?.(fields) ?? [])],
        permissions: [
          ...is.filter((name) => !was.includes(name)).map((name) => ({ text: `uses the secret ${name}`, widened: true })),
          ...was.filter((name) => !is.includes(name)).map((name) => ({ text: `no longer uses the secret ${name}`, widened: false })),
        ],
      };
    },

    async remove(tx, { name, scope, revision }, { caller, plan }) {
      const gone = await resources.remove(tx, kind, name, {
        actor: caller.actor,
        also: (tx) => audit(tx, caller, { operation: actions.write, target: `${kind}:${name}`, scope, details: { deleted: true, plan } }),
      });
      if (gone.revision !== revision) throw changedMeanwhile(kind, name);
    },
  };
}

const changedMeanwhile = (kind: string, name: string) => new RunwrightError("PLAN_CHANGED", `someone else is changing ${kind} "${name}"; plan again`);
