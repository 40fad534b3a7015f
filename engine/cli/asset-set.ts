import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { type AssetKind, VARIABLE_TYPES, type VariableType } from "../core/asset.ts";
import { RunwrightError } from "../core/errors.ts";
import type { StoredAsset } from "../protocol/http/access.ts";
import { type Context, withClient } from "./command.ts";
import { hidden } from "./prompt.ts";

export const assetPath = (name: string) => `/api/v1/assets/${encodeURIComponent(name)}`;

interface SetOptions {
  variable?: boolean;
  secret?: boolean;
  credential?: boolean;
  certificate?: boolean;
  connection?: boolean;
  user?: string;
  file?: string;
  key?: string;
  schema?: string;
  type?: VariableType;
  encrypted?: boolean;
  jsonValue?: boolean;
  scope?: string;
  json?: boolean;
}

export function addAssetSet(asset: Command, context: Context): void {
  asset
    .command("set <name>")
    .description(
      "Set an asset, a secret without an option. The value is asked for, or read from standard input or a file: an argument would show in process lists",
    )
    .option("--secret", "a text that nobody is shown: what it is without another option")
    .option("--variable", "a value of a type that everyone may know")
    .option("--credential", "a user, and a password that nobody is shown")
    .option("--certificate", "a certificate with its chain, and its private key")
    .option("--connection", "a JSON object that fits a schema, which says what is secret in it")
    .option("--file <path>", "read the value from a file; of a certificate: PEM")
    .option("--user <name>", "of a credential")
    .option("--key <path>", "private key of a certificate, PEM; without it, one that is in the same file")
    .option("--schema <path>", "JSON Schema of a connection; without it, the one that it has")
    .addOption(new Option("--type <type>", "of a variable; without it, the one that it has, else string").choices(VARIABLE_TYPES))
    .option("--encrypted", "a variable whose value nobody is shown")
    .option("--json-value", "the value of a variable is JSON of any type, not a text")
    .option("--scope <scope>", "where it is valid, and below")
    .option("--json", "print JSON")
    .action((name: string, options: SetOptions) => set(name, options, context));
}

/** Which options go with one kind alone. */
const ONLY: Partial<Record<keyof SetOptions, AssetKind>> = {
  user: "credential",
  key: "certificate",
  schema: "connection",
  type: "variable",
  encrypted: "variable",
  jsonValue: "variable",
};

async function set(name: string, options: SetOptions, context: Context): Promise<void> {
  const { terminal } = context;
  const kind = kindOf(options);
  const read = (path: string) => readFile(resolve(context.cwd, path), "utf8");
  const text = options.file === undefined ? await hidden(context, `${kind === "credential" ? "Password" : "Value"} of ${name}: `) : await read(options.file);
  const body = {
    kind,
    value: await readValue(kind, text, options, read),
    ...(options.schema === undefined ? {} : { schema: parse(await read(options.schema), "the schema") }),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.encrypted === undefined ? {} : { encrypted: true }),
    ...(options.scope === undefined ? {} : { scope: options.scope }),
  };
  await withClient(context, async (client) => {
    const stored = await client.request<StoredAsset>("PUT", assetPath(name), { body });
    for (const warning of stored.warnings) terminal.note(`warning: ${warning}`);
    if (options.json) terminal.printJson(stored);
    else terminal.print(`set ${stored.kind} ${stored.name} in ${stored.scope}, version ${stored.version}`);
  });
}

function kindOf(options: SetOptions): AssetKind {
  const [kind = "secret", ...others] = (["secret", "variable", "credential", "certificate", "connection"] as const).filter((one) => options[one]);
  if (others.length > 0) throw new RunwrightError("BAD_REQUEST", `--${kind} and --${others[0]}: an asset has one kind`);
  for (const [option, of] of Object.entries(ONLY)) {
    if (options[option as keyof SetOptions] !== undefined && of !== kind)
      throw new RunwrightError("BAD_REQUEST", `--${option === "jsonValue" ? "json-value" : option} goes with --${of}`);
  }
  return kind;
}

async function readValue(kind: AssetKind, text: string, { user, key, type, jsonValue }: SetOptions, read: (path: string) => Promise<string>): Promise<unknown> {
  switch (kind) {
    case "secret":
      return text;
    case "variable":
      return jsonValue || (type !== undefined && type !== "string") ? parse(text, "the value") : text;
    case "credential":
      if (user === undefined) throw new RunwrightError("BAD_REQUEST", "say whose password it is: --user NAME");
      return { user, password: text.replace(/\r?\n$/, "") };
    case "certificate":
      return { certificate: text, ...(key === undefined ? {} : { key: await read(key) }) };
    case "connection":
      return parse(text, "the value");
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RunwrightError("BAD_REQUEST", `${what} isn't JSON`); // what the parser says of it may show a part of it
  }
}
