import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { RunwrightError } from "../core/errors.ts";
import type { Asset } from "../protocol/http/access.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { hidden } from "./prompt.ts";
import { relativeTime } from "./terminal.ts";

const pathOf = (name: string) => `/api/v1/assets/${encodeURIComponent(name)}`;

interface SetOptions {
  variable?: boolean;
  file?: string;
  scope?: string;
  jsonValue?: boolean;
  json?: boolean;
}

export function addAsset(program: Command, context: Context): void {
  const { terminal } = context;
  const asset = program.command("asset").description("Variables and secrets that runbooks read by name; values never come back");

  asset
    .command("set <name>")
    .description(
      "Set a secret, or with --variable a variable. The value is asked for, or read from standard input or a file: an argument would show in process lists",
    )
    .option("--variable", "a variable instead of a secret")
    .option("--secret", "a secret: what it is without --variable")
    .option("--file <path>", "read the value from a file")
    .option("--json-value", "the value of a variable is JSON, not a text")
    .option("--scope <scope>", "where it is valid, and below")
    .option("--json", "print JSON")
    .action((name: string, options: SetOptions) => set(name, options, context));

  asset
    .command("list")
    .description("List variables and secrets, without values")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Asset>("/api/v1/assets"), {
          json: json === true,
          empty: "No assets yet: set one with `runwright asset set NAME`.",
          columns: [
            { title: "name", value: (row) => row.name },
            { title: "kind", value: (row) => row.kind },
            { title: "scope", value: (row) => row.scope },
            { title: "version", value: (row) => row.version },
            { title: "changed", value: (row) => relativeTime(row.updatedAt, context.now()) },
            { title: "by", value: (row) => row.updatedBy, spare: 1 },
          ],
        }),
      ),
    );

  asset
    .command("delete <name>")
    .description("Delete a variable or secret with all its values")
    .option("--scope <scope>", "where it lies")
    .option("--json", "print JSON")
    .action((name: string, { scope, json }: { scope?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request("DELETE", pathOf(name), { query: { scope } });
        if (json) terminal.printJson({ name, state: "deleted" });
        else terminal.print(`deleted ${name}`);
      }),
    );
}

async function set(name: string, { variable, file, scope, jsonValue, json }: SetOptions, context: Context): Promise<void> {
  const text = file === undefined ? await hidden(context, `Value of ${name}: `) : await readFile(resolve(context.cwd, file), "utf8");
  if (jsonValue && !variable) throw new RunwrightError("BAD_REQUEST", "--json-value goes with --variable: a secret is a text");
  const body = { kind: variable ? "variable" : "secret", value: jsonValue ? parse(text) : text, ...(scope ? { scope } : {}) };
  await withClient(context, async (client) => {
    const stored = await client.request<Asset>("PUT", pathOf(name), { body });
    if (json) context.terminal.printJson(stored);
    else context.terminal.print(`set ${stored.kind} ${stored.name} in ${stored.scope}, version ${stored.version}`);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RunwrightError("BAD_REQUEST", "the value isn't JSON; leave --json-value out to store a text", { cause });
  }
}
