import {
  type AssetKind,
  danglingReference,
  fitsVariableType,
  isVariableType,
  secretTexts,
  siftSecrets,
  type VariableType,
  variableTypeOf,
} from "../core/asset.ts";
import { RunwrightError } from "../core/errors.ts";
import { type Json, nestsTooDeep } from "../core/json.ts";
import { schemaProblems } from "../core/json-schema.ts";
import type { JsonSchema } from "../core/manifest.ts";
import { textsWithin } from "../core/masked-forms.ts";
import { SchemaTooCostly, schemaErrors } from "../protocol/schema-check.ts";
import type { AssetRecord } from "../store/records/assets.ts";
import { certificateFacts, readCertificate, type StoredCertificate } from "./certificate.ts";

/** As Azure Automation's limit for a variable. */
const MAX_VALUE_BYTES = 1024 * 1024;

/** What someone sets. */
export interface GivenAsset {
  kind: AssetKind;
  /** A secret: a text; a credential: `{ user, password }`; a certificate: `{ certificate, key? }`, PEM; a connection: an object that fits `schema`. */
  value: Json;
  /** Of a variable; without it that of the variable as it is, else that of the value. */
  type?: VariableType | undefined;
  /** Of a variable: its value is never shown. Without it as it is, else plain. */
  encrypted?: boolean | undefined;
  /** Of a connection; without it that of the connection as it is. */
  schema?: JsonSchema | undefined;
}

/** What is stored: facts that lists show, and what is sealed. */
export interface PreparedAsset {
  facts: Pick<AssetRecord, "type" | "encrypted" | "subject" | "notAfter">;
  sealed: Json;
}

/** What the asset is now, if it exists. */
export interface PresentAsset {
  record: Pick<AssetRecord, "type" | "encrypted">;
  sealed(): Json;
}

interface SealedConnection {
  schema: JsonSchema;
  value: Json;
}

/** Lines of one secret, and texts in it when it is JSON. */
const MAX_SECRET_TEXTS = 2_000;

const NOTHING = { type: null, encrypted: false, subject: null, notAfter: null };

/** Checks what is set against its kind. @throws BAD_REQUEST, TOO_LARGE, CONFLICT when a variable would change its type or be shown from now on */
export function prepareAsset(name: string, given: GivenAsset, present?: PresentAsset): PreparedAsset {
  if (isTooDeep(given.value) || isTooDeep(given.schema)) throw wrong("the value nests too deep");
  const misplaced =
    given.kind !== "variable" && (given.type !== undefined || given.encrypted !== undefined) ? "type and encrypted are for variables" : undefined;
  if (misplaced ?? (given.kind !== "connection" && given.schema !== undefined))
    throw wrong(misplaced ?? "a schema is for connections: connections alone are typed by one");
  const prepared = PREPARE[given.kind](name, given, present);
  const text = JSON.stringify(prepared.sealed);
  if (Buffer.byteLength(text) > MAX_VALUE_BYTES) throw new RunwrightError("TOO_LARGE", `the value is larger than ${MAX_VALUE_BYTES} bytes`);
  // Whoever masks them looks for each: a few are quick, and none may be left out.
  const texts = openedAsset({ kind: given.kind, encrypted: prepared.facts.encrypted }, prepared.sealed).secrets.reduce(
    (sum, secret) => sum + textsWithin(secret).length + secret.split("\n").length,
    0,
  );
  if (texts > MAX_SECRET_TEXTS) throw wrong(`the value holds ${texts} texts or lines; of a secret at most ${MAX_SECRET_TEXTS} can each be masked`);
  return prepared;
}

const PREPARE: Record<AssetKind, (name: string, given: GivenAsset, present?: PresentAsset) => PreparedAsset> = {
  variable(name, { value, type, encrypted }, present) {
    const known = present && isVariableType(present.record.type) ? present.record.type : undefined;
    const wanted = type ?? known ?? variableTypeOf(value);
    if (!fitsVariableType(wanted, value)) {
      const means = `the value of the variable "${name}" is of type ${variableTypeOf(value)}, not ${wanted}`;
      if (type !== undefined) throw wrong(means);
      throw new RunwrightError("CONFLICT", `${means}; give the type too, to change it`);
    }
    if (present?.record.encrypted && encrypted === false)
      throw new RunwrightError(
        "CONFLICT",
        `the variable "${name}" is encrypted, and jobs may still read its older values; delete it first to make it a plain one`,
      );
    return { facts: { ...NOTHING, type: wanted, encrypted: encrypted ?? present?.record.encrypted ?? false }, sealed: value };
  },
  secret(_name, { value }) {
    if (typeof value !== "string") throw wrong("the value of a secret is a text");
    return { facts: NOTHING, sealed: value };
  },
  credential(_name, { value }) {
    const { user, password, ...more } = membersOf(value, "a credential is { user, password }");
    if (typeof user !== "string" || user === "" || typeof password !== "string" || Object.keys(more).length > 0)
      throw wrong("a credential is { user, password }, both texts");
    return { facts: NOTHING, sealed: { user, password } };
  },
  certificate(_name, { value }) {
    const { certificate, key, ...more } = membersOf(value, "a certificate is { certificate, key }, as PEM");
    if (typeof certificate !== "string" || !["string", "undefined"].includes(typeof (key ?? undefined)) || Object.keys(more).length > 0)
      throw wrong("a certificate is { certificate, key }, both PEM; the key may be left out");
    const { subject, notAfter, ...stored } = readCertificate({ certificate, key: key as string | null });
    return { facts: { ...NOTHING, subject, notAfter }, sealed: { certificate: stored.certificate, key: stored.key } };
  },
  connection(name, { value, schema }, present) {
    const wanted = schema ?? (present?.sealed() as SealedConnection | undefined)?.schema;
    if (!wanted) throw wrong(`the connection "${name}" needs a schema: JSON Schema of an object, whose secret members say writeOnly: true`);
    membersOf(value, "a connection is an object");
    const [problem] = schemaProblems(wanted);
    const dangling = danglingReference(wanted);
    if (problem) throw wrong(`schema${problem.path}: ${problem.message}`);
    if (dangling !== undefined) throw wrong(`schema: the reference "${dangling.slice(0, 100)}" leads nowhere; it must be # or #/... within the schema`);
    requireFit(wanted, value);
    return { facts: NOTHING, sealed: { schema: wanted as Json, value } };
  },
};

function requireFit(schema: JsonSchema, value: Json): void {
  try {
    const errors = schemaErrors(schema, value).map(({ instancePath, message }) => ({ field: instancePath, message }));
    if (errors.length === 0) return;
    const told = errors.slice(0, 20).map(({ field, message }) => `${field || "value"} ${message}`);
    throw new RunwrightError("BAD_REQUEST", `the connection doesn't fit its schema: ${told.join("; ")}`, { details: errors.slice(0, 20) });
  } catch (error) {
    if (error instanceof SchemaTooCostly) throw wrong(`the connection can't be checked against its schema: ${error.message}; make its patterns simpler`);
    throw error;
  }
}

function membersOf(value: Json, otherwise: string): Record<string, Json> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw wrong(otherwise);
  return value as Record<string, Json>;
}

/** Whoever walks a value calls itself at each level. */
function isTooDeep(value: unknown): boolean {
  try {
    return nestsTooDeep(JSON.stringify(value) ?? "");
  } catch (error) {
    if (error instanceof RangeError) return true;
    throw error;
  }
}

const wrong = (message: string) => new RunwrightError("BAD_REQUEST", message);

/** What a job gets. */
export interface OpenedAsset {
  value: Json;
  /** What is masked in all that the job writes. */
  secrets: string[];
}

export function openedAsset({ kind, encrypted }: Pick<AssetRecord, "kind" | "encrypted">, sealed: Json): OpenedAsset {
  switch (kind) {
    case "variable":
      return { value: sealed, secrets: encrypted ? secretTexts(sealed) : [] };
    case "secret":
      return { value: sealed, secrets: secretTexts(sealed) };
    case "credential":
      return { value: sealed, secrets: [(sealed as { password: string }).password] };
    case "certificate": {
      const stored = sealed as unknown as StoredCertificate;
      return { value: { ...stored, ...certificateFacts(stored) }, secrets: stored.key === null ? [] : [stored.key] };
    }
    case "connection": {
      const { schema, value } = sealed as unknown as SealedConnection;
      return { value, secrets: siftSecrets(schema, value).secrets };
    }
  }
}

/** Whether people are shown anything of its value. */
export const isShown = ({ kind, encrypted }: Pick<AssetRecord, "kind" | "encrypted">): boolean =>
  kind === "variable" ? !encrypted : kind === "certificate" || kind === "connection";

/** What they are shown: of a variable its value, of a certificate and a connection what isn't secret in them. */
export function shownAsset(asset: Pick<AssetRecord, "kind" | "encrypted">, sealed: Json): { value?: Json; schema?: JsonSchema } {
  if (!isShown(asset)) return {};
  if (asset.kind === "certificate") return { value: { certificate: (sealed as unknown as StoredCertificate).certificate } };
  if (asset.kind !== "connection") return { value: sealed };
  const { schema, value } = sealed as unknown as SealedConnection;
  return { value: siftSecrets(schema, value).shown, schema };
}

/** What would have to be set to have the same asset. */
export function givenAsset({ kind, type, encrypted }: Pick<AssetRecord, "kind" | "type" | "encrypted">, sealed: Json): GivenAsset {
  if (kind === "connection") return { kind, ...(sealed as unknown as SealedConnection) };
  return { kind, value: sealed, ...(kind === "variable" ? { type: type ?? variableTypeOf(sealed), encrypted } : {}) };
}
