import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Command } from "commander";
import { RunwrightError } from "../core/errors.ts";
import { needsPlatform } from "../core/feeds/catalogue.ts";
import { FEED_FORMATS, type FeedFormat } from "../core/feeds/feed.ts";
import { packingOf } from "../core/packing.ts";
import type { VulnerabilityImport } from "../protocol/http/vulnerabilities.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { oneOf } from "./options.ts";
import { relativeTime } from "./terminal.ts";

const PATH = "/api/v1/vulnerabilities/imports";
/** Text packs to a tenth of itself; more effort would only cost time. */
const LEVEL = 1;

interface ImportOptions {
  format: FeedFormat;
  platform?: string;
  source?: string;
  json?: boolean;
}

/** @param update the command `update` */
export function addUpdateImport(update: Command, context: Context): void {
  const { terminal, cwd, signal } = context;
  update
    .command("import <file>")
    .description(
      "Import vulnerability data from a file (- for standard input) in the place of its source's; missing updates get CVEs, severity and class by it",
    )
    .requiredOption("--format <name>", FEED_FORMATS.join(", "), oneOf(FEED_FORMATS))
    .option("--platform <name>", "for updateinfo: which system it is for, such as rhel:9")
    .option("--source <name>", "keep it under this name, beside other files of the format")
    .option("--json", "print JSON")
    .action((file: string, { format, platform, source, json }: ImportOptions, command: Command) => {
      if (needsPlatform(format) && platform === undefined) command.error(`error: ${format} doesn't say for which system it is: add --platform, such as rhel:9`);
      return withClient(context, async (client) => {
        const name = file === "-" ? "standard input" : basename(file);
        const body = file === "-" ? process.stdin : await openFile(resolve(cwd, file));
        const done = await client.upload<VulnerabilityImport>(PATH, { query: { format, platform, source, file: name }, body: await packed(body), signal });
        if (json) return terminal.printJson(done);
        const { fixes, vulnerabilities, skipped } = done;
        terminal.print(`imported ${fixes} fixed versions and ${vulnerabilities} vulnerabilities as "${done.source}"`);
        if (skipped > 0) terminal.note(`${skipped} entries couldn't be used`);
        terminal.note("Machines are judged again by it now.");
      });
    });

  update
    .command("imports")
    .description("List what vulnerability data was imported, and how old it is")
    .option("--remove <source>", "forget the data of this source")
    .option("--json", "print JSON")
    .action(({ remove, json }: { remove?: string; json?: boolean }) =>
      withClient(context, async (client) => {
        if (remove !== undefined) {
          await client.request("DELETE", `${PATH}/${encodeURIComponent(remove)}`, { signal });
          return json ? terminal.printJson({ source: remove, removed: true }) : terminal.print(`forgot what was imported as "${remove}"`);
        }
        return listed(context, client.pages<VulnerabilityImport>(PATH), {
          json: json === true,
          empty: "Nothing was imported yet: see runwright update import --help.",
          columns: [
            { title: "source", value: (row) => row.source },
            { title: "imported", value: (row) => relativeTime(row.importedAt, context.now()) },
            { title: "by", value: (row) => row.importedBy },
            { title: "file", value: (row) => row.file, spare: 1 },
            { title: "fixes", value: (row) => row.fixes },
            { title: "vulnerabilities", value: (row) => row.vulnerabilities },
            { title: "unusable", value: (row) => row.skipped, spare: 2 },
          ],
        });
      }),
    );
}

/** @throws NOT_FOUND */
async function openFile(path: string): Promise<Readable> {
  try {
    await (await open(path, "r")).close();
  } catch (cause) {
    throw new RunwrightError("NOT_FOUND", `${path} can't be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  return createReadStream(path);
}

/** What isn't packed yet is packed on its way. */
async function packed(body: Readable): Promise<Readable> {
  const chunks = body[Symbol.asyncIterator]();
  const first = (await chunks.next()).value as Buffer | undefined;
  const all = Readable.from(
    (async function* () {
      if (first) yield first;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value as Buffer;
    })(),
    { objectMode: false },
  );
  if (first && packingOf(first)) return all;
  const gzip = createGzip({ level: LEVEL });
  all.on("error", (error) => gzip.destroy(error));
  return all.pipe(gzip);
}
