import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { counted } from "../core/counted.ts";
import type { PlanProblem } from "../core/document.ts";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { WhatIf, WhatIfRequest } from "../protocol/http/update-policies.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { several } from "./options.ts";
import { COMPLIANCE_STYLES, VERDICT_STYLES } from "./policy-styles.ts";
import type { FileProblem } from "./resources/files.ts";
import { gatherKind } from "./resources/gather-kind.ts";
import { placesOf } from "./resources/plan-problems.ts";
import { clean, type Terminal } from "./terminal.ts";

const KIND = "UpdatePolicy";
const MOST_NAMED = 5;

interface WhatIfOptions {
  file?: string[];
  delete?: string[];
  move?: { machine: string; scope: string }[];
  scope?: string;
  json?: boolean;
}

/** @param update the command `update` */
export function addUpdateWhatIf(update: Command, context: Context): void {
  update
    .command("what-if")
    .description("Show what update policies in files, or another scope of a machine, would do to compliance; changes nothing")
    .option("-f, --file <path>", "a file or folder of YAML; documents of other kinds are passed over; may be given several times", several)
    .option("--delete <policy>", "as if this policy were gone; may be given several times", several)
    .option("--move <machine=scope>", "as if this machine lay there; may be given several times", moves)
    .option("--scope <scope>", "where documents lie that name no scope")
    .option("--json", "print JSON")
    .action(async (options: WhatIfOptions, command: Command) => {
      const { file, move } = options;
      if (!file && !options.delete && !move) command.error("error: name what would change: -f FILE, --delete POLICY or --move MACHINE=SCOPE");
      await withClient(context, async (client) => {
        const result = await ask(options, client, context);
        if (options.json) return context.terminal.printJson(result);
        for (const line of whatIfText(result, context.terminal)) context.terminal.print(line);
      });
    });
}

async function ask({ file = [], delete: removed, move, scope, json }: WhatIfOptions, client: Client, { cwd, signal, terminal }: Context): Promise<WhatIf> {
  const { documents, sources, problems, notes } = await gatherKind(KIND, file, cwd);
  if (!json) for (const note of notes) terminal.note(clean(note));
  const tell = (found: readonly FileProblem[]) => {
    if (!json)
      for (const one of found)
        terminal.note(terminal.colour("red", clean(one.file === "" ? one.message : `${one.file}:${one.line}:${one.column}: ${one.message}`)));
    return found.length === 1 ? "1 problem" : `${found.length} problems`;
  };
  if (problems.length > 0) throw new RunwrightError("RESOURCE_INVALID", `${tell(problems)}; nothing was asked`, json ? { details: problems } : {});
  const body: WhatIfRequest = {
    documents,
    ...(removed ? { delete: removed } : {}),
    ...(move ? { moves: move } : {}),
    ...(scope === undefined ? {} : { scope }),
  };
  try {
    return await client.request<WhatIf>("POST", "/api/v1/updates/what-if", { body, signal });
  } catch (error) {
    if (!isRunwrightError(error) || !isAboutDocuments(error.details)) throw error;
    const found = placesOf(error.details, { sources, lacksRunbook: false });
    throw new RunwrightError(error.code, `${tell(found)}; nothing was changed`, json ? { details: found } : {});
  }
}

const isAboutDocuments = (details: unknown): details is PlanProblem[] =>
  Array.isArray(details) && details.length > 0 && details.every((one) => typeof one === "object" && one !== null && "index" in one && "path" in one);

/** What a person reads. */
export function whatIfText(result: WhatIf, { colour }: Pick<Terminal, "colour">): string[] {
  const { machines, before, after, overdue, moves, dueChanged, items, more, warnings } = result;
  const state = (word: keyof typeof COMPLIANCE_STYLES) => colour(COMPLIANCE_STYLES[word], word);
  const lines = items.flatMap((one) => {
    const place = one.scope === one.scopeAfter ? one.scope : `${one.scope} → ${one.scopeAfter}`;
    const states = one.before === one.after ? `stays ${state(one.before)}` : `${state(one.before)} → ${state(one.after)}`;
    return [
      `${colour("bold", clean(one.machine))} (${place}): ${states}`,
      ...grouped(one.updates, (update) => changeText(update, colour)).map(([text, updates]) => `    ${namesText(updates)}: ${text}`),
      ...(one.more > 0 ? [`    … and ${one.more} more`] : []),
    ];
  });
  const judged = machines.judged === 1 ? "1 machine is" : `${machines.judged} machines are`;
  const states = (Object.keys(COMPLIANCE_STYLES) as (keyof typeof COMPLIANCE_STYLES)[]).filter((word) => before[word] > 0 || after[word] > 0);
  return [
    ...warnings.map(({ policy, text }) => colour("yellow", `warning: policy ${clean(policy)} ${clean(text)}`)),
    ...lines,
    ...(more > 0 ? [`… and ${more} more machines`] : []),
    ...(lines.length > 0 ? [""] : []),
    `${judged} in reach of it, of ${machines.visible} that you may see; something changes for ${machines.changed}. Nothing was written.`,
    ...states.map((word) => `  ${state(word)}: ${before[word]}${before[word] === after[word] ? "" : ` → ${after[word]}`}`),
    ...moves.map(
      ({ from, to, updates, machines }) =>
        `  ${colour(VERDICT_STYLES[from], from)} → ${colour(VERDICT_STYLES[to], to)}: ${counted(updates, "update")} on ${counted(machines, "machine")}`,
    ),
    ...(overdue.before === overdue.after ? [] : [`  overdue: ${overdue.before} → ${overdue.after}`]),
    ...(dueChanged > 0 ? [`  due at another time: ${counted(dueChanged, "update")}`] : []),
  ];
}

function changeText({ before, after, dueBefore, dueAfter, reason }: WhatIf["items"][number]["updates"][number], colour: Terminal["colour"]): string {
  const due = (time: string | null) => (time === null ? "not due" : `due ${time.slice(0, 16).replace("T", " ")} UTC`);
  const verdict =
    before === after ? colour(VERDICT_STYLES[after], after) : `${colour(VERDICT_STYLES[before], before)} → ${colour(VERDICT_STYLES[after], after)}`;
  const moved = dueBefore === dueAfter ? "" : `, ${due(dueBefore)} → ${due(dueAfter)}`;
  return `${verdict}${moved}. ${clean(reason)}`;
}

/** Of many updates the same is said: once. */
function grouped<Item>(items: readonly Item[], textOf: (item: Item) => string): [string, Item[]][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(textOf(item), [...(groups.get(textOf(item)) ?? []), item]);
  return [...groups];
}

function namesText(updates: readonly { name: string; candidateVersion: string }[]): string {
  const names = updates.slice(0, MOST_NAMED).map(({ name, candidateVersion }) => clean(`${name} ${candidateVersion}`));
  return `${names.join(", ")}${updates.length > MOST_NAMED ? ` and ${updates.length - MOST_NAMED} more` : ""}`;
}

/** `machine=scope`, once or several times. */
function moves(text: string, before: readonly { machine: string; scope: string }[] = []): { machine: string; scope: string }[] {
  const at = text.indexOf("=");
  if (at < 1 || !text.slice(at + 1).startsWith("/")) throw new InvalidArgumentError("It must look like web1=/prod.");
  return [...before, { machine: text.slice(0, at), scope: text.slice(at + 1) }];
}
