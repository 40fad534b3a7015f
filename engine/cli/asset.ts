import type { Command } from "commander";
import { RunwrightError } from "../core/errors.ts";
import type { Asset, RotationStep, ShownAsset } from "../protocol/http/access.ts";
import { addAssetFiles } from "./asset-file.ts";
import { addAssetSet, assetPath } from "./asset-set.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { relativeTime } from "./terminal.ts";

export function addAsset(program: Command, context: Context): void {
  const { terminal } = context;
  const asset = program.command("asset").description("What runbooks read by name: variables, secrets, credentials, certificates and connections");

  addAssetSet(asset, context);

  asset
    .command("get <name>")
    .description("Print the value of a plain variable, a certificate without its key, or a connection without its secret members")
    .option("--scope <scope>", "where it lies")
    .option("--json", "print JSON")
    .action((name: string, { scope, json }: { scope?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const shown = await client.request<ShownAsset>("GET", assetPath(name), { query: { scope } });
        if (json) return terminal.printJson(shown);
        if (shown.value === undefined) {
          const kind = shown.encrypted ? "an encrypted variable" : `a ${shown.kind}`;
          throw new RunwrightError("BAD_REQUEST", `"${name}" is ${kind}: its value is for jobs alone`);
        }
        if (shown.kind === "certificate") return terminal.print((shown.value as { certificate: string }).certificate.trimEnd());
        terminal.print(typeof shown.value === "string" ? shown.value : JSON.stringify(shown.value, null, 2));
      }),
    );

  asset
    .command("list")
    .description("List assets, without values")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Asset>("/api/v1/assets"), {
          json: json === true,
          empty: "No assets yet: set one with `runwright asset set NAME`.",
          columns: [
            { title: "name", value: (row) => row.name },
            { title: "kind", value: (row) => row.kind },
            { title: "type", value: typeOf },
            { title: "scope", value: (row) => row.scope },
            { title: "version", value: (row) => row.version },
            { title: "expires", value: ({ expiresAt }) => expiryOf(expiresAt, context.now()) },
            { title: "changed", value: (row) => relativeTime(row.updatedAt, context.now()) },
            { title: "by", value: (row) => row.updatedBy, spare: 1 },
          ],
        }),
      ),
    );

  asset
    .command("delete <name>")
    .description("Delete an asset with all its values")
    .option("--scope <scope>", "where it lies")
    .option("--break-triggers", "also when webhooks verify requests with it")
    .option("--json", "print JSON")
    .action((name: string, { scope, breakTriggers, json }: { scope?: string; breakTriggers?: boolean; json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request("DELETE", assetPath(name), { query: { scope, breakTriggers } });
        if (json) terminal.printJson({ name, state: "deleted" });
        else terminal.print(`deleted ${name}`);
      }),
    );

  asset
    .command("rotate-keys")
    .description("Replace the keys that seal what is stored, and the master key when the next one is configured; run it again after an interruption")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) => rotate(context, json === true));

  addAssetFiles(asset, context);
}

const typeOf = ({ type, encrypted, subject }: Asset): string => subject ?? [type, encrypted ? "encrypted" : null].filter(Boolean).join(", ");

/** A certificate's day; an expired one is said to be. */
const expiryOf = (expiresAt: string | null, now: number): string =>
  expiresAt === null ? "" : `${Date.parse(expiresAt) < now ? "expired " : ""}${expiresAt.slice(0, 10)}`;

/** The engine works for some seconds at a time; what it has done stays done. */
async function rotate(context: Context, json: boolean): Promise<void> {
  const { terminal, signal } = context;
  await withClient(context, async (client) => {
    const all = { rootKey: "", masterKeyChanged: false, assets: 0, keys: 0, damaged: 0 };
    for (let isDone = false; !isDone; ) {
      const step = await client.request<RotationStep>("POST", "/api/v1/assets/rotate-keys", { signal });
      isDone = step.done;
      all.rootKey = step.rootKey;
      all.masterKeyChanged ||= step.masterKeyChanged;
      all.assets += step.assets;
      all.keys += step.keys;
      all.damaged = step.damaged;
      if (!isDone) terminal.note(`${all.assets} values and ${all.keys} keys so far`);
    }
    if (json) return terminal.printJson(all);
    terminal.print(`root key ${all.rootKey}: ${all.assets} values were sealed and ${all.keys} keys wrapped anew`);
    if (all.masterKeyChanged) terminal.print("the master key was changed: make the next one the present one in the configuration of every engine");
    if (all.damaged > 0) terminal.print(`${all.damaged} couldn't be opened and stay as they are: they were altered in the database`);
  });
}
