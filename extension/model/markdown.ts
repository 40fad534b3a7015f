/** Markdown of texts that others wrote: names and messages must not become links, images or icons. */
export const escaped = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, "\\$&").replace(/\r?\n/g, "  \n");

/** As code, whatever it holds. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return `${fence}${pad}${text.replace(/\s+/g, " ")}${pad}${fence}`;
}

export const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");
