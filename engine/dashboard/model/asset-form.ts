import { ASSET_NAME, type AssetKind, type VariableType } from "../../core/asset.ts";
import { parseScope } from "../../core/scope.ts";

/** What somebody has typed of an asset. Which fields count depends on the kind. */
export interface AssetForm {
  name: string;
  scope: string;
  kind: AssetKind;
  /** Of a variable, a secret, a connection (JSON); of a credential its password; of a certificate its chain. */
  value: string;
  user: string;
  /** Private key of a certificate; empty: it stands in the value, or there is none. */
  key: string;
  /** JSON Schema of a connection; empty: the one that it has. */
  schema: string;
  type: VariableType;
  encrypted: boolean;
}

export const emptyForm: AssetForm = { name: "", scope: "/", kind: "secret", value: "", user: "", key: "", schema: "", type: "string", encrypted: false };

/** What the engine is asked to set, or which field is wrong with what. */
export type ReadForm = { body: Readonly<Record<string, unknown>> } | { field: keyof AssetForm; problem: string };

const wrong = (field: keyof AssetForm, problem: string) => ({ field, problem });

export function readForm(form: AssetForm): ReadForm {
  if (!ASSET_NAME.test(form.name)) return wrong("name", "a letter, then letters, digits and . _ -, at most 128");
  try {
    parseScope(form.scope);
  } catch (error) {
    return wrong("scope", error instanceof Error ? error.message : String(error));
  }
  const read = READ[form.kind](form);
  return "body" in read ? { body: { kind: form.kind, scope: form.scope, ...read.body } } : read;
}

const READ: Record<AssetKind, (form: AssetForm) => ReadForm> = {
  variable({ value, type, encrypted }) {
    if (type === "string") return { body: { value, type, encrypted } };
    const read = jsonIn(value);
    if (!read) return wrong("value", type === "json" ? 'JSON, such as {"port": 8080}' : `a ${type}`);
    if (type !== "json" && typeof read.value !== type) return wrong("value", `a ${type}, not a ${typeof read.value}`);
    return { body: { value: read.value, type, encrypted } };
  },
  secret: ({ value }) => (value === "" ? wrong("value", "a secret isn't empty") : { body: { value } }),
  credential({ value, user }) {
    if (user === "") return wrong("user", "a credential has a user");
    return value === "" ? wrong("value", "a password isn't empty") : { body: { value: { user, password: value } } };
  },
  certificate({ value, key }) {
    if (!value.includes("-----BEGIN CERTIFICATE-----")) return wrong("value", "PEM: it begins with -----BEGIN CERTIFICATE-----");
    return { body: { value: { certificate: value, ...(key.trim() === "" ? {} : { key }) } } };
  },
  connection({ value, schema }) {
    const read = jsonIn(value);
    if (!read) return wrong("value", "a JSON object");
    if (schema.trim() === "") return { body: { value: read.value } };
    const shape = jsonIn(schema);
    return shape ? { body: { value: read.value, schema: shape.value } } : wrong("schema", "a JSON Schema");
  },
};

function jsonIn(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const SOON_MS = 30 * 86_400_000;

/** How an end is to be felt about. */
export function endTone(expiresAt: string, now: number): "bad" | "warn" | "quiet" {
  const left = Date.parse(expiresAt) - now;
  return left <= 0 ? "bad" : left < SOON_MS ? "warn" : "quiet";
}
