/** Texts that were made once, such as a plan: they are kept while their documents may be open. */
export interface KeptTexts {
  /** @returns the key of the document's address */
  keep(text: string): string;
  text(key: string): string | undefined;
}

const MOST = 50;

export function createKeptTexts(): KeptTexts {
  const texts = new Map<string, string>();
  let made = 0;
  return {
    keep(text) {
      made += 1;
      const key = String(made);
      texts.set(key, text);
      for (const oldest of texts.keys()) {
        if (texts.size <= MOST) break;
        texts.delete(oldest);
      }
      return key;
    },
    text: (key) => texts.get(key),
  };
}
