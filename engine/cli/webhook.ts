import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { RunwrightError } from "../core/errors.ts";
import type { Resource } from "../protocol/http/resources.ts";
import type { RotatedToken, TestAnswer } from "../protocol/http/webhooks.ts";
import type { WebhookSpec } from "../protocol/resources/webhook.ts";
import { WEBHOOK_SCHEMES } from "../protocol/webhook-claim.ts";
import { type Context, withClient } from "./command.ts";
import { listed, showFields } from "./list.ts";
import { duration, jsonValues, keyValues } from "./options.ts";
import { documentText } from "./resource.ts";
import { relativeTime } from "./terminal.ts";
import { addDeliveries } from "./webhook-delivery.ts";

export const pathOf = (name: string, more = "") => `/api/v1/webhooks/${encodeURIComponent(name)}${more}`;
const specOf = ({ spec }: Resource): WebhookSpec => spec as unknown as WebhookSpec;
const expiryOf = ({ state }: Resource): string => String(state.expiresAt ?? "");
const runsOf = (webhook: Resource): string =>
  specOf(webhook)
    .runs.map(({ runbook }) => runbook)
    .join(", ");

interface CreateOptions {
  runbook: string;
  verify: WebhookSpec["verify"]["scheme"];
  secret?: string;
  hmacHeader?: string;
  map?: Record<string, string>;
  param?: Record<string, unknown>;
  from?: string[];
  expires?: string;
  description?: string;
  scope?: string;
  json?: boolean;
}

export function addWebhook(program: Command, context: Context): void {
  const { terminal } = context;
  const webhook = program.command("webhook").description("URLs that start runbooks, and what they received");

  webhook
    .command("list")
    .description("List webhooks")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Resource>("/api/v1/webhooks"), {
          json: json === true,
          empty: "No webhooks yet: make one with `runwright webhook create NAME --runbook RUNBOOK --verify none`.",
          columns: [
            { title: "name", value: (row) => row.name },
            { title: "scope", value: (row) => row.scope },
            { title: "state", value: (row) => stateOf(row) },
            { title: "verify", value: (row) => specOf(row).verify.scheme },
            { title: "runbooks", value: runsOf },
            { title: "expires", value: (row) => relativeTime(expiryOf(row), context.now()), spare: 1 },
          ],
        }),
      ),
    );

  webhook
    .command("show <name>")
    .description("Show a webhook as the document that `runwright apply` takes; its token was shown once and never is again")
    .option("--json", "print JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await client.request<Resource>("GET", pathOf(name));
        if (json) return terminal.printJson(found);
        const tokens = (found.state.tokens ?? []) as { createdAt: string; endsAt: string | null }[];
        terminal.print(documentText("Webhook", found));
        terminal.print("");
        showFields(terminal, [
          ["state", stateOf(found)],
          ["expires", expiryOf(found)],
          ["tokens", tokens.map(({ createdAt, endsAt }) => `made ${createdAt}${endsAt ? `, ends ${endsAt}` : ""}`).join("\n") || "none"],
          ["revision", `${found.revision} by ${found.updatedBy}, ${found.updatedAt}`],
        ]);
      }),
    );

  webhook
    .command("create <name>")
    .description("Make a webhook and its token, and print its URL: this once")
    .requiredOption("--runbook <name>", "what it starts")
    .addOption(new Option("--verify <scheme>", "how requests are signed").choices(["none", ...WEBHOOK_SCHEMES]).makeOptionMandatory())
    .option("--secret <name>", "name of the secret with which they are signed")
    .option("--hmac-header <name>", "of the scheme hmac: the header that holds the signature, SHA-256 in hex")
    .option("-m, --map <parameter=pointer...>", "a parameter taken from the request, such as ref=/body/ref", keyValues)
    .option("-p, --param <name=value...>", "a fixed parameter; the value is JSON if it can be read as JSON, else a text", jsonValues)
    .option("--from <address...>", "addresses or networks from which requests are taken")
    .option("--expires <moment>", "when it ends, such as 2027-06-30; a year from now without it")
    .option("--description <text>", "for people")
    .option("--scope <scope>", "where it lies")
    .option("--json", "print JSON")
    .action((name: string, options: CreateOptions) => create(name, options, context));

  webhook
    .command("rotate <name>")
    .description("Make a new token and print the URL: this once; tokens before it end")
    .option("--overlap <duration>", "how long those before stay valid; 0s revokes them at once (default: 24h)", duration)
    .option("--json", "print JSON")
    .action((name: string, { overlap, json }: { overlap?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const made = await client.request<RotatedToken>("POST", pathOf(name, "/rotate"), { body: overlap === undefined ? {} : { overlap } });
        if (json) return terminal.printJson(made);
        terminal.print(made.url);
        const others = Date.parse(made.othersEndAt) > context.now() ? `end ${relativeTime(made.othersEndAt, context.now())}` : "have ended";
        terminal.note(`This is shown once. Tokens before it ${others}.`);
      }),
    );

  for (const [verb, enabled] of [
    ["enable", true],
    ["disable", false],
  ] as const) {
    webhook
      .command(`${verb} <name>`)
      .description(enabled ? "Let it take requests again" : "Let it take nothing, until it is enabled")
      .option("--json", "print JSON")
      .action((name: string, { json }: { json?: boolean }) =>
        withClient(context, async (client) => {
          const { spec, scope, revision } = await client.request<Resource>("GET", pathOf(name));
          const body = { scope, spec: { ...spec, enabled }, expectedRevision: revision };
          const changed = await client.request<Resource>("PUT", pathOf(name), { body });
          if (json) terminal.printJson(changed);
          else terminal.print(`${verb}d ${name}`);
        }),
      );
  }

  webhook
    .command("delete <name>")
    .description("Delete a webhook; its tokens end at once")
    .option("--json", "print JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request("DELETE", pathOf(name));
        if (json) terminal.printJson({ name, state: "deleted" });
        else terminal.print(`deleted ${name}`);
      }),
    );

  webhook
    .command("test <name>")
    .description("Sign a request as a sender would and handle it: the engine does both, its secret stays there")
    .option("--file <path>", "the body; without it an empty one")
    .option("--content-type <type>", "what the body is (default: application/json)")
    .option("-H, --header <name=value...>", "a header", keyValues)
    .option("--dry", "only say what would be started")
    .option("--json", "print JSON")
    .action((name: string, options: TestOptions) => test(name, options, context));

  addDeliveries(webhook, context);
}

async function create(name: string, options: CreateOptions, context: Context): Promise<void> {
  const { runbook, verify, secret, hmacHeader, map, param, from, expires, description, scope, json } = options;
  const spec = {
    ...(description === undefined ? {} : { description }),
    verify: { scheme: verify, ...(secret === undefined ? {} : { secret }), ...(hmacHeader === undefined ? {} : { hmac: { header: hmacHeader } }) },
    ...(expires === undefined ? {} : { expiresAt: expires }),
    ...(from === undefined ? {} : { allowedAddresses: from }),
    runs: [{ runbook, ...(param === undefined ? {} : { parameters: param }), ...(map === undefined ? {} : { map }) }],
  };
  await withClient(context, async (client) => {
    // 0: a webhook of that name that is there already stays as it is.
    const body = { spec, expectedRevision: 0, ...(scope === undefined ? {} : { scope }) };
    const made = await client.request<Resource>("PUT", pathOf(name), { body });
    const token = await client.request<RotatedToken>("POST", pathOf(name, "/rotate"), { body: {} });
    if (json) return context.terminal.printJson({ ...made, ...token });
    context.terminal.print(token.url);
    context.terminal.note(
      `This is shown once: whoever has it may start ${runbook}${verify === "none" ? "" : " with a signed request"}. It expires ${token.expiresAt}.`,
    );
  });
}

interface TestOptions {
  file?: string;
  contentType?: string;
  header?: Record<string, string>;
  dry?: boolean;
  json?: boolean;
}

async function test(name: string, { file, contentType, header, dry, json }: TestOptions, context: Context): Promise<void> {
  const { terminal } = context;
  const text = file === undefined ? "" : await readBody(resolve(context.cwd, file));
  const body = {
    body: text,
    ...(contentType === undefined ? {} : { contentType }),
    ...(header === undefined ? {} : { headers: header }),
    ...(dry ? { dry } : {}),
  };
  await withClient(context, async (client) => {
    const answer = await client.request<TestAnswer>("POST", pathOf(name, "/test"), { body });
    if (json) return terminal.printJson(answer);
    if (answer.skipped !== undefined) terminal.print(`starts nothing: ${answer.skipped}`);
    for (const { runbook, parameters } of answer.wouldStart ?? []) terminal.print(`would start ${runbook} with ${JSON.stringify(parameters)}`);
    for (const id of answer.jobIds) terminal.print(`started ${id}`);
    const state = stateOf(await client.request<Resource>("GET", pathOf(name)));
    if (state !== "open") terminal.note(`Senders get 404 all the same: the state of ${name} is "${state}".`);
  });
}

async function readBody(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new RunwrightError("BAD_REQUEST", `the file ${path} can't be read; give the path of the body with --file`, { cause });
  }
}

function stateOf({ spec, state }: Resource): string {
  if (spec.enabled === false) return "disabled";
  if (state.expired === true) return "expired";
  return Array.isArray(state.tokens) && state.tokens.length > 0 ? "open" : "no token";
}
