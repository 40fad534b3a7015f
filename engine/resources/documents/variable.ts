import { isVariableType, variableTypeOf } from "../../core/asset.ts";
import { canonicalJson, type Json } from "../../core/json.ts";
import type { DocumentProblem } from "../../core/resource.ts";
import { shapeProblems } from "../../protocol/resources/problems.ts";
import { VariableSpec } from "../../protocol/resources/variable.ts";
import type { AssetRecord } from "../../store/records/assets.ts";
import type { Reads } from "../../store/store.ts";
import type { DocumentKind, Standing } from "../document-kind.ts";
import type { VariablePort } from "../ports.ts";
import { refuse } from "../resources.ts";

interface StandingVariable extends Standing {
  record: AssetRecord;
}
type Fields = Standing["fields"];

/** Plain variables with their values. Of encrypted ones a document says that they must be there, and nothing here ever opens one. */
export function variableDocument({ variables }: { variables: VariablePort }): DocumentKind<StandingVariable> {
  async function standing(reads: Reads, record: AssetRecord): Promise<StandingVariable> {
    const { name, scope, version } = record;
    const isPlain = record.kind === "variable" && !variables.isEncrypted(record);
    return { name, scope, revision: version, fields: isPlain ? typed(await variables.value(reads, record), record.type) : { encrypted: true }, record };
  }

  return {
    kind: "Variable",
    schema: VariableSpec,
    actions: { read: "asset.list", write: "asset.write" },
    names: "perScope",
    prune: "mentioned",
    // What is encrypted can't be made again from a file.
    mayPrune: ({ fields }) => fields.encrypted !== true,

    async find(reads, { name, scope }) {
      const found = await reads.assets.byName(scope, name);
      return found && standing(reads, found);
    },

    async list(reads, scopes) {
      const all: StandingVariable[] = [];
      for (const one of await reads.assets.list({ scopes })) if (one.kind === "variable") all.push(await standing(reads, one));
      return all;
    },

    isSame: ({ fields }, { record, fields: there }) =>
      record.kind === "variable" && shapeProblems(VariableSpec, fields).length === 0 && canonicalJson(plainly(fields, record)) === canonicalJson(there),

    content: ({ value, encrypted }) => ({ value, encrypted }),

    shown: ({ fields }, before) => plainly(fields, before?.record),

    async tell(_, before, reads) {
      const version = before && (await reads.assets.version(before.record.id, before.record.version));
      return version?.writtenBy ? { warnings: ["a job has set it last: this puts another value in its place"] } : {};
    },

    async put(tx, { name, scope, fields }, before, { caller }) {
      refuse({ kind: "Variable", name }, problemsOf(fields, before));
      const { value, type } = fields;
      const given = typeof type === "string" && isVariableType(type) ? { type } : {};
      await variables.put(tx, { scope, name, value: value as Json, ...given }, caller);
    },

    remove: (tx, { name, scope }, { caller }) => variables.remove(tx, { name, scope }, caller),
  };
}

/** A type that isn't that of the value says more than the value does. */
const typed = (value: Json, type: string | null): Fields => ({ value, ...(type === null || type === variableTypeOf(value) ? {} : { type }) });

/** What is meant when nothing is said: it isn't encrypted, and keeps its type. */
function plainly(fields: Fields, before: AssetRecord | undefined): Fields {
  const { encrypted, type = before?.type, value } = fields;
  if (encrypted === true || value === undefined) return fields;
  return typed(value as Json, typeof type === "string" ? type : null);
}

function problemsOf(fields: Fields, before: StandingVariable | undefined): DocumentProblem[] {
  const shape = shapeProblems(VariableSpec, fields);
  if (shape.length > 0) return shape;
  if (before !== undefined && before.record.kind !== "variable")
    return [
      { path: "/name", message: `is the name of a ${before.record.kind} in ${before.scope}; choose another one, or delete that ${before.record.kind} first` },
    ];
  if (fields.encrypted === true) {
    if (fields.value !== undefined) return [{ path: "/value", message: "mustn't stand in a file when it is encrypted: whoever sees the file would read it" }];
    if (before === undefined) return [{ path: "/name", message: "isn't there yet; set the encrypted variable with `runwright asset set` first" }];
    return [{ path: "/encrypted", message: "is a plain variable there; delete it first to make it an encrypted one" }];
  }
  if (fields.value === undefined) return [{ path: "", message: "must have value" }];
  return before?.fields.encrypted === true ? [{ path: "/value", message: "is an encrypted variable there: write encrypted: true, and no value" }] : [];
}
