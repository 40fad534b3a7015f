import { SourceMap } from "node:module";

/** Frames shown of one stack. */
const MAX_FRAMES = 20;
const BUNDLE_POSITION = /^\s*at (?:(.*) \()?runbook\.js:(\d+):(\d+)\)?$/;
const CAUSE = "Caused by: ";

/**
 * Rewrites a stack of the isolate to positions in the TypeScript sources: one frame a line, innermost first, `at name (file.ts:line:column)`.
 * Frames of the prelude and of V8 are left out; without a source map positions are those in the bundle.
 * @param mask hides secrets in the messages of causes, before they are cut
 */
export function createStackMapper(sourceMap: string | null, mask = (text: string): string => text): (stack: string) => string | undefined {
  let map: SourceMap | null | undefined;
  const position = (line: number, column: number): string => {
    map ??= parsedMap(sourceMap);
    const entry = map?.findEntry(line - 1, column - 1);
    if (entry === undefined || !("originalSource" in entry) || entry.originalSource === undefined) return `runbook.js:${line}:${column}`;
    return `${entry.originalSource.replace(/^(\.\.?\/)+/, "")}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  };

  return (stack) => {
    const lines: string[] = [];
    for (const line of stack.split("\n")) {
      if (lines.length >= MAX_FRAMES) break;
      if (line.startsWith(CAUSE)) {
        lines.push(mask(line).slice(0, 1_000));
        continue;
      }
      const [, name, atLine, atColumn] = BUNDLE_POSITION.exec(line) ?? [];
      if (atLine === undefined || atColumn === undefined) continue;
      const where = position(Number(atLine), Number(atColumn));
      lines.push(name ? `at ${name} (${where})` : `at ${where}`);
    }
    return lines.length === 0 ? undefined : lines.join("\n");
  };
}

function parsedMap(text: string | null): SourceMap | null {
  if (text === null) return null;
  try {
    return new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    return null; // a damaged map costs readable positions, not the job
  }
}
