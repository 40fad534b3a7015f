import { type AssetKind, PERMISSION_OF, secretTexts, siftSecrets } from "../../core/asset.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { JsonSchema } from "../../core/manifest.ts";
import type { AssetsPort } from "../../sandbox/ports.ts";

/** A certificate in a test; what is left out is empty. */
export interface FakeCertificate {
  certificate?: string;
  key?: string;
  subject?: string;
  /** Unix milliseconds. */
  notAfter?: number;
}

/** Assets that exist in one test, by name. */
export interface FakeAssets {
  variables?: Readonly<Record<string, Json>>;
  /** Names of variables that are encrypted. */
  encrypted?: readonly string[];
  secrets?: Readonly<Record<string, string>>;
  credentials?: Readonly<Record<string, { user: string; password: string }>>;
  certificates?: Readonly<Record<string, FakeCertificate>>;
  /** With the schema that says what is secret in it, or without one: nothing is. */
  connections?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** JSON Schemas of connections, by name: their members that say `writeOnly: true` are secret. */
  connectionSchemas?: Readonly<Record<string, JsonSchema>>;
}

export function fakeAssets({ encrypted = [], connectionSchemas = {}, ...given }: FakeAssets): AssetsPort {
  const set = new Map<string, Json>();
  function find(kind: AssetKind, name: string): Json {
    const permission = PERMISSION_OF[kind];
    const known: Readonly<Record<string, unknown>> = given[permission] ?? {};
    const value = kind === "variable" && set.has(name) ? set.get(name) : Object.hasOwn(known, name) ? (known[name] as Json) : undefined;
    if (value === undefined) throw new RunwrightError("ASSET_NOT_FOUND", `this test has no ${kind} "${name}"; give it in ${permission}`);
    return kind === "certificate" ? { certificate: "", key: null, subject: "", notAfter: 0, ...(value as FakeCertificate) } : value;
  }
  const secretsOf: Record<AssetKind, (value: Json, name: string) => string[] | null> = {
    variable: (value, name) => (encrypted.includes(name) ? secretTexts(value) : null),
    secret: secretTexts,
    credential: (value) => [(value as { password: string }).password],
    certificate: (value) => secretTexts((value as { key: Json }).key),
    connection: (value, name) => siftSecrets(Object.hasOwn(connectionSchemas, name) ? (connectionSchemas[name] ?? {}) : {}, value).secrets,
  };
  return {
    async read(kind, name) {
      const value = find(kind, name);
      return { value, version: 1, secrets: secretsOf[kind](value, name) };
    },
    async writeVariable(_call, name, value) {
      set.set(name, value);
    },
  };
}
