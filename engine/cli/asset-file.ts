import { randomBytes, scrypt } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import { RunwrightError } from "../core/errors.ts";
import type { ExportedAssets, ImportedAssets } from "../protocol/http/access.ts";
import { type Context, withClient } from "./command.ts";
import { showTable } from "./list.ts";
import { hidden } from "./prompt.ts";

const FORMAT = "runwright-assets-1";
const SHORTEST_PASSPHRASE = 8;
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** 128 MB and half a second for each guess; RFC 7914. */
const STRENGTH = { n: 2 ** 17, r: 8, p: 1 };
/** What a file may ask for: someone else may have written it. */
const MAX_MEMORY = 300 * 1024 * 1024;

interface Kdf {
  name: "scrypt";
  n: number;
  r: number;
  p: number;
  /** base64 */
  salt: string;
}

interface AssetFile {
  /** JSON, sealed together with the rest. */
  header: string;
  kdf: Kdf;
  /** base64 */
  sealed: string;
}

interface FileOptions {
  passphraseFile?: string;
  scope?: string;
  dry?: boolean;
  json?: boolean;
}

export function addAssetFiles(asset: Command, context: Context): void {
  asset
    .command("export <file>")
    .description("Write assets with their values to a file that a passphrase seals")
    .option("--passphrase-file <path>", "read the passphrase from a file; without it, it is asked for")
    .option("--scope <scope>", "those that lie there and below; without it, all that you administer")
    .option("--json", "print JSON")
    .action((path: string, options: FileOptions) => write(path, options, context));

  asset
    .command("import <file>")
    .description("Set the assets of such a file, all or none")
    .option("--passphrase-file <path>", "read the passphrase from a file; without it, it is asked for")
    .option("--dry", "show what would change, and change nothing")
    .option("--json", "print JSON")
    .action((path: string, options: FileOptions) => read(path, options, context));
}

async function write(path: string, { passphraseFile, scope, json }: FileOptions, context: Context): Promise<void> {
  const { terminal } = context;
  const passphrase = await newPassphrase(context, passphraseFile);
  const kdf: Kdf = { name: "scrypt", ...STRENGTH, salt: randomBytes(32).toString("base64") };
  const header = JSON.stringify({ format: FORMAT, kdf });
  const key = await keyOf(passphrase, kdf);
  await withClient(context, async (client) => {
    const body = { key, header, ...(scope === undefined ? {} : { scope }) };
    const { sealed, items } = await client.request<ExportedAssets>("POST", "/api/v1/assets/export", { body });
    await replaceFile(resolve(context.cwd, path), `${JSON.stringify({ ...JSON.parse(header), sealed }, null, 1)}\n`);
    if (json) terminal.printJson({ file: path, items: items.map(({ kind, scope: place, name }) => ({ kind, scope: place, name })) });
    else terminal.print(`wrote ${items.length} assets to ${path}; without the passphrase they are lost`);
  });
}

async function read(path: string, { passphraseFile, dry = false, json }: FileOptions, context: Context): Promise<void> {
  const { terminal } = context;
  const { header, kdf, sealed } = await parseFile(resolve(context.cwd, path), path);
  const key = await keyOf(await givenPassphrase(context, passphraseFile, "Passphrase: "), kdf);
  await withClient(context, async (client) => {
    const { items } = await client.request<ImportedAssets>("POST", "/api/v1/assets/import", { body: { key, header, sealed, dry } });
    if (json) return terminal.printJson({ dry, items });
    const count = (change: string) => items.filter((item) => item.change === change).length;
    const counts = `${count("created")} created, ${count("changed")} changed, ${count("unchanged")} unchanged`;
    terminal.print(dry ? `${counts} (nothing was done: --dry)` : counts);
    showTable(
      terminal,
      items.filter((item) => item.change !== "unchanged"),
      [
        { title: "change", value: (item) => item.change },
        { title: "kind", value: (item) => item.kind },
        { title: "scope", value: (item) => item.scope },
        { title: "name", value: (item) => item.name, spare: 1 },
      ],
    );
  });
}

/** Whoever mistypes it once would have a file that nobody can open. */
async function newPassphrase(context: Context, file: string | undefined): Promise<string> {
  const passphrase = await givenPassphrase(context, file, "Passphrase for the file: ");
  if ([...passphrase].length < SHORTEST_PASSPHRASE)
    throw new RunwrightError("BAD_REQUEST", `the passphrase must have at least ${SHORTEST_PASSPHRASE} characters; several words are better`);
  if (file === undefined && process.stdin.isTTY && (await hidden(context, "The same again: ")) !== passphrase)
    throw new RunwrightError("BAD_REQUEST", "these were two different passphrases");
  return passphrase;
}

async function givenPassphrase(context: Context, file: string | undefined, text: string): Promise<string> {
  const given = file === undefined ? await hidden(context, text) : (await readFile(resolve(context.cwd, file), "utf8")).replace(/\r?\n$/, "");
  if (given === "") throw new RunwrightError("BAD_REQUEST", "the passphrase is empty");
  return given.normalize("NFC"); // keyboards differ in how they write an ä
}

/** 32 bytes, base64. */
async function keyOf(passphrase: string, { n, r, p, salt }: Kdf): Promise<string> {
  const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
  return (await derive(passphrase, Buffer.from(salt, "base64"), 32, { N: n, r, p, maxmem: MAX_MEMORY + 1024 * 1024 })).toString("base64");
}

/** @throws BAD_REQUEST when it is no such file, or asks for more than one should */
export async function parseFile(path: string, shown: string): Promise<AssetFile> {
  const wrong = (what: string) => new RunwrightError("BAD_REQUEST", `${shown} ${what}`);
  if ((await stat(path)).size > MAX_FILE_BYTES) throw wrong(`is larger than ${MAX_FILE_BYTES} bytes, as no export is`);
  let file: Record<string, unknown>;
  try {
    file = Object(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    throw new RunwrightError("BAD_REQUEST", `${shown} isn't a file that \`runwright asset export\` wrote`, { cause });
  }
  const { format, kdf, sealed } = file;
  if (format !== FORMAT || typeof sealed !== "string") throw wrong("isn't a file that `runwright asset export` of this version wrote");
  const { name, n, r, p, salt } = Object(kdf) as Partial<Kdf>;
  const isPower = typeof n === "number" && Number.isInteger(Math.log2(n)) && n >= 2 ** 14;
  const isBounded = isPower && r === 8 && Number.isInteger(p) && Number(p) >= 1 && Number(p) <= 4 && 128 * n * r <= MAX_MEMORY;
  if (name !== "scrypt" || !isBounded || typeof salt !== "string" || salt.length < 22 || salt.length > 100)
    throw wrong("asks for a way to derive its key that isn't accepted: it may have been altered");
  const known: Kdf = { name, n, r, p: Number(p), salt };
  return { header: JSON.stringify({ format, kdf: known }), kdf: known, sealed };
}

/** It appears whole or not at all, and only its owner may read it. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: "wx", flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
