/** The beginning of a text of others, fit to be stored: never half a character, and no NUL, which PostgreSQL and command lines refuse. */
export function excerpt(text: string, max: number): string {
  const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return cut.replaceAll("\0", "\ufffd").toWellFormed();
}
