import { yamlOf } from "../resources/export-files.ts";
import { withPath } from "../resources/gather.ts";
import type { ImportedDocuments } from "./documents.ts";
import type { Difference, Finding } from "./findings.ts";
import { oneLine } from "./one-line.ts";

/** `mypatch: properties.scheduleInfo.timeZone: …`. */
export const findingText = ({ configuration, at, text }: Finding): string => oneLine(`${configuration}: ${withPath(at, text)}`);

/** The documents of one configuration as a file; what has no counterpart stands above them. */
export function importedText({ configuration, origin, documents, hooks, disabled }: ImportedDocuments, differences: readonly Difference[]): string {
  const own = differences.filter((one) => one.configuration === configuration);
  const head = [
    `Imported from Azure: ${origin}`,
    ...(own.length > 0 ? ["", "What has no counterpart, or means something else here:"] : []),
    ...own.map(({ at, text, isWider }) => `${isWider ? "!" : "-"} ${withPath(at, text)}`),
    ...(disabled === null ? [] : ["", `Disabled, as ${disabled}`]),
  ];
  const comment = head.map((line) => `# ${oneLine(line)}`.trimEnd()).join("\n");
  const texts = documents.map((document) => yamlOf(document).trimEnd() + (document.kind === "MaintenanceWindow" ? hooksText(hooks) : ""));
  return `${comment}\n${texts.join("\n---\n")}\n`;
}

const hooksText = (hooks: ImportedDocuments["hooks"]): string =>
  hooks.length === 0
    ? ""
    : ["", "# hooks:", ...hooks.map(({ at, runbook, source }) => `#   - { at: ${at}, runbook: ${runbook} } # was ${oneLine(source)}`)].join("\n");
