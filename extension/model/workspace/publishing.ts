import { basename } from "node:path";
import type { MadeRunbook } from "../../../engine/cli/resources/runbook-document.ts";
import { isRunwrightError } from "../../../engine/core/errors.ts";
import { isRunbookName } from "../../../engine/core/runbook-name.ts";
import type { Plan, PlannedChange } from "../../../engine/protocol/http/plan.ts";
import type { Draft, Published } from "../../../engine/protocol/http/runbooks.ts";
import type { Client } from "../client/client.ts";
import { shaped } from "../client/shape.ts";
import { answerOf, type Outcome } from "./program.ts";

/** Runs the workspace's runwright with these words. */
export type RunWords = (words: readonly string[]) => Promise<Outcome>;

/** Milliseconds: of a request that carries bundles. */
export const BUNDLE_MS = 60_000;

/** The name under which a file is published; undefined: it can't be a runbook. */
export function runbookNameOf(file: string): string | undefined {
  const name = basename(file).replace(/\.m?ts$/, "");
  return /\.m?ts$/.test(file) && !/\.(test|d)\.m?ts$/.test(file) && isRunbookName(name) ? name : undefined;
}

/** What publishing one runbook would change; undefined: nothing. */
export const changeOf = ({ changes }: Plan, runbook: string): PlannedChange | undefined =>
  changes.find(({ kind, name }) => kind === "Runbook" && name === runbook);

/** Of a modal question: permissions that change, the wider ones first, then what else should be known. */
export function reviewText({ action, permissions, warnings, files = [] }: PlannedChange): string {
  const wider = permissions.filter(({ widened }) => widened).map(({ text }) => `! It ${text} (wider)`);
  const others = permissions.filter(({ widened }) => !widened).map(({ text }) => `It ${text}`);
  const changed = files.map(({ path, change }) => `${path}: ${change}`);
  return [
    ...wider,
    ...others,
    ...(permissions.length === 0 ? [action === "create" ? "It asks for no permissions." : "Its permissions stay as they are."] : []),
    ...warnings.map((one) => `Note: ${one}`),
    "",
    ...changed,
  ]
    .join("\n")
    .trim();
}

export type PublishOutcome = { kind: "published"; version: number } | { kind: "unchanged"; version: number } | { kind: "conflict"; detail: string };

/** What publishes one runbook; `expected` is the newest version that was looked at, 0 when there was none. */
interface Publication {
  name: string;
  content: MadeRunbook;
  message: string;
  expected: number;
}

/** @throws what the engine says; that somebody else was faster is an answer */
export async function publishMade(client: Client, { name, content, message, expected }: Publication, signal: AbortSignal): Promise<PublishOutcome> {
  const body = { ...content, message, expectedVersion: expected };
  const path = `/api/v1/runbooks/${encodeURIComponent(name)}/publish`;
  try {
    const { isNew, version } = await client.ask<Published>("POST", path, { isNew: "boolean", version: "object" }, { body, signal, timeoutMs: BUNDLE_MS });
    return { kind: isNew ? "published" : "unchanged", version: version.version };
  } catch (error) {
    if (isRunwrightError(error, "CONFLICT")) return { kind: "conflict", detail: error.message };
    throw error;
  }
}

/** Saves the draft. */
export async function saveDraft(file: string, run: RunWords): Promise<Draft> {
  const answer = answerOf(await run(["runbook", "publish", file, "--draft", "--json"]));
  const [done] = Array.isArray(answer) ? answer : [];
  return shaped<{ draft: Draft }>(done, { draft: "object" }, "saved draft").draft;
}
