const CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi;
/** What a cut has left at the end of a text: whatever follows the scheme may be the half of a user and password whose end is gone. */
const CUT_OFF = /\b([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*$/i;

/**
 * Package managers name their sources in errors, with user and password where the address has them: what is told or kept has neither.
 * @param max characters, at most; a longer text is cut before it is looked through, as that takes seconds for megabytes
 */
export function withoutCredentials(text: string, max = Number.POSITIVE_INFINITY): string {
  const told = text.slice(0, max).replaceAll(CREDENTIALS, "$1…@");
  return (text.length > max ? told.replace(CUT_OFF, "$1…") : told).slice(0, max);
}
