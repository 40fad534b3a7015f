import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { runbookNameOf } from "../authoring/names.ts";
import { runbookTemplate } from "../authoring/templates.ts";
import { openChecker } from "../checking.ts";
import { type Diagnostic, formatDiagnostic } from "../core/diagnostic.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Diff, Draft, Published, Runbook, RunbookDetails, Version, VersionWithSources } from "../protocol/http/runbooks.ts";
import { type Context, withClient } from "./command.ts";
import { listed, showFields, showTable } from "./list.ts";
import { wholeNumber } from "./options.ts";
import { parametersOf } from "./parameters.ts";
import { addRunbookDebug } from "./runbook-debug.ts";
import { addRunbookTest } from "./runbook-test.ts";
import { clean, relativeTime } from "./terminal.ts";

const pathOf = (name: string) => `/api/v1/runbooks/${encodeURIComponent(name)}`;

export function addRunbook(program: Command, context: Context): void {
  const { terminal } = context;
  const runbook = program.command("runbook").description("Write, check, test and publish runbooks");

  runbook
    .command("new <name>")
    .description("Write a new runbook and its test")
    .option("--dir <folder>", "folder to write them to", "runbooks")
    .option("--json", "print the files as JSON")
    .action((name: string, { dir, json }: { dir: string; json?: boolean }) => create(name, resolve(context.cwd, dir), json === true, context));

  runbook
    .command("check <files...>")
    .description("Check types, imports and declaration; changes nothing")
    .option("--json", "print the diagnostics as JSON")
    .action((files: string[], { json }: { json?: boolean }) => check(files, json === true, context));

  addRunbookTest(runbook, context);

  runbook
    .command("publish <files...>")
    .description("Check runbooks and publish them; an unchanged one makes no new version")
    .option("-m, --message <text>", "what has changed", "")
    .option("--draft", "save as draft instead")
    .option("--scope <scope>", "where a new runbook lies")
    .option("--expect <version>", "refuse when somebody published after this version", wholeNumber(0))
    .option("--break-triggers", "also when schedules, webhooks or rules start it with parameters that it doesn't take any more")
    .option("--json", "print JSON")
    .action((files: string[], options: PublishOptions) => publish(files, options, context));

  addRunbookDebug(runbook, context);

  runbook
    .command("list")
    .description("List runbooks")
    .option("--deleted", "those that can still be restored")
    .option("--json", "print JSON")
    .action(({ deleted, json }: { deleted?: boolean; json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Runbook>("/api/v1/runbooks", { deleted }), {
          json: json === true,
          empty: deleted ? "No runbook is deleted." : "No runbooks yet: write one with `runwright runbook new NAME`.",
          columns: [
            { title: "name", value: (row) => row.name },
            { title: "version", value: (row) => (row.latestVersion === 0 ? "draft only" : String(row.latestVersion)) },
            { title: "scope", value: (row) => row.scope },
            { title: "made by", value: (row) => row.createdBy, spare: 1 },
            { title: deleted ? "deleted" : "made", value: (row) => relativeTime(row.deletedAt ?? row.createdAt, context.now()) },
          ],
        }),
      ),
    );

  runbook
    .command("show <name>")
    .description("Show a runbook, its versions and what it may do; with --source its files")
    .option("--version <number>", "another version than the newest", wholeNumber(1))
    .option("--source", "print the files of the version")
    .option("--json", "print JSON")
    .action((name: string, options: { version?: number; source?: boolean; json?: boolean }) => show(name, options, context));

  runbook
    .command("diff <name>")
    .description("Compare two versions; without numbers the newest with the one before")
    .option("--from <number>", "older version", wholeNumber(1))
    .option("--to <number>", "newer version", wholeNumber(1))
    .option("--json", "print JSON")
    .action((name: string, { from, to, json }: { from?: number; to?: number; json?: boolean }) => diff(name, { from, to }, json === true, context));

  runbook
    .command("delete <name>")
    .description("Delete a runbook; it can be restored for 30 days")
    .option("--break-triggers", "also when schedules, webhooks or rules start it")
    .option("--json", "print JSON")
    .action((name: string, { breakTriggers, json }: { breakTriggers?: boolean; json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request("DELETE", pathOf(name), { query: { breakTriggers } });
        if (json) terminal.printJson({ name, state: "deleted" });
        else terminal.print(`deleted ${name}; bring it back within 30 days with: runwright runbook restore ${name}`);
      }),
    );

  runbook
    .command("restore <name>")
    .description("Bring a deleted runbook back")
    .option("--json", "print JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const restored = await client.request<Runbook>("POST", `${pathOf(name)}/restore`);
        if (json) terminal.printJson(restored);
        else terminal.print(`restored ${name}`);
      }),
    );
}

async function create(name: string, folder: string, json: boolean, { terminal, cwd }: Context): Promise<void> {
  const files = runbookTemplate(name).map(({ path, text }) => ({ path: join(folder, path), text }));
  for (const { path } of files) {
    if (await exists(path)) throw new RunwrightError("NAME_TAKEN", `${relative(cwd, path)} exists already; choose another name, or remove it first`);
  }
  for (const { path, text } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
    if (!json) terminal.print(`wrote ${relative(cwd, path)}`);
  }
  if (json) return terminal.printJson({ name, files: files.map(({ path }) => relative(cwd, path)) });
  const entry = relative(cwd, files[0]?.path ?? name);
  terminal.note(`next: runwright runbook check ${entry}, then runwright runbook publish ${entry}, then runwright run ${name} --follow`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function check(files: readonly string[], json: boolean, context: Context): Promise<void> {
  const { terminal, cwd, signal } = context;
  const checker = openChecker();
  const found: (Diagnostic & { entry: string })[] = [];
  try {
    for (const file of files) {
      const entry = resolve(cwd, file);
      await requireFile(entry, file);
      const { diagnostics, ok, manifest } = await checker.check({ entry, signal });
      if (!ok) process.exitCode = 1;
      found.push(...diagnostics.map((one) => ({ ...one, entry: file })));
      if (json) continue;
      tell(diagnostics, entry, context);
      if (ok) terminal.print(`${file}: ${terminal.colour("green", "passes")}${manifest ? `, ${clean(manifest.summary)}` : ""}`);
    }
  } finally {
    await checker.stop();
  }
  if (json) terminal.printJson(found);
}

interface PublishOptions {
  message: string;
  draft?: boolean;
  scope?: string;
  expect?: number;
  breakTriggers?: boolean;
  json?: boolean;
}

/** All are checked before the first one is published: a set of runbooks that belong together isn't published by halves. */
async function publish(files: readonly string[], { message, draft, scope, expect, breakTriggers, json }: PublishOptions, context: Context): Promise<void> {
  const { terminal, signal } = context;
  const done: object[] = [];
  await withClient(context, async (client) => {
    for (const { name, checked } of await checkAll(files, draft ? "saved" : "published", json === true, context)) {
      const { bundle, bundleHash, sourceMap, sources } = checked;
      const upload = { bundle, bundleHash, sourceMap: sourceMap ?? null, sources, ...(scope ? { scope } : {}) };
      if (draft) {
        const saved = await client.request<Draft>("PUT", `${pathOf(name)}/draft`, { body: upload, signal });
        done.push({ name, draft: saved });
        if (!json) terminal.print(`saved the draft of ${name}; run it with: runwright run ${name} --draft --follow`);
        continue;
      }
      const body = { ...upload, message, ...(breakTriggers ? { breakTriggers } : {}), ...(expect === undefined ? {} : { expectedVersion: expect }) };
      const { isNew, version } = await client.request<Published>("POST", `${pathOf(name)}/publish`, { body, signal });
      done.push({ name, isNew, version });
      if (!json) terminal.print(isNew ? `published ${name} version ${version.version}` : `${name} is unchanged since version ${version.version}`);
    }
  });
  if (json) terminal.printJson(done);
}

/** @throws CHECK_FAILED with all diagnostics when one of them doesn't pass */
async function checkAll(files: readonly string[], what: "saved" | "published", json: boolean, context: Context) {
  const { cwd, signal } = context;
  const checker = openChecker();
  try {
    const passed: { name: string; checked: Awaited<ReturnType<typeof checker.check>> }[] = [];
    const found: (Diagnostic & { entry: string })[] = [];
    const failed: string[] = [];
    for (const file of files) {
      const entry = resolve(cwd, file);
      await requireFile(entry, file);
      const name = runbookNameOf(entry);
      const checked = await checker.check({ entry, signal });
      if (!json) tell(checked.diagnostics, entry, context);
      found.push(...checked.diagnostics.map((one) => ({ ...one, entry: file })));
      if (checked.ok) passed.push({ name, checked });
      else failed.push(file);
    }
    if (failed.length === 0) return passed;
    const fails = failed.length === 1 ? "doesn't pass its check" : "don't pass their check";
    throw new RunwrightError("CHECK_FAILED", `${failed.join(", ")} ${fails}; nothing was ${what}`, { details: found });
  } finally {
    await checker.stop();
  }
}

/** `folder/file.ts:3:5: error …`, as editors and terminals make links of. */
function tell(diagnostics: readonly Diagnostic[], entry: string, { terminal, cwd }: Context): void {
  for (const one of diagnostics) {
    const line = formatDiagnostic({ ...one, file: relative(cwd, join(dirname(entry), one.file)) });
    terminal.note(terminal.colour(one.severity === "error" ? "red" : "yellow", clean(line)));
  }
}

async function requireFile(entry: string, given: string): Promise<void> {
  if (!(await exists(entry))) throw new RunwrightError("NOT_FOUND", `there is no file ${given}`);
}

async function show(name: string, { version: wanted, source, json }: { version?: number; source?: boolean; json?: boolean }, context: Context): Promise<void> {
  const { terminal } = context;
  await withClient(context, async (client) => {
    const details = await client.request<RunbookDetails>("GET", pathOf(name));
    const number = wanted ?? (details.latestVersion > 0 ? details.latestVersion : undefined);
    const shown = number === undefined ? undefined : await client.request<VersionWithSources>("GET", `${pathOf(name)}/versions/${number}`);
    const { items: versions } = await client.request<{ items: Version[] }>("GET", `${pathOf(name)}/versions`);
    if (json) return terminal.printJson({ ...details, shown: shown ?? null, versions });
    if (source) {
      if (!shown) throw new RunwrightError("NOT_PUBLISHED", `runbook "${name}" isn't published yet: there are no sources to show`);
      for (const { path, text } of shown.sources) terminal.print(`${terminal.colour("bold", `// ${clean(path)}`)}\n${clean(text)}`);
      return;
    }
    const { manifest } = shown ?? details.draft ?? {};
    showFields(terminal, [
      ["runbook", name],
      ["summary", manifest?.summary ?? ""],
      ["scope", details.scope],
      ["version", shown ? `${shown.version} by ${shown.publishedBy}, ${shown.publishedAt}` : "not published"],
      ["draft", details.draft ? `by ${details.draft.updatedBy}, ${details.draft.updatedAt}` : ""],
      ["deleted", details.deletedAt ? `by ${details.deletedBy}, ${details.deletedAt}` : ""],
      ["permissions", JSON.stringify(manifest?.permissions ?? {})],
      ["bundle", shown?.bundleHash ?? ""],
    ]);
    showTable(terminal, parametersOf(manifest?.parameters), [
      { title: "parameter", value: (row) => row.name },
      { title: "takes", value: (row) => row.takes },
      { title: "default", value: (row) => row.otherwise },
      { title: "what it is", value: (row) => row.description, spare: 1 },
    ]);
    showTable(terminal, versions, [
      { title: "version", value: (row) => row.version },
      { title: "published", value: (row) => row.publishedAt },
      { title: "by", value: (row) => row.publishedBy },
      { title: "what has changed", value: (row) => row.message, spare: 1 },
    ]);
  });
}

async function diff(name: string, query: { from: number | undefined; to: number | undefined }, json: boolean, context: Context): Promise<void> {
  const { terminal } = context;
  await withClient(context, async (client) => {
    const found = await client.request<Diff>("GET", `${pathOf(name)}/diff`, { query });
    if (json) return terminal.printJson(found);
    for (const { text, widened } of found.permissions)
      terminal.print(terminal.colour(widened ? "red" : "green", `${widened ? "may more" : "may less"}: ${clean(text)}`));
    for (const { patch } of found.files) {
      for (const line of clean(patch).split("\n"))
        terminal.print(line.startsWith("+") ? terminal.colour("green", line) : line.startsWith("-") ? terminal.colour("red", line) : line);
    }
    if (found.files.length === 0 && found.permissions.length === 0)
      terminal.note(
        found.from === found.to && query.from === undefined
          ? `${name} has one version so far: there is nothing to compare it with`
          : `versions ${found.from} and ${found.to} of ${name} are equal`,
      );
  });
}
