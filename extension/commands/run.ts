import * as vscode from "vscode";
import { type Field, fieldsOf, fieldText, missingFields, rememberedValues, shownValue, type Values, valuesToKeep } from "../../engine/core/parameter-form.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { RunbookDetails } from "../../engine/protocol/http/runbooks.ts";
import type { Client } from "../model/client/client.ts";
import { JOBS } from "../model/client/lists.ts";
import { askForText, askToPick } from "./ask-for.ts";
import { type CommandParts, engineOf, type Run } from "./parts.ts";
import { pickRunbook } from "./pick.ts";
import { runbookIn, versionIn } from "./subject.ts";

const CLEAR = Symbol("no value");

/** Asks for parameters, with the values of the last time, and starts a job. */
export const runRunbook: Run = (parts, given) => run(parts, given, { draft: false });
/** The same with the draft. */
export const runDraft: Run = (parts, given) => run(parts, given, { draft: true });

const STARTS = [
  { label: "$(play) Run", description: "", start: "run" },
  { label: "$(beaker) Dry Run", description: "what would be written is recorded and shown, not done", start: "dry" },
] as const;

/** A first line of the form: what picking it does. */
export interface Start<Word extends string> {
  label: string;
  description: string;
  start: Word;
}
/** Something else that the form shows and changes. */
export interface Choice {
  label: string;
  description(): string;
  change(): Promise<void>;
}
interface Form<Word extends string> {
  name: string;
  /** JSON Schema. */
  parameters: unknown;
  title: string;
  starts: readonly Start<Word>[];
  choices?: readonly Choice[];
}

/** The form of a runbook's parameters, with the values of the last time; what is entered is remembered. @throws CancellationError */
export async function askParameters<Word extends string>(
  { context }: Pick<CommandParts, "context">,
  client: Client,
  { name, parameters, ...form }: Form<Word>,
): Promise<{ values: Values; start: Word }> {
  const key = `runwright.parameters ${client.address.url} ${name}`;
  const fields = fieldsOf(parameters);
  const filled = await fill(fields, rememberedValues(fields, context.workspaceState.get(key)), form);
  await context.workspaceState.update(key, valuesToKeep(fields, filled.values));
  return filled;
}

async function run(parts: CommandParts, given: unknown, { draft }: { draft: boolean }): Promise<void> {
  const client = await engineOf(parts);
  const pinned = versionIn(given);
  const name = pinned?.runbook ?? runbookIn(given) ?? (await pickRunbook(client, draft ? "Run Draft" : "Run Runbook"));
  const details = await client.ask<RunbookDetails>("GET", `/api/v1/runbooks/${encodeURIComponent(name)}`, {
    name: "string",
    latest: "object?",
    draft: "object?",
  });
  const isDraft = draft || details.latest === null;
  const content = isDraft ? details.draft : details.latest;
  if (!content) throw new Error(`${name} has no ${draft ? "draft" : "published version"}.`);
  const title = `Run ${name}, ${isDraft ? "draft" : `version ${pinned?.version ?? details.latestVersion}`}`;
  const { values, start: how } = await askParameters(parts, client, { name, parameters: content.manifest.parameters, title, starts: STARTS });
  const dry = how === "dry";
  const body = { params: values, dry, ...(isDraft ? { draft: true } : pinned ? { version: pinned.version } : {}) };
  await start(parts, client, name, body);
}

async function start(parts: CommandParts, client: Client, name: string, body: object): Promise<void> {
  const job = await client.ask<Job>("POST", `/api/v1/runbooks/${encodeURIComponent(name)}/jobs`, JOBS.shape, { body });
  parts.notices.started(job);
  await parts.documents.open({ kind: "job", id: job.id, title: name });
  await parts.trees["runwright.jobs"].tree.refresh();
}

/** A list with each parameter and its value: picking one changes it, picking one of the first lines starts. @throws CancellationError */
async function fill<Word extends string>(
  fields: readonly Field[],
  known: Values,
  { title, starts, choices = [] }: Pick<Form<Word>, "title" | "starts" | "choices">,
): Promise<{ values: Values; start: Word }> {
  let values = known;
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  for (;;) {
    const missing = missingFields(fields, values);
    const needs = missing.length > 0 ? `needs ${missing.join(", ")}` : "";
    type Row = vscode.QuickPickItem & { start?: Word; field?: Field; choice?: Choice };
    const rows: Row[] = [
      ...starts.map(({ label, description, start }) => ({ label, description: needs || description, start })),
      ...(fields.length === 0 ? [] : [separator("Parameters")]),
      ...fields.map((field) => ({ label: field.name, description: shownValue(field, values), detail: field.description, field })),
      ...(choices.length === 0 ? [] : [separator("Where")]),
      ...choices.map((choice) => ({ label: choice.label, description: choice.description(), choice })),
    ];
    const picked = await askToPick(rows, {
      title,
      placeHolder: fields.length === 0 ? "It takes no parameters" : `${starts[0]?.label.replace(/^\$\(.*?\) /, "")}, or pick a parameter to change it`,
    });
    if (picked.field) values = await changed(picked.field, values, title);
    else if (picked.choice) await picked.choice.change();
    else if (picked.start !== undefined && missing.length === 0) return { values, start: picked.start };
    else if (picked.start !== undefined) {
      const first = fields.find(({ name }) => name === missing[0]);
      if (first) values = await changed(first, values, title);
    }
  }
}

async function changed(field: Field, values: Values, title: string): Promise<Values> {
  const given = await askForField(field, values[field.name] ?? field.otherwise, title);
  const { [field.name]: _, ...rest } = values;
  return given === CLEAR ? rest : { ...rest, [field.name]: given };
}

/** Of one parameter; an approval's form has the same kind of fields. @throws CancellationError */
export async function askForField(field: Field, value: unknown, title: string): Promise<unknown> {
  const prompt = [field.description, `Takes ${field.takes}.`].filter(Boolean).join(" ");
  if (field.choices) {
    const rows = field.choices.map((one) => ({
      label: JSON.stringify(one),
      description: JSON.stringify(one) === JSON.stringify(value) ? "as it is" : "",
      value: one as unknown,
    }));
    const none = field.required
      ? []
      : [{ label: "$(clear-all) No value", description: field.otherwise === undefined ? "" : "the default", value: CLEAR as unknown }];
    return (await askToPick([...rows, ...none], { title: `${title}: ${field.name}`, placeHolder: field.description })).value;
  }
  const text = await askForText({
    title: `${title}: ${field.name}`,
    prompt: field.required ? prompt : `${prompt} Empty: ${field.otherwise === undefined ? "no value" : "the default"}.`,
    value: fieldText(field, value),
    password: field.secret,
    validateInput: (text) => {
      if (text === "" && !field.required) return undefined;
      const read = field.read(text);
      return "problem" in read ? read.problem : undefined;
    },
  });
  if (text === "" && !field.required) return CLEAR;
  const read = field.read(text);
  if ("problem" in read) throw new Error(read.problem);
  return read.value;
}
export const isCleared = (value: unknown): boolean => value === CLEAR;
