/** Text that is HTML already. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const SIGNS: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** What machines and people have written can't become markup, nor turn the direction of what stands around it. */
export const escapeHtml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  text.replaceAll(/[&<>"']/g, (sign) => SIGNS[sign] ?? "").replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

type Part = Html | string | number | readonly Part[];

/** Everything that is put in is escaped, unless it was made by this too. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(texts.reduce((all, text, i) => all + text + (i < parts.length ? textOf(parts[i] ?? "") : ""), ""));

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  return Array.isArray(part) ? part.map((one) => textOf(one as Part)).join("") : escapeHtml(String(part));
}
